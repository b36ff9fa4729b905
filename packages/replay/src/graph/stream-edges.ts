// Edges between kernels of one stream and from launches to kernels.
//
// A stream runs its kernels in order, so each starts after the end of the one before. Two exceptions are
// measured, not assumed: with programmatic dependent launch a kernel starts while the one before still
// runs (its lag to that one's end is negative, and it starts no earlier than that one); in a CUDA or HIP
// graph, branches run side by side on one stream number, and a kernel depends on the last one of its
// graph that had ended.
import { CallRole } from '@flowsim/trace-schema'
import { EdgeKind } from '../graph.js'
import { CLOCK_TOLERANCE_NS, type RankBuild } from './rank-build.js'
import type { Lane } from './rank-side.js'
import { ACTIVITY_NAMES, launchGroup, pairName } from './typical.js'

export function addStreamEdges(build: RankBuild): void {
  const { side, classes, typical, edges } = build
  const { startNs, endNs, activity, calls } = side
  const gapClasses = typical.gap.map(({ ns, samples }, pair) =>
    classes.get(EdgeKind.Stream, `gap ${pairName(Math.floor(pair / 3), pair % 3)}`, ns, samples),
  )
  const graphGap = classes.get(
    EdgeKind.Stream,
    'gap within graph',
    typical.graphGap.ns,
    typical.graphGap.samples,
  )
  const overlap = classes.get(EdgeKind.Overlap, 'overlap')
  const order = classes.get(EdgeKind.Overlap, 'order of overlapping kernels', 0)
  for (const lane of side.lanes) {
    // The kernel that ends last so far, and the last one that had ended when the current one started.
    let longest = -1
    for (let place = 1; place < lane.kernels.length; place++) {
      const k = lane.kernels[place]!
      const before = lane.kernels[place - 1]!
      if (longest < 0 || endNs[before]! >= endNs[longest]!) longest = before
      const sameLaunch = calls.callOf[k]! >= 0 && calls.callOf[k] === calls.callOf[before]
      const cls = sameLaunch ? graphGap : gapClasses[activity[before]! * 3 + activity[k]!]!
      if (endNs[before]! <= startNs[k]!) {
        build.delay(k, build.kernelEnd(before), endNs[before]!, cls)
        if (longest !== before && endNs[longest]! <= startNs[k]!) {
          build.delay(k, build.kernelEnd(longest), endNs[longest]!, cls)
        }
        continue
      }
      const branch = sameLaunch ? lastEnded(build, lane, place) : -1
      if (branch >= 0) {
        build.delay(k, build.kernelEnd(branch), endNs[branch]!, graphGap)
      } else {
        build.delay(k, build.kernelEnd(before), endNs[before]!, overlap)
      }
      // `order` explains nothing: the launch or the overlap does.
      edges.add(build.kernelStart(before), build.kernelStart(k), order)
    }
  }
}

/** How many kernels back the branches of a graph are looked for. */
const BRANCHES = 64

/** The kernel of the same launch and stream that ended last before `place` started; −1 for none. */
function lastEnded({ side }: RankBuild, lane: Lane, place: number): number {
  const k = lane.kernels[place]!
  const call = side.calls.callOf[k]!
  let last = -1
  for (let i = place - 1; i >= 0 && i >= place - BRANCHES; i--) {
    const other = lane.kernels[i]!
    if (side.calls.callOf[other] !== call) break
    const end = side.endNs[other]!
    if (end <= side.startNs[k]! && (last < 0 || end > side.endNs[last]!)) last = other
  }
  return last
}

/** Launch calls to the first of their kernels on each stream. */
export function addLaunchEdges(build: RankBuild): void {
  const { side, classes, typical, findings } = build
  const { calls, startNs } = side
  const launchClasses = new Map(
    (['kernel', 'memcpy', 'memset', 'graph'] as const).map((group) => [
      group,
      classes.get(
        EdgeKind.Launch,
        `launch ${group}`,
        typical.launch[group].ns,
        typical.launch[group].samples,
      ),
    ]),
  )
  const insideCopy = classes.get(
    EdgeKind.LaunchInside,
    'launch inside copy call',
    typical.launchInside.ns,
    typical.launchInside.samples,
  )
  const inside = classes.get(EdgeKind.LaunchInside, 'launch inside call')
  for (let k = 0; k < side.count; k++) {
    const call = calls.callOf[k]!
    if (call < 0) {
      findings.unlinked++
      continue
    }
    const before = side.before(k)
    // Those after the first on a stream follow it in the stream's order.
    if (before >= 0 && calls.callOf[before] === call && startNs[before]! < startNs[k]!) continue
    if (startNs[k]! >= calls.endNs[call]!) {
      build.delay(
        k,
        build.callEnd(call),
        calls.endNs[call]!,
        launchClasses.get(launchGroup(side, k))!,
      )
    } else if (startNs[k]! >= calls.startNs[call]! - CLOCK_TOLERANCE_NS) {
      const cls = calls.role[call] === CallRole.Copy ? insideCopy : inside
      build.delay(k, build.callStart(call), calls.startNs[call]!, cls)
    } else {
      build.fault(
        'kernel_before_launch',
        `${ACTIVITY_NAMES[side.activity[k]!]} ${build.describe(k)} starts ${calls.startNs[call]! - startNs[k]!} ns before its launch; replayed without the launch`,
        [k],
      )
    }
  }
}
