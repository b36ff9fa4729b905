// What `from` and `on` in a scenario can name: a device, with a model; `from` a table of kernel times as well.
//
//   b200_sxm                        measured times by the ratio of the model's estimates between the devices
//   b200_sxm/roofline               by another model than that of --model
//   b200_sxm/calibrated/absolute    the model's estimates alone
//   my-board.json/tile              a description file
//   times.csv                       a table of kernel times
import type { LatencyModel } from '@flowsim/perf-model'
import { hardwareOfTrace, hardwareTimes, rescaledTimes } from '@flowsim/pipeline'
import {
  type DurationProvider,
  isRescale,
  type ReplayGraph,
  type RescaledTimes,
  type Scenario,
} from '@flowsim/replay'
import type { HardwareSpec, KernelOperation } from '@flowsim/trace-schema'
import { loadHardware, unknownDevice } from '../../inputs/hardware.js'
import { tableTimes } from '../../inputs/kernel-times.js'
import { isLatencyModel, loadLatencyModel } from '../../inputs/latency-model.js'
import { CliError } from '../../program/errors.js'
import type { ReplayFlags } from './flags.js'

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
  const { hardware, model, absolute } = await deviceOf(from, flags)
  return hardwareTimes(graph, operations, hardware, model, { l2: flags.l2, absolute })
}

/** Predictions of other work, for every device that the scenarios name; '' is that of the trace. */
export async function rescaleProviders(
  scenarios: readonly Scenario[],
  graph: ReplayGraph,
  flags: ReplayFlags,
): Promise<Record<string, RescaledTimes>> {
  const providers: Record<string, RescaledTimes> = {}
  for (const { changes } of scenarios) {
    const rescales = changes.filter(isRescale)
    if (rescales.length === 0) continue
    const on = rescales.find((change) => change.on !== undefined)?.on ?? ''
    if (!Object.hasOwn(providers, on)) providers[on] = await rescaleProvider(on, graph, flags)
  }
  return providers
}

async function rescaleProvider(
  on: string,
  graph: ReplayGraph,
  flags: ReplayFlags,
): Promise<RescaledTimes> {
  const { l2 } = flags
  if (on !== '') {
    const { hardware, model, absolute } = await deviceOf(on, flags)
    return rescaledTimes(graph, model, { l2, hardware, absolute })
  }
  const { trace } = graph.ranks[0]!
  const device = hardwareOfTrace(trace)
  if (device === undefined) throw new CliError('failure', unknownDevice(trace))
  const model = await modelOf(flags.model, device, flags)
  return rescaledTimes(graph, model, { l2, absolute: flags.absolute === true })
}

async function deviceOf(
  reference: string,
  flags: ReplayFlags,
): Promise<{ hardware: HardwareSpec; model: LatencyModel; absolute: boolean }> {
  const parts = reference.split('/')
  const absolute = parts.at(-1) === ABSOLUTE || flags.absolute === true
  if (parts.at(-1) === ABSOLUTE || parts.at(-1) === RELATIVE) parts.pop()
  const named = parts.length > 1 && isLatencyModel(parts.at(-1)!)
  const name = named ? parts.pop()! : flags.model
  const hardware = await loadHardware(parts.join('/'))
  return { hardware, model: await modelOf(name, hardware, flags), absolute }
}

/** The model of a name, with those of the user's profiles and rows that go with it. */
function modelOf(
  model: string,
  hardware: HardwareSpec,
  { profile, measurements, command, collectives }: ReplayFlags,
): Promise<LatencyModel> {
  const isCalibrated = model === 'calibrated' || model === 'measured'
  return loadLatencyModel(
    {
      model,
      ...(profile !== undefined && isCalibrated ? { profile } : {}),
      ...(measurements !== undefined && model === 'measured' ? { measurements } : {}),
      ...(command !== undefined && model === 'command' ? { command } : {}),
      ...(collectives === undefined ? {} : { collectives }),
    },
    hardware,
  )
}
