// The logs that `flowsim external collect` reads: those named, or what `flowsim external run` left in a folder.
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import {
  type AccelSimLog,
  ERROR_FILE,
  EXIT_FILE,
  kernelsOfList,
  LOG_FILE,
  readAccelSimLog,
} from '@flowsim/external'
import { fileText } from '@flowsim/parser/node'
import { readText } from '../../inputs/read-json.js'
import { CliError } from '../../program/errors.js'
import type { CollectFlags } from './flags.js'
import { listedJobs } from './run-list.js'

/** Logs of one configuration. */
export interface FoundLogs {
  /** Folder of the configuration; empty for logs that are given by name. */
  configuration: string
  logs: AccelSimLog[]
  /** Jobs of the run that left no log yet. */
  notBegun: number
}

/** Logs by configuration: those named, or what `external run` left in a folder. */
export async function logsOf(
  folder: string | undefined,
  flags: CollectFlags,
): Promise<FoundLogs[]> {
  if ((folder === undefined) === (flags.log === undefined)) {
    throw new CliError('usage', 'give either a folder of flowsim external run, or logs with --log')
  }
  if (flags.log !== undefined) {
    if (flags.stderr !== undefined && flags.log.length > 1) {
      throw new CliError('usage', '--stderr: belongs to one log; give --log once')
    }
    const stderr = flags.stderr === undefined ? undefined : await readText(flags.stderr)
    const listed = flags.list === undefined ? undefined : await kernelsIn(flags.list)
    const logs = []
    for (const path of flags.log) logs.push(await readLog(path, { stderr, listed }))
    return [{ configuration: '', logs, notBegun: 0 }]
  }
  for (const option of ['stderr', 'list'] as const) {
    if (flags[option] !== undefined) {
      throw new CliError('usage', `--${option}: belongs to --log; a folder holds its own`)
    }
  }
  const paths = (await filesBelow(folder!)).filter((path) => basename(path) === LOG_FILE)
  if (paths.length === 0) {
    throw new CliError(
      'failure',
      `${folder}: holds no ${LOG_FILE}; is flowsim external run done? See flowsim jobs status`,
    )
  }
  const listed = await listedJobs(folder!)
  const begun = new Set(paths.map((path) => relative(folder!, dirname(path))))
  const byConfiguration = new Map<string, FoundLogs>()
  const of = (configuration: string) => {
    const known = byConfiguration.get(configuration) ?? { configuration, logs: [], notBegun: 0 }
    byConfiguration.set(configuration, known)
    return known
  }
  for (const path of paths) {
    of(basename(dirname(dirname(path)))).logs.push(await readJobLog(path))
  }
  for (const job of listed) if (!begun.has(job)) of(dirname(job)).notBegun++
  return [...byConfiguration.values()]
}

/** The log of a job with what lies beside it. A job writes its exit code last. */
async function readJobLog(path: string): Promise<AccelSimLog> {
  const beside = (name: string) => read(dirname(path), name)
  const exit = await beside(EXIT_FILE)
  const list = await beside('kernelslist.g')
  return readLog(path, {
    stderr: await beside(ERROR_FILE),
    exitCode: exit === undefined ? undefined : Number(exit),
    hasEnded: exit !== undefined,
    listed: list === undefined ? undefined : kernelsOfList(list).length,
  })
}

async function kernelsIn(list: string): Promise<number> {
  const { length } = kernelsOfList(await readText(list))
  if (length > 0) return length
  throw new CliError('failure', `${list}: names no kernel; give the kernelslist.g of the run`)
}

async function readLog(
  path: string,
  options: Omit<Parameters<typeof readAccelSimLog>[1], 'source'>,
): Promise<AccelSimLog> {
  return readAccelSimLog(fileText(path, { source: path }), { source: path, ...options })
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'ENOTDIR' ? 'is not a folder; give a log with --log' : cause.message
      throw new CliError('failure', `${folder}: cannot be read: ${why}`, { cause })
    },
  )
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function read(folder: string, name: string): Promise<string | undefined> {
  return readFile(join(folder, name), 'utf8').catch(() => undefined)
}
