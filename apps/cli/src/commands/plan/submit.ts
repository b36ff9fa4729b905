// A plan as a job on a cluster: each device, mode and KV precision is a plan of one.
import { join } from 'node:path'
import { CliError } from '../../program/errors.js'
import { submitPoints } from '../jobs/run.js'
import { program } from '../serving/sweep/submit.js'
import type { PlanFlags } from './flags.js'

export async function submitPlan(flags: PlanFlags): Promise<void> {
  const { on, output, devices, servingMode: mode, kvCacheDtype = ['auto', 'fp8'] } = flags
  if (output === undefined)
    throw new CliError('usage', '--on: needs -o, where each point has a folder')
  const modes = mode === 'both' ? ['aggregated', 'disaggregated'] : [mode]
  const chosen = devices.flatMap((device) =>
    modes.flatMap((one) => kvCacheDtype.map((kv) => ({ device, mode: one, kv }))),
  )
  const points = chosen.map(({ device, mode: one, kv }, index) => ({
    name: `${device} ${one} KV ${kv}`,
    command: [
      ...program(on),
      ...['plan', ...shared(flags)],
      ...['--devices', device, '--serving-mode', one, '--kv-cache-dtype', kv],
      ...['-o', join(output, String(index)), '--json', '--as-point'],
    ],
  }))
  await submitPoints(points, {
    name: 'plan',
    ...(on === undefined ? {} : { on }),
    ...(flags.image === undefined ? {} : { image: flags.image }),
    ...(flags.mount === undefined ? {} : { mount: flags.mount }),
    ...(flags.dryRun ? { dryRun: true } : {}),
    ...(flags.json ? { json: true } : {}),
  })
}

/** The flags that all points have. */
function shared(flags: PlanFlags): string[] {
  const values: [string, string | number | undefined][] = [
    ['--model', flags.model],
    ['--rate', flags.rate],
    ['--isl', flags.isl],
    ['--osl', flags.osl],
    ['--num-requests', flags.numRequests],
    ['--requests', flags.requests],
    ['--workload', flags.workload],
    ['--engine', flags.engine],
    ['--engine-version', flags.engineVersion],
    ['--drafts', flags.drafts],
    ['--provider', flags.provider],
    ['--prices', flags.prices],
    ['--seed', flags.seed],
    ['--simulations', flags.simulations],
    ...flags.slo.map((limit): [string, string] => ['--slo', limit]),
    ...(flags.quantization ?? []).map((scheme): [string, string] => ['--quantization', scheme]),
  ]
  return [
    ...values.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)])),
    ...(flags.offline ? ['--offline'] : []),
  ]
}
