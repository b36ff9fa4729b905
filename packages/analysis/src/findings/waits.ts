// Waits of the device for the host, and what the host did in them.
import {
  callRole,
  type HostCall,
  isGraphLaunch,
  type KernelTrace,
  waitsForDevice,
} from '@flowsim/trace-schema'
import { bisectLeft, median } from 'd3-array'
import { columns } from '../columns.js'
import { findGaps } from '../gaps.js'
import { launchStats } from '../launches.js'
import { steps } from '../steps.js'
import type { Measured, Measurement } from './measures.js'

interface Wait {
  startNs: number
  /** Until the host had asked for more work. */
  durationNs: number
  /** Place in `trace.kernels` of the activity that ends it. */
  after: number
}

/** The parts of gaps in which the host had not asked for more, longest first. */
function waits(trace: KernelTrace): Wait[] {
  const table = columns(trace)
  const gaps = findGaps(trace, table)
  const found: Wait[] = []
  for (let g = 0; g < gaps.count; g++) {
    const durationNs = gaps.launchEndNs[g]! - gaps.startNs[g]!
    if (durationNs <= 0) continue
    found.push({ startNs: gaps.startNs[g]!, durationNs, after: table.index[gaps.after[g]!]! })
  }
  return found.sort((a, b) => b.durationNs - a.durationNs || a.startNs - b.startNs)
}

/** Least length of a stall, and how many times the median wait it is. */
const STALL_NS = 1e6
const STALL_MEDIANS = 20

/** Waits that are no matter of launches: each far longer than most, longest first. */
function stallsOf(found: readonly Wait[]): Wait[] {
  const least = STALL_MEDIANS * (median(found, ({ durationNs }) => durationNs) ?? 0)
  return found.filter(({ durationNs }) => durationNs >= Math.max(STALL_NS, least))
}

const sumOf = (list: readonly Wait[]) => list.reduce((sum, { durationNs }) => sum + durationNs, 0)

/** The few waits that are far longer than most: the program does something else than ask for kernels. */
export function stalls({ trace, operations }: Measured): Measurement | null {
  const found = stallsOf(waits(trace))
  const [longest] = found
  if (longest === undefined) return null
  return {
    gainNs: sumOf(found),
    values: { count: found.length, ...longestValues(longest, operations), ...within(trace, found) },
    place: longest,
  }
}

function longestValues(longest: Wait, operations: Measured['operations']) {
  const op = operations[longest.after]!.op ?? 'a kernel that no rule knows'
  return { longestNs: longest.durationNs, longestAfter: op.replaceAll('_', ' ') }
}

/** All of it but stalls, with what was launched how. */
export function waitingForHost({ trace, operations, budget }: Measured): Measurement | null {
  const all = waits(trace)
  const stalled = stallsOf(all)
  const launchBoundNs = budget.idle.launchBoundNs - sumOf(stalled)
  if (launchBoundNs <= 0) return null
  const found = all.slice(stalled.length)
  const [longest] = found
  const launches = launchStats(trace)
  const graphs = launches.byApi.filter(({ api }) => isGraphLaunch(api))
  const inGraphs = graphs.reduce((sum, { activities }) => sum + activities, 0)
  const decodes = steps(trace, operations).steps.filter(({ phase }) => phase === 'decode')
  const decodeNs = decodes.reduce((sum, { breakdown }) => sum + breakdown.idle.launchBoundNs, 0)
  return {
    gainNs: launchBoundNs,
    values: {
      launches: launches.calls,
      betweenNs: launches.calls > 0 ? budget.windowNs / launches.calls : undefined,
      medianNs: median(trace.kernels, ({ durationNs }) => durationNs),
      shorter: launches.shorterThanCall.count || undefined,
      decodeShare:
        decodeNs > DECODES * launchBoundNs && decodeNs <= launchBoundNs
          ? decodeNs / launchBoundNs
          : undefined,
      graphLaunches: graphs.reduce((sum, { calls }) => sum + calls, 0),
      inGraphs,
      outsideGraphs: launches.activities - inGraphs,
      ...(longest === undefined
        ? {}
        : {
            ...longestValues(longest, operations),
            ...within(trace, found.slice(0, LONGEST)),
          }),
    },
    place: longest,
  }
}

/** Share of the waiting in decode steps from which on that is worth a sentence. */
const DECODES = 0.2

/** Waits that are looked at one by one. */
const LONGEST = 50

/** Steps that the profiler counts: that a wait lies in one says nothing. */
const PROFILER_STEP = /^ProfilerStep#\d+$/

/** The annotation of the program that most of the waits lie in, the innermost of each. */
function within(trace: KernelTrace, longest: readonly Wait[]) {
  const spans = trace.annotations.filter(
    ({ on, name }) => on === 'host' && !PROFILER_STEP.test(name),
  )
  const byName = new Map<string, number>()
  let allNs = 0
  for (const { startNs, durationNs } of longest) {
    allNs += durationNs
    const around = spans.filter(
      (span) => span.startNs <= startNs && span.startNs + span.durationNs >= startNs + durationNs,
    )
    const [inner] = around.sort((a, b) => a.durationNs - b.durationNs)
    if (inner !== undefined) byName.set(inner.name, (byName.get(inner.name) ?? 0) + durationNs)
  }
  const [top] = [...byName].sort((a, b) => b[1] - a[1])
  return top === undefined ? {} : { within: top[0].slice(0, 60), withinShare: top[1] / allNs }
}

/** Those after calls that wait for the device: the host came too late to ask for more. */
export function hostWaits({ trace }: Measured): Measurement | null {
  return waitsWith(trace, ({ name }) => {
    const role = callRole(name)
    return waitsForDevice(role) && !ALLOCATION.test(name)
  })
}

const ALLOCATION =
  /^(cuda|hip|cu)(Mem)?(Malloc|Alloc|Free|HostAlloc|Create|Map|Unmap|Release)(?!Async)/

/** Those with calls that allocate or free memory of the device. */
export function allocations({ trace }: Measured): Measurement | null {
  return waitsWith(trace, ({ name }) => ALLOCATION.test(name))
}

/** Waits in which a call of a kind ended. */
function waitsWith(
  trace: KernelTrace,
  fits: (call: { name: string }) => boolean,
): Measurement | null {
  const calls = (trace.hostCalls ?? []).filter((call) => fits({ name: call.api }))
  if (calls.length === 0) return null
  const ends = calls
    .map((call): [number, HostCall] => [call.startNs + call.durationNs, call])
    .sort((a, b) => a[0] - b[0])
  const times = ends.map(([end]) => end)
  const names = new Map<string, number>()
  const found = waits(trace).filter(({ startNs, durationNs }) => {
    const first = ends[bisectLeft(times, startNs)]
    if (first === undefined || first[0] > startNs + durationNs) return false
    names.set(first[1].api, (names.get(first[1].api) ?? 0) + 1)
    return true
  })
  if (found.length === 0) return null
  const [topCall, topCount] = [...names].sort((a, b) => b[1] - a[1])[0]!
  return {
    gainNs: found.reduce((sum, { durationNs }) => sum + durationNs, 0),
    values: { count: found.length, topCall, topCount, longestNs: found[0]!.durationNs },
    place: found[0],
  }
}
