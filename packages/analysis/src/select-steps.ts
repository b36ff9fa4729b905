// A trace of some of its steps: those of a range, or those in which the workload runs steadily.
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { bisectLeft, median, min, quantile } from 'd3-array'
import { AnalysisError } from './errors.js'
import { type Step, type StepPhase, type StepReport, steps } from './steps.js'

/** Which steps: from one to another, both with it, counted from 0; or the steady ones. */
export type StepSelection = 'steady' | { first: number; last: number }

/** What was chosen, and how alike its steps are. */
export interface SelectedSteps {
  /** How steps were found. */
  source: Exclude<StepReport['source'], 'none'>
  first: number
  last: number
  /** Steps of the whole trace. */
  of: number
  phase: StepPhase | 'several'
  /** From the start of a step to that of the next, or to its end where it is the last of the trace. */
  medianNs: number
  /** Half of the steps lie within this: third quartile less first. */
  spreadNs: number
}

/** Steps within a quarter of the median of their phase are alike. */
const ALIKE = 0.25

/**
 * The kernels, calls and annotations of some steps of a trace; times go on counting from its base.
 *
 * `steady` is the longest run of steps of the phase that takes most time, each as long as the median of that
 * phase to within 25 %, the first step of the trace (which warms up) and its last (which may be cut off) left
 * out where there are more than three.
 *
 * @throws AnalysisError `no_steps` when the trace has no steps, or none of these
 */
export function selectSteps(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  selection: StepSelection,
): { trace: KernelTrace; operations: KernelOperation[]; selected: SelectedSteps } {
  const report = steps(trace, operations)
  if (report.source === 'none') {
    throw new AnalysisError(
      'no_steps',
      `${trace.source}: no steps are marked, and none repeat; mark them with record_function or ProfilerStep`,
      { source: trace.source },
    )
  }
  const all = report.steps
  const { first, last } = selection === 'steady' ? steady(all) : selection
  if (first < 0 || first > last || last >= all.length) {
    throw new AnalysisError(
      'no_steps',
      `${trace.source}: has steps 0 to ${all.length - 1}, not ${first} to ${last}`,
      { source: trace.source },
    )
  }
  const chosen = all.slice(first, last + 1)
  const kept = trace.kernels.flatMap((_, i) => {
    const step = report.stepOf[i]!
    return step >= first && step <= last ? [i] : []
  })
  const lengths = chosen.map(lengthOf)
  const phases = new Set(chosen.map(({ phase }) => phase))
  return {
    trace: within(
      trace,
      kept.map((i) => trace.kernels[i]!),
      endOf(chosen),
      nextLaunch(trace, report.stepOf, last),
    ),
    operations: kept.map((i) => operations[i]!),
    selected: {
      source: report.source,
      first,
      last,
      of: all.length,
      phase: phases.size === 1 ? chosen[0]!.phase : 'several',
      medianNs: median(lengths)!,
      spreadNs: quantile(lengths, 0.75)! - quantile(lengths, 0.25)!,
    },
  }
}

/** When a step after this one is first launched; never, where there is none. */
function nextLaunch({ kernels }: KernelTrace, stepOf: Int32Array, last: number): number {
  let next = Infinity
  kernels.forEach(({ launch }, i) => {
    if (stepOf[i]! > last && launch !== undefined) next = Math.min(next, launch.startNs)
  })
  return next
}

const lengthOf = ({ durationNs, periodNs }: Step): number => periodNs ?? durationNs

/** Where the last step ends: with its work, or where the next one begins. */
function endOf(chosen: readonly Step[]): number {
  const last = chosen.at(-1)!
  return last.startNs + Math.max(last.durationNs, last.periodNs ?? 0)
}

function steady(all: readonly Step[]): { first: number; last: number } {
  const isInner = ({ index }: Step) => all.length <= 3 || (index > 0 && index < all.length - 1)
  const inner = all.filter(isInner)
  const timeOf = (phase: StepPhase) =>
    inner.reduce((sum, step) => sum + (step.phase === phase ? step.durationNs : 0), 0)
  const phases = [...new Set(inner.map(({ phase }) => phase))]
  const main = phases.sort((a, b) => timeOf(b) - timeOf(a))[0]!
  const middle = median(
    inner.filter(({ phase }) => phase === main),
    ({ durationNs }) => durationNs,
  )!
  const isAlike = (step: Step) =>
    isInner(step) && step.phase === main && Math.abs(step.durationNs - middle) <= ALIKE * middle
  let best = { first: 0, last: -1 }
  let first = -1
  all.forEach((step, i) => {
    if (!isAlike(step)) {
      first = -1
      return
    }
    if (first < 0) first = i
    if (i - first > best.last - best.first) best = { first, last: i }
  })
  return best
}

/**
 * What of a trace belongs to some of its kernels: annotations around their launches or over them, calls from the
 * first launch to the next one that is not theirs.
 * @param endNs - where they end on the device
 * @param nextNs - when the next kernel is launched that is not theirs
 */
function within(
  trace: KernelTrace,
  kernels: KernelTrace['kernels'],
  endNs: number,
  nextNs: number,
): KernelTrace {
  const startNs = min(kernels, (kernel) => kernel.startNs)!
  const launches = kernels.flatMap(({ launch }) => (launch === undefined ? [] : [launch.startNs]))
  launches.sort((a, b) => a - b)
  const firstNs = launches[0] ?? startNs
  const isBetween = (ns: number) => ns >= firstNs && ns < nextNs
  const { annotations, hostCalls, lostLaunchesNs } = trace
  return {
    ...trace,
    window: { startNs, durationNs: endNs - startNs },
    annotations: annotations.filter(({ on, startNs: from, durationNs }) => {
      const to = from + durationNs
      return on === 'device'
        ? from < endNs && to > startNs
        : launches[bisectLeft(launches, from)]! < to
    }),
    ...(hostCalls === undefined
      ? {}
      : { hostCalls: hostCalls.filter((call) => isBetween(call.startNs)) }),
    ...(lostLaunchesNs === undefined ? {} : { lostLaunchesNs: lostLaunchesNs.filter(isBetween) }),
    kernels,
  }
}
