// Finds the captured graph that each graph launch replays.
//
// A replay is one of the captured graphs of its batch size: the smallest captured one that holds the batch
// of its step. Graphs of a step that were captured one after the other (piecewise capture) are replayed in
// the same order. Where several batch sizes would fit and nothing tells which, that is an error: names are
// often the same for all sizes, shapes are not.
import type { AnnotationSpan, KernelEvent } from '@flowsim/trace-schema'
import { TraceParseError } from '../errors.js'
import { type Alignment, align, type Misalignment, placesOf, type ReplayedKernel } from './align.js'
import { shapesBatchSize, stepBatchSize } from './batch-size.js'
import type { Capture, CaptureBucket, CapturedGraph, CapturedLaunch } from './captured-graph.js'

/** A graph launch and what it ran. */
export interface Replay {
  number: number
  kernels: KernelEvent[]
  step: AnnotationSpan | undefined
}

/** The captured graph that was replayed. */
export interface Match {
  bucket: CaptureBucket
  graph: CapturedGraph
  alignment: Alignment
}

interface Failure {
  bucket: CaptureBucket
  graph: CapturedGraph
  misalignment: Misalignment
}

/** Finds the captured graph of each replay, in order of time. */
export class Matcher {
  readonly #buckets: readonly CaptureBucket[]
  readonly #cursors = new Map<CaptureBucket, { graph: number; launch: number }>()
  readonly #aligned = new Map<string, Alignment | Misalignment>()
  readonly #names = new Map<string, number>()
  #step: AnnotationSpan | undefined
  #last: CaptureBucket | undefined

  /** @param batchSize - captured size that was replayed, where the trace does not tell it */
  constructor(
    private readonly source: string,
    captures: readonly Capture[],
    private readonly batchSize: number | undefined,
  ) {
    this.#buckets = captures.flatMap(({ buckets }) => buckets)
  }

  /** @throws TraceParseError where the replay is not one of the captured graphs, or may be several */
  match(replay: Replay): Match {
    if (replay.step === undefined || replay.step !== this.#step) {
      if (replay.step !== undefined) this.#cursors.clear()
      this.#step = replay.step
      this.#last = undefined
    }
    const wanted = replay.kernels.map(
      ({ kind, name, stream }): ReplayedKernel => ({
        kind: kind === 'collective' ? 'kernel' : kind,
        name,
        stream,
      }),
    )
    const matches: Match[] = []
    const failures: Failure[] = []
    for (const bucket of this.#candidates(replay)) {
      const found = this.#within(bucket, wanted, replay)
      if ('alignment' in found) matches.push(found)
      else failures.push(found)
    }
    const chosen =
      matches.find(({ bucket }) => bucket === this.#last) ?? this.#only(replay, matches)
    if (chosen === undefined) throw this.#mismatch(replay, failures)
    const { bucket, graph, alignment } = chosen
    this.#cursors.set(
      bucket,
      bucket.isLoose
        ? { graph: bucket.graphs.indexOf(graph), launch: last(alignment.launches) + 1 }
        : { graph: bucket.graphs.indexOf(graph) + 1, launch: 0 },
    )
    this.#last = bucket
    return chosen
  }

  /** Captures of the replay's batch size; all, where nothing tells it. */
  #candidates(replay: Replay): readonly CaptureBucket[] {
    const size = this.#sizeOf(replay)
    if (size === undefined) return this.#buckets
    let least = Infinity
    for (const { batchSize = -1 } of this.#buckets)
      if (batchSize >= size) least = Math.min(least, batchSize)
    const fitting = this.#buckets.filter(({ batchSize }) => batchSize === least)
    return fitting.length > 0
      ? fitting
      : this.#buckets.filter((each) => each.batchSize === undefined)
  }

