// The work of `flowsim external collect`.
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  type AccelSimKernel,
  type AccelSimLog,
  ERROR_FILE,
  EXIT_FILE,
  type Join,
  joinAccelSim,
  kernelsOfList,
  LOG_FILE,
  readAccelSimLog,
} from '@flowsim/external'
import { fileText, parseFile } from '@flowsim/parser/node'
import { readText } from '../../inputs/read-json.js'
import { csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import type { CollectFlags } from './flags.js'
import { printCollected } from './print.js'

/** What was simulated under one configuration. */
export interface Collected {
  /** Folder of the configuration; empty for logs that are given by name. */
  configuration: string
  logs: AccelSimLog[]
  kernels: AccelSimKernel[]
  /** `null` without a trace. */
  join: Join | null
}

export async function collectResults(
  folder: string | undefined,
  flags: CollectFlags,
): Promise<void> {
  if (flags.npus !== undefined) {
    throw new CliError('usage', '--npus: belongs to --simulator astra-sim')
  }
  const byConfiguration = await logsOf(folder, flags)
  const trace =
    flags.trace === undefined ? undefined : await parseFile(flags.trace, { stacks: 'none' })
  const collected = [...byConfiguration].map(([configuration, logs]): Collected => {
    const kernels = inOrderOfLaunch(logs)
    const join = trace === undefined ? null : joinAccelSim(kernels, trace)
    return { configuration, logs, kernels, join }
  })
  const files = flags.output === undefined ? [] : await write(flags.output, collected, flags)
  if (flags.json) {
    printJson({
      schema: 'flowsim.external-collect/1',
      simulator: flags.simulator,
      configurations: collected.map(({ configuration, logs, kernels, join }) => ({
        configuration,
        logs: logs.map(({ source, simulator, coreClockHz, begun, kernels: done, failure }) => ({
          source,
          simulator,
          coreClockHz,
          begun,
          finished: done.length,
          failure,
        })),
        kernels,
        join,
      })),
      outputs: files,
    })
  } else {
    printCollected(collected, trace)
    for (const file of files) print(`written: ${file}`)
  }
  const failed = collected.flatMap(({ logs }) => logs).filter(({ failure }) => failure !== null)
  for (const { source, failure, kernels } of failed) {
    const kept = kernels.length === 0 ? 'nothing before it' : `${kernels.length} before it kept`
    note(`${source}: ${failure!.code}: ${failure!.message} (${kept})`)
  }
  if (failed.length > 0) process.exitCode = 1
}

/** Logs by configuration: those named, or what `external run` left in a folder. */
async function logsOf(
  folder: string | undefined,
  flags: CollectFlags,
): Promise<Map<string, AccelSimLog[]>> {
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
    return new Map([['', logs]])
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
  const byConfiguration = new Map<string, AccelSimLog[]>()
  for (const path of paths) {
    const kernelFolder = dirname(path)
    const optional = (name: string) => read(kernelFolder, name)
    const exit = Number((await optional(EXIT_FILE)) ?? Number.NaN)
    const list = await optional('kernelslist.g')
    const log = await readLog(path, {
      stderr: await optional(ERROR_FILE),
      exitCode: Number.isNaN(exit) ? undefined : exit,
      listed: list === undefined ? undefined : kernelsOfList(list).length,
    })
    const configuration = basename(dirname(kernelFolder))
    byConfiguration.set(configuration, [...(byConfiguration.get(configuration) ?? []), log])
  }
  return byConfiguration
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

/** The kernels of all logs; of one log each, by the number of the launch. */
function inOrderOfLaunch(logs: readonly AccelSimLog[]): AccelSimKernel[] {
  const kernels = logs.flatMap((log) => log.kernels)
  if (logs.length === 1 || kernels.some(({ launchNumber }) => launchNumber === null)) return kernels
  return kernels.sort((a, b) => a.launchNumber! - b.launchNumber!)
}

/** Every kernel, and with a trace the table for `replay --times`, a pair a configuration. */
async function write(
  folder: string,
  collected: readonly Collected[],
  { raw }: CollectFlags,
): Promise<string[]> {
  const outputs = await Outputs.into(folder)
  try {
    for (const { configuration, kernels, join } of collected) {
      const suffix = collected.length === 1 ? '' : `.${configuration}`
      await outputs.add(`kernels${suffix}.csv`, csvText(kernelRows(kernels), { raw }))
      if (join !== null) {
        await outputs.add(`times${suffix}.csv`, csvText(timeRows(join), { raw }))
      }
    }
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  return [...outputs.paths]
}

function* kernelRows(kernels: readonly AccelSimKernel[]) {
  yield [
    'launch_number',
    'uid',
    'kernel',
    'grid',
    'block',
    'registers_per_thread',
    'shared_memory_bytes',
    'cycles',
    'launch_latency_cycles',
    'simulated_us',
    'warp_instructions',
    'l2_accesses',
    'l2_misses',
    'dram_reads',
    'l2_state',
  ]
  for (const kernel of kernels) {
    yield [
      kernel.launchNumber,
      kernel.uid,
      kernel.name,
      kernel.grid?.join('x'),
      kernel.block?.join('x'),
      kernel.registersPerThread,
      kernel.sharedMemoryBytes,
      kernel.cycles,
      kernel.launchLatencyCycles,
      microseconds(kernel.durationNs),
      kernel.warpInstructions,
      kernel.l2Accesses,
      kernel.l2Misses,
      kernel.dramReads,
      kernel.l2State,
    ]
  }
}

function* timeRows({ kernels }: Join) {
  yield ['index', 'name', 'duration_us', 'measured_us', 'cycles', 'l2_state']
  for (const { index, name, durationNs, measuredNs, cycles, l2State } of kernels) {
    yield [index, name, microseconds(durationNs), microseconds(measuredNs), cycles, l2State]
  }
}

function microseconds(ns: number | null): number | null {
  return ns === null ? null : Number((ns / 1000).toPrecision(9))
}
