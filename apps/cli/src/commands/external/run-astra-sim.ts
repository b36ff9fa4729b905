// The work of `flowsim external run --simulator astra-sim`.
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ASTRA_SIM_CONFIGS, astraSimPoints, workloadsOf } from '@flowsim/external'
import { messageOf } from '@flowsim/trace-schema'
import { CliError } from '../../program/errors.js'
import type { RunFlags } from './flags.js'
import { simulatorOf, submitRun } from './submit.js'

const BINARY = 'AstraSim_Analytical_Congestion_Aware'

export async function runAstraSim(folder: string, flags: RunFlags): Promise<void> {
  if (flags.grid !== undefined || flags.plan !== undefined || flags.repeat !== 1) {
    throw new CliError('usage', '--grid, --plan and --repeat belong to --simulator accel-sim')
  }
  const configs = configsOf(flags.config)
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new CliError('failure', `${folder}: cannot be read: ${messageOf(cause)}`, { cause })
  })
  const workloads = workloadsOf(files)
  if (workloads.length === 0) {
    throw new CliError(
      'failure',
      `${folder}: holds no workload NAME.0.et; make some with flowsim external plan --simulator astra-sim or flowsim export chakra`,
    )
  }
  const points = astraSimPoints({
    simulator: await simulatorOf(
      flags,
      BINARY,
      'build ASTRA-sim (github.com/astra-sim/astra-sim) and give the path of its program',
    ),
    folder: resolve(folder),
    workloads,
    configs,
    timeoutS: flags.timeout,
    output: resolve(flags.output),
  })
  await submitRun(points, 'astra-sim', flags)
}

/** `--config system=sys.json` by name. */
function configsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, path] = pair.split(/=(.*)/s)
      if (ASTRA_SIM_CONFIGS.some((known) => known === name) && path !== undefined && path !== '') {
        return [name!, resolve(path)]
      }
      throw new CliError(
        'usage',
        `--config ${pair}: write NAME=FILE, a name of ${ASTRA_SIM_CONFIGS.join(', ')}`,
      )
    }),
  )
}
