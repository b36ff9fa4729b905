// Which captured launch is which kernel of a replayed graph.
//
// In the order in which they are tried:
//   order   both lists are equally long and every name agrees; or, where the captured launches are a whole
//           pass, the graph's names stand in it one after the other
//   stream  kernels of several streams interleave on the device: each captured launch, in its order on the
//           CPU, is the next kernel of the stream on which its name comes next
//   skip    captured launches that have no kernel are skipped (some were not recorded)
//   name    independent nodes ran in another order: the n-th launch of a name is its n-th kernel, where every
//           name comes equally often
// Launches without a name can only be taken in order, by their number and kind.
import type { CapturedLaunch, LaunchedKind } from './captured-graph.js'

/** A kernel, copy or fill of a replayed graph. */
export interface ReplayedKernel {
  kind: LaunchedKind
  name: string
  stream: number
}

/** How an alignment was found. */
export type AlignmentWay = 'order' | 'stream' | 'skip' | 'name'

/** For each replayed kernel the index of its captured launch. */
export interface Alignment {
  way: AlignmentWay
  launches: Int32Array
  /** Kernels whose captured launch has no name, so that only its place speaks for it. */
  unnamed: number
}

/** Where the best try ended. */
export interface Misalignment {
  way: undefined
  /** First kernel that has no captured launch. */
  kernel: number
  /** Captured launch that stood in its place, where there was one. */
  launch: number | undefined
}

/** Launches of a whole pass that may lie among those of a graph. */
const slack = (kernels: number) => 32 + (kernels >> 1)

/** Places at which a graph may begin within a pass. */
const MAX_STARTS = 64

/**
 * Finds the captured launch of each kernel.
 * @param kernels - of one graph launch, in order of start
 * @param isLoose - `captured` holds more than the graph
 * @param from - first launch to look at, where it is loose
 */
export function align(
  kernels: readonly ReplayedKernel[],
  captured: readonly CapturedLaunch[],
  isLoose: boolean,
  from: number,
): Alignment | Misalignment {
  const inOrder = isLoose ? window(kernels, captured, from) : positions(kernels, captured)
  if (inOrder.way !== undefined) return inOrder
  if (captured.every(({ kind, name }) => kind !== 'kernel' || name === undefined)) return inOrder
  const isMultiStream = kernels.some(({ stream }) => stream !== kernels[0]!.stream)
  const byStream = isMultiStream ? streams(kernels, captured, isLoose, from) : undefined
  if (byStream !== undefined) return byStream
  const skipped = skipping(kernels, captured, isLoose, from)
  if (skipped.way !== undefined) return skipped
  return names(kernels, captured) ?? (skipped.kernel > inOrder.kernel ? skipped : inOrder)
}

/** ROCm runs copies and fills of graphs as kernels. */
const COPY_KERNEL = /^__amd_rocclr_copy/
const FILL_KERNEL = /^__amd_rocclr_fill/

function agrees(kernel: ReplayedKernel, launch: CapturedLaunch, isNameNeeded: boolean): boolean {
  if (launch.name !== undefined) return launch.name === kernel.name
  if (launch.kind === 'memcpy') return kernel.kind === 'memcpy' || COPY_KERNEL.test(kernel.name)
  if (launch.kind === 'memset') return kernel.kind === 'memset' || FILL_KERNEL.test(kernel.name)
  return kernel.kind === 'kernel' && !isNameNeeded
}

function found(
  way: AlignmentWay,
  launches: Int32Array,
  captured: readonly CapturedLaunch[],
): Alignment {
  let unnamed = 0
  for (const at of launches) {
    if (captured[at]!.kind === 'kernel' && captured[at]!.name === undefined) unnamed++
  }
  return { way, launches, unnamed }
}

function positions(
  kernels: readonly ReplayedKernel[],
  captured: readonly CapturedLaunch[],
): Alignment | Misalignment {
  const length = Math.min(kernels.length, captured.length)
  for (let i = 0; i < length; i++) {
    if (!agrees(kernels[i]!, captured[i]!, false)) return { way: undefined, kernel: i, launch: i }
  }
  if (kernels.length !== captured.length) {
    const launch = length < captured.length ? length : undefined
    return { way: undefined, kernel: length, launch }
  }
  return found(
    'order',
    Int32Array.from(kernels, (_, i) => i),
    captured,
  )
}

/** All places where the graph's names stand one after the other. */
export function placesOf(
  kernels: readonly ReplayedKernel[],
  captured: readonly CapturedLaunch[],
): number[] {
  const places: number[] = []
  for (let from = 0; ; ) {
    const next = window(kernels, captured, from)
    if (next.way === undefined) return places
    places.push(next.launches[0]!)
    from = next.launches[0]! + 1
  }
}

