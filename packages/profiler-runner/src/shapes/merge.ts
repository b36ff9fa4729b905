// Puts the shapes of a pass without CUDA graphs onto the kernels of a pass with them.
//
// The two passes run the same work, so the n-th kernel of a name in one is the n-th in the other.
// Where counts differ, the passes recorded different numbers of steps. A name that always has the same
// shapes needs no order. One that ran a multiple of times repeats what was recorded, and one whose shapes
// come back in the same order at least twice goes on so. What is left is reported: a graph may pad its
// batch or fuse what runs apart without it, and then shapes of the one are not those of the other.
import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'

/** Kernels of one name that got no shapes, and why. */
export interface ShapeMismatch {
  name: string
  /** Times that it ran in the timing pass, and without shapes there. */
  timing: number
  missing: number
  /** Times that it ran in the shape pass, and with shapes there. */
  shapes: number
  known: number
  reason: 'not_in_shape_pass' | 'no_shapes_there' | 'counts_differ'
}

/** What {@link mergeShapes} did, in kernels. */
export interface ShapeMergeReport {
  kernels: number
  /** Had shapes before. */
  kept: number
  /** Got the shapes of the n-th kernel of the name. */
  ordered: number
  /** Got them from a shape pass of other steps, whose shapes come back in the same order. */
  repeated: number
  /** Got them because all kernels of the name have the same. */
  uniform: number
  missing: number
  /** Share of kernel time that has shapes now. */
  timeShare: number
  mismatches: ShapeMismatch[]
}

/**
 * Merges two traces of the same work on the same rank.
 * @returns a trace that shares the kernels of `timing` which did not change; those that did have
 *   `shapesFrom: 'capture'`
 */
export function mergeShapes(
  timing: KernelTrace,
  shapes: KernelTrace,
): { trace: KernelTrace; report: ShapeMergeReport } {
  const wanted = byName(timing.kernels)
  const known = byName(shapes.kernels)
  const kernels = [...timing.kernels]
  const report: ShapeMergeReport = {
    kernels: kernels.length,
    kept: 0,
    ordered: 0,
    repeated: 0,
    uniform: 0,
    missing: 0,
    timeShare: 1,
    mismatches: [],
  }
  for (const [name, places] of wanted) {
    const sources = (known.get(name) ?? []).map((place) => shapes.kernels[place]!)
    const lacking = places.filter((place) => !hasShapes(kernels[place]!))
    report.kept += places.length - lacking.length
    if (lacking.length === 0) continue
    const { way, sourceOf } = pairing(places.length, sources)
    let missing = 0
    for (const [index, place] of places.entries()) {
      const kernel = kernels[place]!
      if (hasShapes(kernel)) continue
      const source = sourceOf(index)
      if (way !== null && source !== undefined && hasShapes(source)) {
        kernels[place] = withShapesOf(kernel, source)
        report[way]++
      } else missing++
    }
    if (missing === 0) continue
    report.missing += missing
    const withShapes = sources.filter(hasShapes).length
    report.mismatches.push({
      name,
      timing: places.length,
      missing,
      shapes: sources.length,
      known: withShapes,
      reason:
        sources.length === 0
          ? 'not_in_shape_pass'
          : withShapes === 0 || way !== null
            ? 'no_shapes_there'
            : 'counts_differ',
    })
  }
  report.mismatches.sort((a, b) => b.missing - a.missing || (a.name < b.name ? -1 : 1))
  report.timeShare = shareWithShapes(kernels)
  return { trace: { ...timing, kernels }, report }
}

function byName(kernels: readonly KernelEvent[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [place, { kind, name }] of kernels.entries()) {
    if (kind === 'memcpy' || kind === 'memset') continue
    const list = places.get(name)
    if (list) list.push(place)
    else places.set(name, [place])
  }
  return places
}

function pairing(
  count: number,
  sources: readonly KernelEvent[],
): {
  way: 'ordered' | 'repeated' | 'uniform' | null
  sourceOf: (index: number) => KernelEvent | undefined
} {
  if (sources.length === count) return { way: 'ordered', sourceOf: (index) => sources[index] }
  const first = sources.find(hasShapes)
  if (first !== undefined) {
    const key = shapeKey(first)
    if (sources.every((source) => shapeKey(source) === key)) {
      return { way: 'uniform', sourceOf: () => first }
    }
  }
  const period = runLength(count, sources)
  return period === null
    ? { way: null, sourceOf: () => undefined }
    : { way: 'repeated', sourceOf: (index) => sources[index % period] }
}

// How many kernels there are before their shapes come back; null where that cannot be told.
function runLength(count: number, sources: readonly KernelEvent[]): number | null {
  const { length } = sources
  if (length === 0) return null
  if (count % length === 0) return length
  const period = periodOf(sources)
  return 2 * period <= length ? period : null
}

// The least p so that each kernel has the shapes of the p-th before it; all, where none repeats. From
// the table of the Knuth-Morris-Pratt search: p = n − length of the longest border.
function periodOf(kernels: readonly KernelEvent[]): number {
  const keys = kernels.map(shapeKey)
  const border = new Array<number>(keys.length).fill(0)
  for (let at = 1, length = 0; at < keys.length; at++) {
    while (length > 0 && keys[at] !== keys[length]) length = border[length - 1]!
    if (keys[at] === keys[length]) length++
    border[at] = length
  }
  return keys.length - (border.at(-1) ?? 0)
}

function hasShapes(kernel: KernelEvent): boolean {
  return kernel.shapesFrom !== 'none'
}

function shapeKey({ op, tensors }: KernelEvent): string {
  return JSON.stringify([op?.name, op?.args, tensors])
}

function withShapesOf(kernel: KernelEvent, source: KernelEvent): KernelEvent {
  const { op, tensors, callStack, modules, collective } = source
  return {
    ...kernel,
    ...(op === undefined ? {} : { op }),
    ...(tensors === undefined ? {} : { tensors }),
    ...((kernel.callStack ?? callStack) ? { callStack: kernel.callStack ?? callStack! } : {}),
    ...((kernel.modules ?? modules) ? { modules: kernel.modules ?? modules! } : {}),
    ...((kernel.collective ?? collective) ? { collective: kernel.collective ?? collective! } : {}),
    shapesFrom: 'capture',
  }
}

function shareWithShapes(kernels: readonly KernelEvent[]): number {
  let all = 0
  let known = 0
  for (const kernel of kernels) {
    if (kernel.kind === 'memcpy' || kernel.kind === 'memset') continue
    all += kernel.durationNs
    if (hasShapes(kernel)) known += kernel.durationNs
  }
  return all === 0 ? 1 : known / all
}
