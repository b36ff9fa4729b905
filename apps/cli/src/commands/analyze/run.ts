// The work of `flowsim analyze`.

import {
  acrossRanks,
  breakdown,
  byFamily,
  byLayer,
  byModule,
  byOperation,
  byOperator,
  byScope,
  byStream,
  collectives,
  findings,
  gemmTable,
  idleTime,
  launchStats,
  lostKernels,
  matchCollectives,
  queueLength,
  type Straggler,
  steps,
} from '@flowsim/analysis'
import { hardwareOfTrace } from '@flowsim/pipeline'
import { measuredPath } from '@flowsim/replay'
import type { HardwareSpec, KernelTrace } from '@flowsim/trace-schema'
import { counted } from '@flowsim/trace-schema'
import { captureOptions, noteGraphs } from '../../inputs/captures.js'
import { measuredWorkOf } from '../../inputs/counters.js'
import { withExecutionTraces } from '../../inputs/execution-traces.js'
import { loadHardware } from '../../inputs/hardware.js'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { llmOf } from '../../inputs/language-model.js'
import { type LoadedTrace, loadTraces, noteRepairs } from '../../inputs/load-trace.js'
import { areOneJob, ranksOfLoaded } from '../../inputs/ranks.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { printJson } from '../../program/print.js'
import { stage } from '../../program/progress.js'
import { stemOf, writeTables } from '../../program/tables.js'
import { requireKernels } from '../simulate/predict.js'
import type { AnalyzeFlags } from './flags.js'
import { analysisLead, analysisTables, printAnalysis } from './print.js'

/** Everything that is told of one trace; kernels by their place in it are left out. */
export type TraceAnalysis = ReturnType<typeof analyzeTrace>
/** What is told of several ranks together. */
export type JobAnalysis = ReturnType<typeof analyzeJob>

export async function analyze(given: readonly string[], flags: AnalyzeFlags): Promise<void> {
  const paths = await tracePaths(given)
  const database = await loadDatabase(flags.kernels)
  const loaded: LoadedTrace[] = []
  const captures = await captureOptions(flags, {
    hostCalls: true,
    salvage: flags.salvage ?? false,
  })
  const options = await withExecutionTraces(flags, {
    ...captures,
    steps: flags.steps,
    ...(await llmOf(flags)),
  })
  for await (const each of loadTraces(paths, database, options)) {
    noteRepairs(each.trace)
    noteGraphs(each.trace)
    requireKernels(each.trace)
    loaded.push(each)
  }
  const hardware = flags.hardware === undefined ? undefined : await loadHardware(flags.hardware)
  const work = await measuredWorkOf(loaded, flags.ncu)
  stage(`analysing ${counted(loaded.length, 'trace')}`)
  const identities = ranksOfLoaded(loaded, flags.ranks)
  const job =
    loaded.length > 1 && areOneJob(loaded, flags.ranks)
      ? analyzeJob(loaded.map((each, i) => ({ ...each, rank: identities[i]!.rank })))
      : null
  const traces = loaded.map((each, i) => ({
    rank: identities[i]!,
    ...(each.steps === undefined ? {} : { selectedSteps: each.steps }),
    ...analyzeTrace(each, hardware, job?.stragglers),
    ...(work === undefined ? {} : { work }),
  }))
  if (flags.json) printJson({ schema: 'flowsim.analysis/1', traces, job })
  else if (flags.format !== undefined) {
    await writeTables(analysisTables(traces, job), flags, {
      stem: stemOf(paths[0]!),
      lead: analysisLead(traces),
      top: flags.top,
    })
  } else printAnalysis(traces, job, flags.top)
}

/** Analyses one trace; products are measured against `hardware`, or the device of the trace. */
export function analyzeTrace(
  { trace, operations }: LoadedTrace,
  hardware?: HardwareSpec,
  stragglers?: readonly Straggler[],
) {
  const device = hardware ?? hardwareOfTrace(trace)
  const layers = byLayer(trace, operations)
  const { steps: passes, source: stepSource } = steps(trace, operations, { layers })
  const path = measuredPath(trace, { operations: [operations] })
  const budget = breakdown(trace, operations)
  const gemms = gemmTable(trace, operations, device === undefined ? {} : { hardware: device })
  return {
    source: trace.source,
    device: trace.devices[0]?.name ?? null,
    devices: devicesOf(trace),
    findings: findings(trace, operations, {
      breakdown: budget,
      gemms,
      ...(device === undefined ? {} : { hardware: device }),
      ...(stragglers === undefined ? {} : { stragglers }),
    }),
    lostKernels: lostKernels(trace),
    breakdown: budget,
    idle: idleTime(trace),
    launches: launchStats(trace),
    queues: queueLength(trace).map(({ device, stream, max, mean, emptyShare }) => ({
      device,
      stream,
      max,
      mean,
      emptyShare,
    })),
    families: byFamily(trace, operations),
    operations: byOperation(trace, operations),
    operators: byOperator(trace),
    streams: byStream(trace),
    scopes: byScope(trace),
    modules: byModule(trace, { by: 'class' }),
    layers: { source: layers.source, layers: layers.layers, outside: layers.outside },
    steps: { source: stepSource, steps: passes },
    gemms,
    collectives: collectives(trace, operations).groups,
    criticalPath: { windowNs: path.windowNs, kinds: path.kinds, kernels: path.kernels },
  }
}

/** The devices that kernels ran on: their names, and how many have none. */
function devicesOf({ devices, kernels }: KernelTrace): { names: string[]; nameless: number } {
  const used = new Set(kernels.map(({ device }) => device))
  const names = [...used].map((id) => devices.find((each) => each.id === id)?.name ?? '')
  const named = names.filter((name) => name !== '')
  return { names: [...new Set(named)], nameless: names.length - named.length }
}

/** Analyses the ranks of one job together. */
export function analyzeJob(ranks: readonly (LoadedTrace & { rank: number })[]) {
  const matches = matchCollectives(ranks)
  const path = measuredPath(
    ranks.map(({ trace }) => trace),
    { operations: ranks.map(({ operations }) => operations), ranks: ranks.map(({ rank }) => rank) },
  )
  return {
    ...acrossRanks(ranks, matches),
    stragglers: matches.stragglers,
    clocks: matches.clocks,
    collectives: matches.matched,
    unmatched: matches.unmatched,
    criticalPath: { windowNs: path.windowNs, kinds: path.kinds, kernels: path.kernels },
  }
}