/** The first place where the graph's names stand one after the other. */
function window(
  kernels: readonly ReplayedKernel[],
  captured: readonly CapturedLaunch[],
  from: number,
): Alignment | Misalignment {
  let best: Misalignment = { way: undefined, kernel: 0, launch: undefined }
  for (let start = from; start + kernels.length <= captured.length; start++) {
    let i = 0
    while (i < kernels.length && agrees(kernels[i]!, captured[start + i]!, true)) i++
    if (i === kernels.length) {
      return found(
        'order',
        Int32Array.from(kernels, (_, at) => start + at),
        captured,
      )
    }
    if (i > best.kernel) best = { way: undefined, kernel: i, launch: start + i }
  }
  return best
}

function streams(
  kernels: readonly ReplayedKernel[],
  captured: readonly CapturedLaunch[],
  isLoose: boolean,
  from: number,
): Alignment | undefined {
  const queues = new Map<number, number[]>()
  kernels.forEach(({ stream }, i) => {
    const queue = queues.get(stream)
    if (queue === undefined) queues.set(stream, [i])
    else queue.push(i)
  })
  const heads = [...queues.values()].map((queue) => ({ queue, next: 0 }))
  const run = ({ queue, next }: { queue: number[]; next: number }, at: number) => {
    let length = 0
    while (
      next + length < queue.length &&
      at + length < captured.length &&
      agrees(kernels[queue[next + length]!]!, captured[at + length]!, true)
    ) {
      length++
    }
    return length
  }
  const launches = new Int32Array(kernels.length)
  let left = kernels.length
  let skipped = 0
  for (let at = from; at < captured.length && left > 0; at++) {
    let chosen: { queue: number[]; next: number } | undefined
    let longest = 0
    for (const head of heads) {
      const length = run(head, at)
      if (length > longest) {
        longest = length
        chosen = head
      }
    }
    if (chosen !== undefined) {
      launches[chosen.queue[chosen.next++]!] = at
      left--
    } else if (isLoose && left < kernels.length && ++skipped > slack(kernels.length))
      return undefined
  }
  return left === 0 ? found('stream', launches, captured) : undefined
}

function skipping(
  kernels: readonly ReplayedKernel[],
  captured: readonly CapturedLaunch[],
  isLoose: boolean,
  from: number,
): Alignment | Misalignment {
  let best: Misalignment = { way: undefined, kernel: 0, launch: undefined }
  let chosen: Int32Array | undefined
  let starts = 0
  for (let start = from; start < captured.length && starts < MAX_STARTS; start++) {
    if (!agrees(kernels[0]!, captured[start]!, true)) continue
    starts++
    const end = isLoose ? start + kernels.length + slack(kernels.length) : captured.length
    const launches = new Int32Array(kernels.length)
    let i = 0
    let at = start
    for (; at < Math.min(end, captured.length) && i < kernels.length; at++) {
      if (agrees(kernels[i]!, captured[at]!, true)) launches[i++] = at
    }
    if (i === kernels.length) {
      if (chosen === undefined || span(launches) < span(chosen)) chosen = launches
      if (!isLoose) break
    } else if (i > best.kernel) {
      const stood = i === 0 ? start : launches[i - 1]! + 1
      best = { way: undefined, kernel: i, launch: stood < captured.length ? stood : undefined }
    }
  }
  return chosen === undefined ? best : found('skip', chosen, captured)
}

function span(launches: Int32Array): number {
  return launches[launches.length - 1]! - launches[0]!
}

function names(
  kernels: readonly ReplayedKernel[],
  captured: readonly CapturedLaunch[],
): Alignment | undefined {
  const isNamed = captured.some(({ kind, name }) => kind !== 'kernel' && name !== undefined)
  const key = (kind: LaunchedKind, name: string | undefined) =>
    kind === 'kernel' || isNamed ? `${kind} ${name}` : kind
  const groups = new Map<string, number[]>()
  captured.forEach(({ kind, name }, at) => {
    const group = groups.get(key(kind, name))
    if (group === undefined) groups.set(key(kind, name), [at])
    else group.push(at)
  })
  const taken = new Map<string, number>()
  const launches = new Int32Array(kernels.length)
  for (const [i, kernel] of kernels.entries()) {
    const name = key(kernel.kind, kernel.name)
    const next = taken.get(name) ?? 0
    const at = groups.get(name)?.[next]
    if (at === undefined) return undefined
    launches[i] = at
    taken.set(name, next + 1)
  }
  for (const [name, count] of taken) if (groups.get(name)!.length !== count) return undefined
  return found('name', launches, captured)
}
