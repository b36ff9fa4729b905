// Kernels that start long after everything that is known to hold them back: more reasons are looked for.
//
//   event       a kernel of another stream ended just before: the wait for its event was not recorded
//   occupancy   a kernel of another stream of the device ran all the while and was about to end: its
//               thread blocks left no room
//   earlier     the device's first kernel waits for work from before the trace
//
// What stays unexplained becomes part of the lag that binds, so that replay still meets the trace.
import { EdgeKind } from '../graph.js'
import type { RankBuild } from './rank-build.js'
import type { Lane } from './rank-side.js'

/** Waits shorter than this are jitter. */
const JITTER_NS = 5000
/** A stream reacts to an event within this time. */
const EVENT_NS = 5000
/** The last blocks of a kernel take no longer than this part of the wait for it. */
const TAIL = 0.1
/** A device that makes its first kernel wait longer is busy with work from before the trace. */
const EARLIER_NS = 100_000
/** Streams that are searched, the busiest first. */
const MAX_LANES = 64

export function explainLateStarts(build: RankBuild): void {
  const { side } = build
  holdFirst(build)
  const lanes = [...side.lanes].sort((a, b) => b.kernels.length - a.kernels.length)
  const searched = lanes.slice(0, MAX_LANES)
  if (searched.length < 2) return
  /** Place of the first kernel of each lane that has not ended yet. */
  const running = new Map(searched.map((lane) => [lane, 0]))
  const tail = build.classes.get(EdgeKind.Occupancy, 'occupancy')
  for (let i = 0; i < side.count; i++) {
    const k = side.order === undefined ? i : side.order[i]!
    const start = side.startNs[k]!
    const ready = build.readyNs[k]!
    if (start - ready < JITTER_NS || ready === -Infinity) continue
    const own = side.lanes[side.lane[k]!]!
    let event = -1
    let blocker = -1
    for (const lane of searched) {
      let place = running.get(lane)!
      while (place < lane.kernels.length && lane.endNs[place]! <= start) place++
      running.set(lane, place)
      if (lane === own || lane.device !== own.device) continue
      const ended = place > 0 ? lane.kernels[place - 1]! : -1
      if (ended >= 0 && isEvent(build, ended, k, ready)) {
        if (event < 0 || side.endNs[ended]! > side.endNs[event]!) event = ended
      }
      if (place < lane.kernels.length && isBlocker(lane, place, ready, start)) {
        const candidate = lane.kernels[place]!
        if (blocker < 0 || side.endNs[candidate]! < side.endNs[blocker]!) blocker = candidate
      }
    }
    if (event >= 0) {
      build.findings.inferredWaits++
      build.delay(k, build.kernelEnd(event), side.endNs[event]!, build.eventClass(true))
    } else if (blocker >= 0) {
      build.delay(k, build.kernelEnd(blocker), side.endNs[blocker]!, tail)
    }
  }
}

/**
 * The first kernel of a device that starts long after its launch waited for work from before the trace:
 * it keeps its measured time.
 */
function holdFirst(build: RankBuild): void {
  const { side } = build
  const devices = new Set<number>()
  const origin = build.classes.get(EdgeKind.Origin, 'begin')
  for (let i = 0; i < side.count && devices.size < side.lanes.length; i++) {
    const k = side.order === undefined ? i : side.order[i]!
    const { device } = side.lanes[side.lane[k]!]!
    if (devices.has(device)) continue
    devices.add(device)
    const ready = build.readyNs[k]!
    if (ready !== -Infinity && side.startNs[k]! - ready > EARLIER_NS) build.delay(k, 0, 0, origin)
  }
}

function isEvent({ side }: RankBuild, ended: number, k: number, ready: number): boolean {
  const end = side.endNs[ended]!
  if (end <= ready || end < side.startNs[k]! - EVENT_NS) return false
  const [launch, before] = [side.calls.callOf[k]!, side.calls.callOf[ended]!]
  return launch < 0 || before < 0 || before <= launch
}

function isBlocker(lane: Lane, place: number, ready: number, start: number): boolean {
  // One that began just after is taken too: which of two kernels gets the device is not decided at `ready`.
  const began = lane.startNs[place]! <= ready + JITTER_NS
  return began && lane.endNs[place]! - start <= TAIL * (start - ready)
}
