// Gives the kernels of replayed CUDA and HIP graphs the operators and shapes of a capture trace: all kernels
// of a replay share the launch of the graph, the operators ran when the graph was captured.
import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { isGraphLaunch } from '@flowsim/trace-schema'
import type { AlignmentWay } from './align.js'
import type { Capture, CapturedLaunch } from './captured-graph.js'
import { Matcher, type Replay } from './match-replays.js'
import { Steps } from './steps.js'

/** What merging captures into a trace did. */
export interface CaptureReport {
  /** Graph launches, and the kernels, copies and fills that they ran. */
  replays: number
  kernels: number
  /** Of these how many were found in which way. */
  ways: Record<AlignmentWay, number>
  /** Kernels matched by place alone, because the capture does not name them. */
  unnamed: number
  /** Kernels that have shapes now. */
  withShapes: number
}

/**
 * A trace whose graph kernels have the operators, shapes, call stacks and collectives of the captures.
 * @param batchSize - captured size that was replayed, where the trace does not tell it
 * @throws TraceParseError `capture_mismatch` where a graph launch is not one of the captured graphs, or may be
 *   several of them
 */
export function mergeCaptures(
  trace: KernelTrace,
  captures: readonly Capture[],
  batchSize?: number,
): { trace: KernelTrace; report: CaptureReport } {
  const report: CaptureReport = {
    replays: 0,
    kernels: 0,
    ways: { order: 0, stream: 0, skip: 0, name: 0 },
    unnamed: 0,
    withShapes: 0,
  }
  const matcher = new Matcher(trace.source, captures, batchSize)
  const changed = new Map<KernelEvent, KernelEvent>()
  let instances =
    trace.kernels.reduce((most, { opInstance = -1 }) => Math.max(most, opInstance), -1) + 1
  for (const replay of replaysOf(trace)) {
    const { graph, alignment } = matcher.match(replay)
    report.replays++
    report.kernels += replay.kernels.length
    report.ways[alignment.way] += replay.kernels.length
    report.unnamed += alignment.unnamed
    const calls = new Map<number, number>()
    replay.kernels.forEach((kernel, i) => {
      const launch = graph.launches[alignment.launches[i]!]!
      if (launch.hasShapes) report.withShapes++
      let instance: number | undefined
      if (launch.opInstance !== undefined) {
        instance = calls.get(launch.opInstance) ?? instances++
        calls.set(launch.opInstance, instance)
      }
      changed.set(kernel, described(kernel, launch, instance))
    })
  }
  const kernels = trace.kernels.map((kernel) => changed.get(kernel) ?? kernel)
  return { trace: { ...trace, kernels }, report }
}

/** Graph launches in order of time. */
function replaysOf(trace: KernelTrace): Replay[] {
  const steps = new Steps(trace.annotations)
  const byLaunch = new Map<KernelEvent['launch'], KernelEvent[]>()
  for (const kernel of trace.kernels) {
    if (kernel.launch === undefined || !isGraphLaunch(kernel.launch.api)) continue
    const list = byLaunch.get(kernel.launch)
    if (list === undefined) byLaunch.set(kernel.launch, [kernel])
    else list.push(kernel)
  }
  return [...byLaunch]
    .sort(([a], [b]) => a!.startNs - b!.startNs)
    .map(([launch, kernels], i) => ({ number: i + 1, kernels, step: steps.around(launch!) }))
}

function described(
  kernel: KernelEvent,
  launch: CapturedLaunch,
  instance: number | undefined,
): KernelEvent {
  const { op, tensors, callStack, modules, collective } = launch
  const result = { ...kernel }
  if (op !== undefined) result.op = op
  if (instance !== undefined) result.opInstance = instance
  if (tensors !== undefined) result.tensors = tensors
  if (callStack !== undefined) result.callStack = callStack
  if (modules !== undefined) result.modules = modules
  if (collective !== undefined && kernel.kind === 'collective') result.collective = collective
  if (launch.hasShapes) result.shapesFrom = 'capture'
  return result
}
