// What runs of every simulator share: its program, and their jobs.
import { access, constants } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import type { JobPoint } from '@flowsim/external'
import { CliError } from '../../program/errors.js'
import { note } from '../../program/print.js'
import { submitPoints } from '../jobs/run.js'
import type { RunFlags } from './flags.js'
import { writeRunList } from './run-list.js'

/**
 * The program that jobs start; looked for where they run here.
 * @param advice - what to do where it is absent
 */
export async function simulatorOf(
  { binary: given, image, on, dryRun }: RunFlags,
  usual: string,
  advice: string,
): Promise<string> {
  const binary = given ?? usual
  const isHere = image === undefined && (on === undefined || on === 'local')
  if (!isHere || dryRun) return binary
  const path = await programOf(binary)
  if (path !== undefined) return path
  throw new CliError('failure', `${binary}: not found; ${advice} with --binary`)
}

/** Submits the jobs, and says what comes next. */
export async function submitRun(
  points: JobPoint[],
  simulator: string,
  flags: RunFlags,
): Promise<void> {
  const { on, parallel, retries, memory, image, mount, partition, dryRun, json } = flags
  if (!dryRun) await writeRunList(flags.output, points)
  await submitPoints(points, {
    name: simulator,
    retries: retries ?? 0,
    ...(on === undefined ? {} : { on: on as never }),
    ...(parallel === undefined ? {} : { parallel }),
    ...(memory === undefined ? {} : { memory }),
    ...(image === undefined ? {} : { image }),
    ...(mount === undefined ? {} : { mount }),
    ...(partition === undefined ? {} : { partition }),
    ...(dryRun ? { dryRun } : {}),
    ...(json ? { json } : {}),
  })
  const which = simulator === 'accel-sim' ? '' : ` --simulator ${simulator}`
  if (!dryRun && !json) {
    note(`when it is done (flowsim jobs wait): flowsim external collect ${flags.output}${which}`)
  }
}

/** The absolute path of a program; undefined where there is none. */
async function programOf(name: string): Promise<string | undefined> {
  const places = name.includes('/')
    ? [resolve(name)]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  for (const path of places) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return path
  }
  return undefined
}
