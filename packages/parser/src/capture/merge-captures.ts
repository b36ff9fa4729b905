// Gives the kernels of replayed CUDA and HIP graphs the operators and shapes of a capture trace.
//
// All kernels of a replay share the launch of the graph; the operators ran when the graph was captured.
// A replay is one of the captured graphs of its batch size: the smallest captured one that holds the batch
// of its step. Graphs of a step that were captured one after the other (piecewise capture) are replayed in
// the same order. Where several batch sizes would fit and nothing tells which, that is an error: names are
// often the same for all sizes, shapes are not.
import type { AnnotationSpan, KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { TraceParseError } from '../errors.js'
import { isGraphLaunch } from '../link/launch-contexts.js'
import {
  type Alignment,
  type AlignmentWay,
  align,
  type Misalignment,
  type ReplayedKernel,
} from './align.js'
import { stepBatchSize } from './batch-size.js'
import type { Capture, CaptureBucket, CapturedGraph, CapturedLaunch } from './captured-graph.js'
import { Steps } from './steps.js'

/** What {@link mergeCaptures} did. */
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

interface Replay {
  number: number
  kernels: KernelEvent[]
  step: AnnotationSpan | undefined
}

interface Match {
  bucket: CaptureBucket
  graph: CapturedGraph
  alignment: Alignment
}

interface Failure {
  bucket: CaptureBucket
  graph: CapturedGraph
  misalignment: Misalignment
}

/**
 * A trace whose graph kernels have the operators, shapes, call stacks and collectives of the captures.
 * @param batchSize - captured size that was replayed, where the trace does not tell it
 * @throws TraceParseError `capture_mismatch` where a graph launch is none of the captured graphs, or may be
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

/** Finds the captured graph of each replay, in order of time. */
class Matcher {
  readonly #buckets: readonly CaptureBucket[]
  readonly #cursors = new Map<CaptureBucket, { graph: number; launch: number }>()
  readonly #aligned = new Map<string, Alignment | Misalignment>()
  readonly #names = new Map<string, number>()
  #step: AnnotationSpan | undefined
  #last: CaptureBucket | undefined

  constructor(
    private readonly source: string,
    captures: readonly Capture[],
    private readonly batchSize: number | undefined,
  ) {
    this.#buckets = captures.flatMap(({ buckets }) => buckets)
  }

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
      const found = this.#within(bucket, wanted)
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
  #candidates({ step }: Replay): readonly CaptureBucket[] {
    const size = this.batchSize ?? (step === undefined ? undefined : stepBatchSize(step.name))
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
  #within(bucket: CaptureBucket, wanted: readonly ReplayedKernel[]): Match | Failure {
    const { graphs } = bucket
    const cursor = this.#cursors.get(bucket) ?? { graph: 0, launch: 0 }
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

  readonly #graphs = new Map<CapturedGraph, number>()

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
    const sizes = [...new Set(best.map(({ bucket }) => bucket.batchSize ?? 'unknown'))]
    throw new TraceParseError(
      'capture_mismatch',
      `${this.source}: ${place(replay)} fits captures of different shapes (batch sizes ${sizes.join(', ')}); name the size that was replayed with --capture-batch, or give its capture alone`,
    )
  }

  #mismatch(replay: Replay, failures: readonly Failure[]): TraceParseError {
    const where = `${this.source}: ${place(replay)}`
    const [farthest] = [...failures].sort((a, b) => b.misalignment.kernel - a.misalignment.kernel)
    if (farthest === undefined) {
      return new TraceParseError(
        'capture_mismatch',
        `${where} has a batch size that no capture has (${replay.step?.name ?? this.batchSize}); give the capture of that size`,
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
