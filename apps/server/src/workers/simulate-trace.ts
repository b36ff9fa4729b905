// A trace from upload to prediction: parse, tell operations, estimate each kernel on the hardware,
// replay with the predicted times.
import { unionNs } from '@flowsim/analysis'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { findHardware, getModel, PerfModelError } from '@flowsim/perf-model'
import { buildGraph, replay } from '@flowsim/replay'
import type {
  Estimate,
  HardwareSpec,
  KernelEvent,
  KernelOperation,
  KernelTrace,
  OpName,
  SimulationSummary,
} from '@flowsim/trace-schema'
import type { Job } from './jobs.js'

/** What is known of an uploaded trace. */
export interface TraceAnswer {
  trace: Pick<KernelTrace, 'source' | 'rank' | 'worldSize' | 'repairs'> & {
    devices: string[]
    events: number
    kernels: number
    /** Share of kernel time whose operation is known. */
    knownTimeShare: number
  }
  simulation: SimulationSummary
}

/** A kernel with its operation; no estimate: it keeps what was measured. */
interface Timed {
  event: KernelEvent
  operation: KernelOperation
  estimate: Estimate | null
}

/**
 * Parses and simulates a trace file.
 * @throws TraceParseError, PerfModelError (hardware or model that there is none of), ReplayError
 */
export async function simulateTrace(job: Extract<Job, { kind: 'trace' }>): Promise<TraceAnswer> {
  const model = getModel(job.model)
  const asked = job.hardware === null ? null : findHardware(job.hardware)
  const trace = await parseFile(job.path, { source: job.name, stacks: 'none', hostCalls: true })
  const hardware = asked ?? deviceOf(trace)
  const operations = classifyTrace(trace)
  const timed = trace.kernels.map((event, index): Timed => {
    const operation = operations[index]!
    return { event, operation, estimate: estimateOf(operation, hardware) }
  })

  function estimateOf({ call }: KernelOperation, device: HardwareSpec): Estimate | null {
    if (call === undefined) return null
    try {
      return model.estimate(call, device)
    } catch (error) {
      if (error instanceof PerfModelError) return null
      throw error
    }
  }

  const kernels = trace.kernels.filter(isKernel)
  const known = trace.kernels.filter((event, at) => isKernel(event) && operations[at]!.op !== null)
  return {
    trace: {
      source: trace.source,
      rank: trace.rank,
      worldSize: trace.worldSize,
      repairs: trace.repairs,
      devices: [...new Set(trace.devices.map(({ name }) => name))],
      events: trace.eventCount,
      kernels: kernels.length,
      knownTimeShare: shareOf(known, kernels),
    },
    simulation: summarize(job, hardware, trace, timed),
  }
}

function deviceOf(trace: KernelTrace): HardwareSpec {
  const [device] = trace.devices
  if (device === undefined) {
    throw new PerfModelError(
      'unknown_hardware',
      `${trace.source}: names no device; say which with ?hardware=NAME`,
      'hardware',
    )
  }
  return findHardware(device)
}

function summarize(
  job: Extract<Job, { kind: 'trace' }>,
  hardware: HardwareSpec,
  trace: KernelTrace,
  timed: readonly Timed[],
): SimulationSummary {
  const time = (of: (estimate: Estimate) => number) =>
    Float64Array.from(timed, ({ event, estimate }) =>
      estimate === null ? event.durationNs : of(estimate) * 1e9,
    )
  const graph = buildGraph(trace)
  const measured = replay(graph)
  const predicted = replay(graph, {
    durationsNs: time(({ latencyS }) => latencyS),
    p10Ns: time(({ p10S }) => p10S),
    p90Ns: time(({ p90S }) => p90S),
  })
  const unanswered = timed.filter(({ estimate }) => estimate === null).map(({ event }) => event)
  const starts = trace.kernels.map(({ startNs }) => startNs)
  const ends = trace.kernels.map(({ startNs, durationNs }) => startNs + durationNs)
  return {
    schema: 'flowsim.simulation-summary/1',
    source: job.name,
    hardware: hardware.name,
    model: job.model,
    measured: {
      kernelSumNs: sum(trace.kernels.map(({ durationNs }) => durationNs)),
      busyNs: unionNs(starts, ends),
      endToEndNs: Math.round(measured.endToEndNs),
    },
    predicted: {
      kernelSumNs: Math.round(predicted.kernelSumNs),
      busyNs: Math.round(predicted.busyNs),
      endToEndNs: Math.round(predicted.endToEndNs),
      endToEndP10Ns: Math.round(predicted.endToEndP10Ns ?? predicted.endToEndNs),
      endToEndP90Ns: Math.round(predicted.endToEndP90Ns ?? predicted.endToEndNs),
    },
    byOp: byOperation(timed),
    unanswered: { count: unanswered.length, timeShare: shareOf(unanswered, trace.kernels) },
    outputs: [],
  }
}

function byOperation(timed: readonly Timed[]): SimulationSummary['byOp'] {
  const groups = new Map<OpName, Timed[]>()
  for (const kernel of timed) {
    const { op } = kernel.operation
    if (op === null) continue
    const group = groups.get(op)
    if (group) group.push(kernel)
    else groups.set(op, [kernel])
  }
  const rows = [...groups].map(([op, kernels]) => {
    const errors = kernels.flatMap(({ event, estimate }) =>
      estimate === null || event.durationNs === 0
        ? []
        : [(estimate.latencyS * 1e9) / event.durationNs - 1],
    )
    const predictedNs = ({ event, estimate }: Timed) =>
      estimate === null ? event.durationNs : estimate.latencyS * 1e9
    return {
      op,
      count: kernels.length,
      measuredNs: sum(kernels.map(({ event }) => event.durationNs)),
      predictedNs: Math.round(sum(kernels.map(predictedNs))),
      mape: errors.length === 0 ? null : sum(errors.map(Math.abs)) / errors.length,
      bias: median(errors),
    }
  })
  return rows.sort((a, b) => b.measuredNs - a.measuredNs)
}

function isKernel({ kind }: KernelEvent): boolean {
  return kind === 'kernel' || kind === 'collective'
}

function shareOf(part: readonly KernelEvent[], whole: readonly KernelEvent[]): number {
  const total = sum(whole.map(({ durationNs }) => durationNs))
  return total === 0 ? 0 : sum(part.map(({ durationNs }) => durationNs)) / total
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
