// A matched collective ends on all its ranks together: no rank before all have arrived.
//
//   arrival  = max over ranks of the start            (a separate node)
//   end      = arrival + transfer                     (transfer: measured per rank from the last arrival)
//
// A member whose end lies before the last arrival did not wait for it. In a broadcast, a send or a gather
// that is as it should be; in a collective that everybody must meet in it is a fault. Either way that
// member keeps its own duration.
import type { MatchedCollective } from '@flowsim/analysis'
import { EdgeKind } from '../graph.js'
import { CLOCK_TOLERANCE_NS, type RankBuild } from './rank-build.js'

/** Adds the edges of a meeting at `node`; the time of the last arrival, or NaN where nobody meets. */
export function addMeeting(
  builds: ReadonlyMap<number, RankBuild>,
  { members: recorded, meets }: MatchedCollective,
  node: number,
  joined: (build: RankBuild, kernel: number) => void,
): number {
  const present = recorded.map(({ rank, kernel }) => ({ build: builds.get(rank)!, k: kernel }))
  const lastNs = Math.max(...present.map(({ build: { side }, k }) => side.startNs[k]!))
  const members = present.filter(({ build: { side }, k }) => side.endNs[k]! >= lastNs)
  if (meets) {
    for (const { build, k } of present) {
      const early = lastNs - build.side.endNs[k]!
      if (early <= CLOCK_TOLERANCE_NS) continue
      build.fault(
        'collective_before_arrival',
        `rank ${build.side.rank}: ${build.describe(k)} ends ${early} ns before its last rank starts; replayed without the meeting on this rank`,
        [k],
      )
    }
  }
  if (members.length < 2) return Number.NaN
  const { edges, classes } = members[0]!.build
  const arrive = classes.get(EdgeKind.Arrive, 'arrive', 0)
  const transfer = classes.get(EdgeKind.Transfer, 'transfer')
  for (const { build, k } of members) {
    edges.add(build.kernelStart(k), node, arrive)
    edges.add(node, build.kernelEnd(k), transfer)
    joined(build, k)
  }
  return lastNs
}
