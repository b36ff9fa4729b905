// What `from` in a scenario can name: a device, with a model, or a table of kernel times.
//
//   b200_sxm                        measured times by the ratio of the model's estimates between the devices
//   b200_sxm/roofline               by another model than that of --model
//   b200_sxm/calibrated/absolute    the model's estimates alone
//   my-board.json/tile              a description file
//   times.csv                       a table of kernel times
import type { LatencyModel } from '@flowsim/perf-model'
import { hardwareTimes } from '@flowsim/pipeline'
import type { DurationProvider, ReplayGraph, Scenario } from '@flowsim/replay'
import type { HardwareSpec, KernelOperation } from '@flowsim/trace-schema'
import { loadHardware } from '../../inputs/hardware.js'
import { isLatencyModel, loadLatencyModel } from '../../inputs/latency-model.js'
import type { ReplayFlags } from './flags.js'
import { tableTimes } from './times-table.js'

const ABSOLUTE = 'absolute'
/** Said of what is done anyway. */
const RELATIVE = 'relative'

/** How `from` names a device. */
export function hardwareReference(hardware: string, model: string, absolute: boolean): string {
  return [hardware, model, ...(absolute ? [ABSOLUTE] : [])].join('/')
}

/** Every source of kernel times that the scenarios name. */
export async function durationProviders(
  scenarios: readonly Scenario[],
  graph: ReplayGraph,
  operations: readonly KernelOperation[],
  flags: ReplayFlags,
): Promise<Record<string, DurationProvider>> {
  const providers: Record<string, DurationProvider> = {}
  for (const { changes } of scenarios) {
    for (const change of changes) {
      if (change.do !== 'durations' && change.do !== 'collectives') continue
      const { from } = change
      if (from === undefined || Object.hasOwn(providers, from)) continue
      providers[from] = /\.csv(\.gz)?$/i.test(from)
        ? await tableTimes(from, graph)
        : await deviceTimes(from, graph, operations, flags)
    }
  }
  return providers
}

async function deviceTimes(
  from: string,
  graph: ReplayGraph,
  operations: readonly KernelOperation[],
  flags: ReplayFlags,
): Promise<DurationProvider> {
  const parts = from.split('/')
  const isAbsolute = parts.at(-1) === ABSOLUTE || flags.absolute === true
  if (parts.at(-1) === ABSOLUTE || parts.at(-1) === RELATIVE) parts.pop()
  const named = parts.length > 1 && isLatencyModel(parts.at(-1)!)
  const name = named ? parts.pop()! : flags.model
  const hardware = await loadHardware(parts.join('/'))
  const model = await modelOf(name, hardware, flags)
  return hardwareTimes(graph, operations, hardware, model, { l2: flags.l2, absolute: isAbsolute })
}

/** The model of a name, with those of the user's profiles and rows that go with it. */
function modelOf(
  model: string,
  hardware: HardwareSpec,
  { profile, measurements }: ReplayFlags,
): Promise<LatencyModel> {
  const isCalibrated = model === 'calibrated' || model === 'measured'
  return loadLatencyModel(
    {
      model,
      ...(profile !== undefined && isCalibrated ? { profile } : {}),
      ...(measurements !== undefined && model === 'measured' ? { measurements } : {}),
    },
    hardware,
  )
}
