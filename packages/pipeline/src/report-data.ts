// Everything that a report shows, out of a trace and its simulation.
import {
  acrossRanks,
  breakdown,
  byLayer,
  byModule,
  collectives,
  findings,
  gemmTable,
  idleTime,
  matchCollectives,
  type RankTrace,
  steps,
  type WorkCheck,
} from '@flowsim/analysis'
import { criticalPath, measuredPath } from '@flowsim/replay'
import type { ReportData } from '@flowsim/report'
import {
  type HardwareSpec,
  type KernelOperation,
  type KernelTrace,
  predictedFor,
} from '@flowsim/trace-schema'
import { hardwareOfTrace } from './estimate-kernels.js'
import type { KernelPrediction } from './predict-kernels.js'
import type { Simulation } from './simulate-trace.js'

/** What `flowsim synth` names itself in the traces that it writes. */
const SYNTHESIZER = 'FlowSim synth'
const SYNTHETIC = 'flowsim synth made it from a model, a device and a latency model; no GPU ran it.'

/** What a report is made from. */
export interface ReportInput {
  trace: KernelTrace
  operations: readonly KernelOperation[]
  /** Program and version that makes the report. */
  generator: string
  prediction?: {
    hardware: HardwareSpec
    model: string
    /** Of `predictKernels`. */
    kernels: KernelPrediction
    simulation: Simulation
  }
  /** All ranks of the job, this one among them. */
  ranks?: readonly RankTrace[]
  /** `checkWork`: what the hardware counted of the kernels. */
  work?: WorkCheck
  warnings?: readonly string[]
}

/** How a trace was made that was not measured. */
function notMeasured(trace: KernelTrace): Pick<ReportData, 'synthetic'> {
  const target = predictedFor(trace)
  if (target !== null) {
    return { synthetic: `flowsim simulate predicted its times for ${target}; no GPU ran it.` }
  }
  return trace.producer.generator === SYNTHESIZER ? { synthetic: SYNTHETIC } : {}
}

/** Analyses a trace for `renderReport`. */
export function reportData(input: ReportInput): ReportData {
  const { trace, operations, prediction, ranks, generator } = input
  const device = hardwareOfTrace(trace)
  const layers = byLayer(trace, operations)
  const budget = breakdown(trace, operations)
  const gemms = gemmTable(trace, operations, device === undefined ? {} : { hardware: device })
  const matches = ranks !== undefined && ranks.length > 1 ? matchCollectives(ranks) : undefined
  return {
    generator,
    trace,
    operations,
    ...notMeasured(trace),
    ...(device === undefined ? {} : { device }),
    breakdown: budget,
    findings: findings(trace, operations, {
      breakdown: budget,
      gemms,
      ...(device === undefined ? {} : { hardware: device }),
      ...(matches === undefined ? {} : { stragglers: matches.stragglers }),
    }),
    layers,
    steps: steps(trace, operations, { layers }),
    modules: byModule(trace, { by: 'class' }),
    idle: idleTime(trace),
    gemms,
    collectives: collectives(trace, operations),
    ...(input.work === undefined ? {} : { work: input.work }),
    criticalPath: ownPath(input),
    ...(matches === undefined
      ? {}
      : { ranks: acrossRanks(ranks!, matches), stragglers: matches.stragglers }),
    ...(prediction === undefined
      ? {}
      : {
          prediction: {
            hardware: prediction.hardware,
            model: prediction.model,
            estimates: prediction.kernels.estimates,
            sameDevice: device?.name === prediction.hardware.name,
            relativeTo: prediction.kernels.relativeTo?.title ?? null,
            unanswered: prediction.simulation.summary.unanswered,
            doubtful: prediction.simulation.summary.doubtful,
            endToEnd: endToEnd(prediction.simulation),
            replay: prediction.simulation.kernels,
          },
        }),
    warnings: input.warnings ?? [],
  }
}

/** The critical path of the trace by itself; the graph of a simulation of it alone is used again. */
function ownPath({ trace, operations, prediction }: ReportInput) {
  const simulated = prediction?.simulation
  return simulated?.graph.ranks.length === 1
    ? criticalPath(simulated.graph, simulated.measured)
    : measuredPath(trace, { operations: [operations] })
}

function endToEnd({ summary: { measured, predicted } }: Simulation) {
  const { endToEndNs, endToEndP10Ns, endToEndP90Ns } = predicted
  if (endToEndNs === null) return null
  return {
    measuredNs: measured.endToEndNs,
    predictedNs: endToEndNs,
    p10Ns: endToEndP10Ns!,
    p90Ns: endToEndP90Ns!,
  }
}
