// Puts the collectives of one group on several ranks side by side.
//
// Calls are the same where the profiler recorded the same sequence number. Without numbers each rank is
// laid beside the one with most calls, in the first of these ways that holds:
//
//   in order   after the shift at which most kinds and sizes agree (windows of ranks open at different
//              times), of those the one whose ends lie closest; if nine in ten then intersect in time, as
//              calls that are one must on a common clock
//   in time    calls of one kind and size that intersect, if that is a quarter of them and no fewer than
//              by order: events are missing
//   in order   all the same: the clocks differ
//
// Ranks of an all-to-all may move different sizes, so there the kind alone has to agree.
import { median } from 'd3-array'
import type { Collective } from './collectives.js'
import { getOrAdd } from './get-or-add.js'

/** A collective with the number that the profiler gave it in its group. */
export interface Call extends Collective {
  sequence: number | undefined
}

/** The parts of one collective, by rank; undefined where a rank has none. */
export interface AlignedCalls {
  sequence: number
  calls: (Call | undefined)[]
}

/** Greatest shift that is tried between two ranks. */
const MAX_SHIFT = 256

/** The calls of all ranks, those that are one together. Every call is in one row. */
export function alignCalls(lists: Call[][]): AlignedCalls[] {
  if (lists.every((list) => list.every((call) => call.sequence !== undefined))) {
    return bySequence(lists)
  }
  const reference = lists.reduce(
    (best, list, r) => (list.length > lists[best]!.length ? r : best),
    0,
  )
  const rows = lists[reference]!.map((call, sequence): AlignedCalls => {
    const calls: (Call | undefined)[] = lists.map(() => undefined)
    calls[reference] = call
    return { sequence, calls }
  })
  lists.forEach((list, r) => {
    if (r === reference) return
    const places = placesIn(lists[reference]!, list)
    list.forEach((call, i) => {
      const place = places[i]!
      if (place >= 0) rows[place]!.calls[r] = call
      else rows.push({ sequence: i, calls: lists.map((_, s) => (s === r ? call : undefined)) })
    })
  })
  return rows
}

function bySequence(lists: Call[][]): AlignedCalls[] {
  const rows = new Map<string, AlignedCalls>()
  lists.forEach((list, r) => {
    const repeats = new Map<number, number>()
    for (const call of list) {
      const sequence = call.sequence!
      const repeat = repeats.get(sequence) ?? 0
      repeats.set(sequence, repeat + 1)
      const key = `${sequence} ${repeat}`
      const row = getOrAdd(rows, key, () => ({ sequence, calls: lists.map(() => undefined) }))
      row.calls[r] = call
    }
  })
  return [...rows.values()]
}

/** For each call of a list its place in the reference, or −1. */
function placesIn(reference: Call[], list: Call[]): number[] {
  const ordered = inOrder(reference, list)
  const meeting = (places: number[]) =>
    places.filter((place, i) => place >= 0 && intersect(list[i]!, reference[place]!)).length
  const paired = ordered.filter((place) => place >= 0).length
  const meetingInOrder = meeting(ordered)
  if (meetingInOrder >= 0.9 * Math.max(paired, Math.min(list.length, reference.length)))
    return ordered
  const timed = inTime(reference, list)
  const meetingInTime = meeting(timed)
  return meetingInTime >= meetingInOrder && meetingInTime > list.length / 4 ? timed : ordered
}

function inOrder(reference: Call[], list: Call[]): number[] {
  const shift = bestShift(reference, list)
  return list.map((call, i) => {
    const other = reference[i + shift]
    return other && same(call, other) ? i + shift : -1
  })
}

/** Places that a list must move up to lie beside the reference. */
function bestShift(reference: Call[], list: Call[]): number {
  const score = (shift: number) => {
    let agree = 0
    for (let i = Math.max(0, -shift); i < list.length && i + shift < reference.length; i++) {
      if (same(list[i]!, reference[i + shift]!)) agree++
    }
    return agree
  }
  const shifts: { shift: number; agree: number }[] = [{ shift: 0, agree: score(0) }]
  if (reference.length === list.length && shifts[0]!.agree === list.length) return 0
  for (let shift = 1; shift <= MAX_SHIFT; shift++) {
    if (shift < reference.length) shifts.push({ shift, agree: score(shift) })
    if (shift < list.length) shifts.push({ shift: -shift, agree: score(-shift) })
  }
  const most = Math.max(...shifts.map(({ agree }) => agree))
  const best = shifts.filter(({ agree }) => agree >= 0.99 * most)
  const distance = (shift: number) =>
    median(list, (call, i) => {
      const other = reference[i + shift]
      return other && Math.abs(endOf(call) - endOf(other))
    }) ?? 0
  return best
    .map(({ shift }) => ({ shift, distance: distance(shift) }))
    .sort((a, b) => a.distance - b.distance || Math.abs(a.shift) - Math.abs(b.shift))[0]!.shift
}

/** Pairs calls that intersect; where several do, those whose ends lie closest. */
function inTime(reference: Call[], list: Call[]): number[] {
  const places = list.map(() => -1)
  let from = 0
  list.forEach((call, i) => {
    while (from < reference.length && endOf(reference[from]!) < call.startNs) from++
    let best = -1
    for (let j = from; j < reference.length && reference[j]!.startNs <= endOf(call); j++) {
      const other = reference[j]!
      if (!same(call, other) || !intersect(call, other)) continue
      const closer = (k: number) => Math.abs(endOf(reference[k]!) - endOf(call))
      if (best < 0 || closer(j) < closer(best)) best = j
    }
    if (best >= 0) {
      places[i] = best
      from = best + 1
    }
  })
  return places
}

/** Whether two calls can be one; a send on one rank is a receive on another. */
function same(a: Collective, b: Collective): boolean {
  const kind = ({ kind }: Collective) => (kind === 'recv' ? 'send' : kind)
  if (kind(a) !== kind(b)) return false
  return a.kind === 'all_to_all' || (a.dtype === b.dtype && a.bytes === b.bytes)
}

/** Whether two calls run at one time, for an instant at least. */
export function intersect(a: Call, b: Call): boolean {
  return a.startNs <= endOf(b) && b.startNs <= endOf(a)
}

/** End of a call. */
export function endOf({ startNs, durationNs }: Call): number {
  return startNs + durationNs
}