  /** The graphs of a bucket, from the one after the last that was replayed on. */
  #within(
    bucket: CaptureBucket,
    wanted: readonly ReplayedKernel[],
    replay: Replay,
  ): Match | Failure {
    const { graphs } = bucket
    const cursor = this.#cursors.get(bucket) ?? { graph: 0, launch: 0 }
    if (bucket.isLoose && bucket.batchSize === undefined) {
      const launch = this.#placeOfSize(bucket, wanted, replay, cursor.launch)
      if (launch !== undefined) cursor.launch = launch
    }
    let failure: Failure | undefined
    for (let i = 0; i < graphs.length; i++) {
      const at = (cursor.graph + i) % graphs.length
      for (const from of new Set([i === 0 ? cursor.launch : 0, 0])) {
        const graph = graphs[at]!
        const result = this.#align(wanted, graph, bucket.isLoose, from)
        if (result.way !== undefined) return { bucket, graph, alignment: result }
        if (failure === undefined || result.kernel > failure.misalignment.kernel) {
          failure = { bucket, graph, misalignment: result }
        }
      }
    }
    return failure!
  }

  /** Where a pass of several batch sizes, its steps not marked, runs the one that was replayed. */
  #placeOfSize(
    { graphs, source }: CaptureBucket,
    wanted: readonly ReplayedKernel[],
    replay: Replay,
    from: number,
  ): number | undefined {
    const { launches } = graphs[0]!
    const places = this.#places(wanted, launches).map((at) => ({
      at,
      size: shapesBatchSize(launches.slice(at, at + wanted.length)),
    }))
    const sizes = [...new Set(places.map(({ size }) => size))]
    if (sizes.length < 2) return undefined
    const asked = this.#sizeOf(replay)
    if (asked === undefined) throw this.#ambiguous(replay, `${source} at batch sizes`, sizes)
    const least = Math.min(
      ...sizes.map((size) => (size !== undefined && size >= asked ? size : Infinity)),
    )
    const fitting = places.filter(({ size }) => size === least)
    return (fitting.find(({ at }) => at >= from) ?? fitting[0])?.at
  }

  #places(wanted: readonly ReplayedKernel[], launches: readonly CapturedLaunch[]): number[] {
    const key = wanted.map(({ kind, name }) => this.#id(`${kind} ${name}`)).join()
    const byNames = this.#placed.get(launches) ?? new Map<string, number[]>()
    this.#placed.set(launches, byNames)
    const places = byNames.get(key) ?? placesOf(wanted, launches)
    byNames.set(key, places)
    return places
  }

  readonly #placed = new Map<readonly CapturedLaunch[], Map<string, number[]>>()
  readonly #graphs = new Map<CapturedGraph, number>()

  #sizeOf({ step }: Replay): number | undefined {
    return this.batchSize ?? (step === undefined ? undefined : stepBatchSize(step.name))
  }

  #ambiguous(
    replay: Replay,
    what: string,
    sizes: readonly (number | string | undefined)[],
  ): TraceParseError {
    const listed = sizes.map((size) => size ?? 'unknown').join(', ')
    return new TraceParseError(
      'capture_mismatch',
      `${place(replay)} fits ${what} ${listed}; name the size that was replayed with --capture-batch, or give its capture alone`,
      { source: this.source },
    )
  }

  #align(
    wanted: readonly ReplayedKernel[],
    graph: CapturedGraph,
    isLoose: boolean,
    from: number,
  ): Alignment | Misalignment {
    if (!this.#graphs.has(graph)) this.#graphs.set(graph, this.#graphs.size)
    let key = `${this.#graphs.get(graph)} ${from}`
    for (const { kind, name, stream } of wanted) key += ` ${this.#id(`${kind} ${name}`)}.${stream}`
    let result = this.#aligned.get(key)
    if (result === undefined) {
      result = align(wanted, graph.launches, isLoose, from)
      this.#aligned.set(key, result)
    }
    return result
  }

  #id(name: string): number {
    let id = this.#names.get(name)
    if (id === undefined) {
      id = this.#names.size
      this.#names.set(name, id)
    }
    return id
  }

  /** The one match, or the ones that say the same; those with the replay's grids go first. */
  #only(replay: Replay, matches: readonly Match[]): Match | undefined {
    if (matches.length < 2) return matches[0]
    const grids = matches.map((match) => equalGrids(replay, match))
    const most = Math.max(...grids)
    const best = matches.filter((_, i) => grids[i] === most)
    const said = new Set(best.map(shapesOf))
    if (said.size === 1) return best[0]
    const sizes = [...new Set(best.map(({ bucket }) => bucket.batchSize))]
    throw this.#ambiguous(replay, 'captures of different shapes, batch sizes', sizes)
  }

  #mismatch(replay: Replay, failures: readonly Failure[]): TraceParseError {
    const where = place(replay)
    const [farthest] = [...failures].sort((a, b) => b.misalignment.kernel - a.misalignment.kernel)
    if (farthest === undefined) {
      return new TraceParseError(
        'capture_mismatch',
        `${where} has a batch size that no capture has (${replay.step?.name ?? this.batchSize}); give the capture of that size`,
        { source: this.source },
      )
    }
    const { bucket, graph, misalignment } = farthest
    const { kernel, launch } = misalignment
    const runs = replay.kernels[kernel]?.name
    const stands = launch === undefined ? undefined : graph.launches[launch]
    const has =
      stands === undefined
        ? `ends there (${graph.launches.length} launches)`
        : `has ${quoted(stands.name ?? `a ${stands.kind}`)} as launch ${launch! + 1} of ${graph.launches.length}`
    const ran =
      runs === undefined
        ? `has ${replay.kernels.length} kernels`
        : `runs ${quoted(runs)} as kernel ${kernel + 1} of ${replay.kernels.length}`
    return new TraceParseError(
      'capture_mismatch',
      `${where} ${ran}, where ${bucket.source}, ${graph.label}, ${has}; capture the same model, engine and batch size, or leave --capture out`,
      { source: this.source },
    )
  }
}

function place({ number, kernels }: Replay): string {
  const { launch, correlation } = kernels[0]!
  const id = correlation === undefined ? '' : `, correlation ${correlation}`
  return `graph launch ${number} (${launch!.api}${id}, at ${launch!.startNs} ns)`
}

function quoted(name: string): string {
  return `"${name.length > 120 ? `${name.slice(0, 117)}...` : name}"`
}

function last(launches: Int32Array): number {
  return launches.reduce((most, at) => Math.max(most, at), 0)
}

function equalGrids({ kernels }: Replay, { graph, alignment }: Match): number {
  let equal = 0
  kernels.forEach(({ grid }, i) => {
    const other = graph.launches[alignment.launches[i]!]!.grid
    if (grid !== undefined && other !== undefined && grid.join() === other.join()) equal++
  })
  return equal
}

/** What a match says of its kernels: operators' arguments and tensors, as text. */
function shapesOf({ graph, alignment }: Match): string {
  return JSON.stringify(
    Array.from(alignment.launches, (at) => {
      const { op, tensors } = graph.launches[at]!
      return [op?.name, op?.args, tensors]
    }),
  )
}
