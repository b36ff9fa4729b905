// The work of `flowsim external run`.
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { accelSimPoints, kernelsOfList, launchOfFile } from '@flowsim/external'
import { readPlan } from '../../inputs/accel-sim-plan.js'
import { CliError } from '../../program/errors.js'
import type { RunFlags } from './flags.js'
import { simulatorOf, submitRun } from './submit.js'

const BINARY = 'accel-sim.out'

export async function run(folder: string, flags: RunFlags): Promise<void> {
  for (const path of flags.config) await requireFile(path)
  const files = await filesToRun(folder, flags.plan)
  const points = accelSimPoints({
    simulator: await simulatorOf(
      flags,
      BINARY,
      'build Accel-Sim (github.com/accel-sim/accel-sim-framework) and give the path of accel-sim.out',
    ),
    traces: resolve(folder),
    files,
    configs: flags.config.map((path) => resolve(path)),
    settings: settingsOf(flags.grid ?? []),
    repeat: flags.repeat,
    timeoutS: flags.timeout,
    output: resolve(flags.output),
  })
  await submitRun(points, 'accel-sim', flags)
}

/** Says before anything starts that a configuration is not there. */
async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) return
  throw new CliError(
    'failure',
    `--config ${path}: ${found === undefined ? 'there is no such file' : 'is not a file'}`,
  )
}

/** Files of the folder's list, of those that a plan names. */
async function filesToRun(folder: string, planPath: string | undefined): Promise<string[]> {
  const list = join(folder, 'kernelslist.g')
  const text = await readFile(list, 'utf8').catch((cause: Error) => {
    throw new CliError(
      'failure',
      `${list}: cannot be read: ${cause.message}; process the traces with post-traces-processing`,
      { cause },
    )
  })
  const files = [...new Set(kernelsOfList(text))]
  if (files.length === 0) throw new CliError('failure', `${list}: names no kernel`)
  if (planPath === undefined) return files
  const plan = await readPlan(planPath)
  const launches = plan.chosen.map(({ launchNumber }) => launchNumber)
  if (launches.includes(null)) {
    throw new CliError('failure', `${planPath}: does not number its launches; plan with --stats`)
  }
  const byLaunch = new Map(files.map((file) => [launchOfFile(file), file]))
  const missing = launches.filter((launch) => !byLaunch.has(launch))
  if (missing.length > 0) {
    throw new CliError(
      'failure',
      `${list}: launch ${missing[0]}${missing.length > 1 ? ` and ${missing.length - 1} others` : ''} of the plan were not recorded; record them, or leave --plan away`,
    )
  }
  return launches.map((launch) => byLaunch.get(launch)!)
}

/** `--grid key=a,b` as values by option. */
function settingsOf(pairs: readonly string[]): Record<string, string[]> {
  const settings = new Map<string, string[]>()
  for (const pair of pairs) {
    const [key, text = ''] = pair.split(/=(.*)/s)
    const values = text.split(',')
    const name = key!.replace(/^-/, '')
    const usage = (why: string) => new CliError('usage', `--grid ${pair}: ${why}`)
    if (name === '' || values.includes('')) {
      throw usage('write the option and its values, such as gpgpu_n_mem=40,48')
    }
    if (settings.has(name)) throw usage(`${name} is set already; give all its values at once`)
    settings.set(name, values)
  }
  return Object.fromEntries(settings)
}
