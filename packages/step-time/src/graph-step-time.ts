// Step times of a model of the catalogue: the operations of a step, each with its time by a latency
// model, added up.
//
// A serving simulation asks for hundreds of thousands of steps that differ little, so times are kept:
// operations that depend on the number of tokens by that number, decode attention by the number of
// sequences, their new tokens and the sum of their lengths. Between 32 points an octave (2.2 % apart) times are
// interpolated; prefill attention is asked for at what it is, and kept for the next batch like it.
//
// Engines replay decode steps as CUDA graphs. Steps with more prompt tokens than their graphs have are
// launched operation by operation, and take at least as long as the host takes to launch them.
import type { BatchSummary, CompiledStep, GraphOp } from '@flowsim/model-graph'
import type { StepBatch, StepTimeModel } from '@flowsim/trace-schema'
import { PrefillTimes } from './prefill-times.js'
import { ReplicaBatch } from './replica-batch.js'

/** Points of an octave between which times are interpolated. */
const POINTS = 32
const OCTAVE_POINTS = Math.log2(POINTS)

/** Beyond all tokens of the decoding sequences of a step. */
const MOST_TOKENS = 2 ** 24

/** How an engine's kernels run the operations of a step. */
export interface KernelTimes {
  /** Nanoseconds of an operation, once; 0 where another one has it in its time. */
  timeNs(op: GraphOp): number
  /** Those in which it needs nothing of the device. */
  flightNs?(op: GraphOp): number
  /** Whether shared experts run beside the routed ones in a step of so many tokens. */
  runsSharedBeside(tokens: number): boolean
}

/** What {@link GraphStepTime} is made of. */
export interface GraphStepTimeParts {
  name: string
  step: CompiledStep
  kernels: KernelTimes
  /** Replicas of the attention, each with a share of the batch. */
  replicas: number
  /** Microseconds in which the host launches an operation outside of CUDA graphs. */
  hostOpUs: number
  /** Microseconds of such a step beside that, for what takes many launches; default 0. */
  hostStepUs?: number
  /** Microseconds that each sequence of a step adds beside its kernels; default 0. */
  hostSequenceUs?: number
  /** Queries that a decode takes as long as in a step with chunks; 0: it has its own kernel. */
  mixedTileRows?: number
  /** Keys that the kernel of decodes works on at once; 0: as many as there are. */
  keyTile?: number
}

/** Time of a step by the operations in it. */
export class GraphStepTime implements StepTimeModel {
  readonly name: string
  readonly #step: CompiledStep
  readonly #kernels: KernelTimes
  readonly #batch: ReplicaBatch
  readonly #hostStepNs: number
  readonly #sequenceNs: number
  readonly #mixedTileRows: number
  readonly #keyTile: number
  readonly #byTokens: Record<Part, Map<number, number>> = {
    local: new Map(),
    shared: new Map(),
    experts: new Map(),
  }
  readonly #bySamples = new Map<number, number>()
  readonly #byPrefill = new PrefillTimes()
  readonly #byDecode = new Map<number, Map<number, number>>()

  constructor(parts: GraphStepTimeParts) {
    const { name, step, kernels, replicas, hostOpUs } = parts
    this.name = name
    this.#step = step
    this.#kernels = kernels
    this.#batch = new ReplicaBatch(replicas)
    this.#sequenceNs = (parts.hostSequenceUs ?? 0) * 1000
    this.#mixedTileRows = parts.mixedTileRows ?? 0
    this.#keyTile = parts.keyTile ?? 0
    let launches = 0
    for (const { count } of step(prefillOf(1))) launches += count
    this.#hostStepNs = (launches * hostOpUs + (parts.hostStepUs ?? 0)) * 1000
  }

  stepNs(batch: StepBatch): number {
    const own = this.#batch
    own.set(batch)
    const { tokens, prefillSequences, decodeSequences, decodeTokens, samples } = own
    // The last tile of each sequence is half full in the mean, and takes as long as a full one.
    const decodeKeys = own.decodeKeys + Math.round((decodeSequences * this.#keyTile) / 2)
    // Experts see the tokens of all replicas, the rest of a layer its own.
    const perReplica = Math.ceil((batch.tokens + batch.padding) / own.replicas)
    const shared = interpolated(tokens, this.#sharedNs)
    const experts = interpolated(perReplica, this.#expertsNs)
    let ns = interpolated(tokens, this.#localNs)
    ns += this.#kernels.runsSharedBeside(tokens) ? Math.max(shared, experts) : shared + experts
    if (samples > 0) ns += interpolated(samples, this.#samplesNs)
    if (prefillSequences > 0) ns += this.#prefillNs(own)
    if (decodeSequences > 0 && prefillSequences > 0 && this.#mixedTileRows > 0) {
      // Each decode is a chunk of as many queries as its tiles have.
      const tiles = Math.ceil(decodeTokens / decodeSequences / this.#mixedTileRows)
      ns += this.#prefillNs(tilesOf(decodeSequences, decodeKeys, tiles * this.#mixedTileRows))
    } else if (decodeSequences > 0) {
      const shape = decodeSequences * MOST_TOKENS + decodeTokens
      let byKeys = this.#byDecode.get(shape)
      if (byKeys === undefined) {
        byKeys = new Map()
        this.#byDecode.set(shape, byKeys)
      }
      const known = byKeys
      ns += interpolated(decodeKeys, (keys) =>
        this.#decodeNs(known, decodeSequences, decodeTokens, keys),
      )
    }
    if (batch.launch === 'eager' && ns < this.#hostStepNs) ns = this.#hostStepNs
    return ns + this.#sequenceNs * (prefillSequences + decodeSequences)
  }

  readonly #localNs = (tokens: number) => this.#partNs('local', tokens)
  readonly #sharedNs = (tokens: number) => this.#partNs('shared', tokens)
  readonly #expertsNs = (tokens: number) => this.#partNs('experts', tokens)

  /** Time of the operations of a part in a step of so many tokens of each replica. */
  #partNs(part: Part, tokens: number): number {
    const known = this.#byTokens[part]
    let ns = known.get(tokens)
    if (ns === undefined) {
      ns = 0
      for (const op of this.#step(prefillOf(tokens))) {
        if (op.varies === 'tokens' && partOf(op) === part) ns += op.count * this.#kernels.timeNs(op)
      }
      known.set(tokens, ns)
    }
    return ns
  }

  readonly #samplesNs = (samples: number): number => {
    let ns = this.#bySamples.get(samples)
    if (ns === undefined) {
      ns = this.#sum('samples', decodeOf(samples, samples, samples))
      this.#bySamples.set(samples, ns)
    }
    return ns
  }

  /** Time of prompts, which depends on nothing but these sums. */
  #prefillNs(batch: BatchSummary): number {
    let ns = this.#byPrefill.get(batch)
    if (ns === undefined) {
      ns = this.#sum('prefill', batch)
      this.#byPrefill.set(batch, ns)
    }
    return ns
  }

  #decodeNs(known: Map<number, number>, sequences: number, tokens: number, keys: number): number {
    let ns = known.get(keys)
    if (ns === undefined) {
      ns = this.#sum('decode', decodeOf(sequences, tokens, keys))
      known.set(keys, ns)
    }
    return ns
  }

  /** Time of the operations of one kind in a batch. */
  #sum(varies: GraphOp['varies'], summary: BatchSummary): number {
    let ns = 0
    for (const op of this.#step(summary)) {
      if (op.varies === varies) ns += op.count * this.#kernels.timeNs(op)
    }
    return ns
  }
}

/** Operations that depend on the number of tokens: routed experts with their communication, shared ones, all others. */
type Part = 'local' | 'shared' | 'experts'

function partOf({ module }: GraphOp): Part {
  if (module.endsWith('mlp.experts')) return 'experts'
  return module.includes('shared_expert') ? 'shared' : 'local'
}

/** A batch of so many tokens. */
export function prefillOf(tokens: number): BatchSummary {
  return {
    prefillSequences: 1,
    prefillTokens: tokens,
    prefillKeys: tokens,
    prefillPairs: (tokens * (tokens + 1)) / 2,
    decodeSequences: 0,
    decodeTokens: 0,
    decodeKeys: 0,
    samples: 1,
  }
}

/** A batch of decoding sequences. */
export function decodeOf(sequences: number, tokens: number, keys: number): BatchSummary {
  return {
    prefillSequences: 0,
    prefillTokens: 0,
    prefillKeys: 0,
    prefillPairs: 0,
    decodeSequences: sequences,
    decodeTokens: tokens,
    decodeKeys: Math.max(tokens, keys),
    samples: tokens,
  }
}

/** Decodes as chunks that fill tiles of the attention kernel. */
function tilesOf(sequences: number, keys: number, rows: number): BatchSummary {
  return {
    prefillSequences: sequences,
    prefillTokens: rows * sequences,
    prefillKeys: Math.max(keys, rows * sequences),
    prefillPairs: rows * keys,
    decodeSequences: 0,
    decodeTokens: 0,
    decodeKeys: 0,
    samples: sequences,
  }
}

/** Value of a function at a number from its values at the points around it. */
export function interpolated(at: number, valueAt: (point: number) => number): number {
  if (at <= 2 * POINTS) return valueAt(at)
  const octave = at < 2 ** 31 ? 31 - Math.clz32(at) : Math.floor(Math.log2(at))
  const step = 2 ** (octave - OCTAVE_POINTS)
  const low = Math.floor(at / step) * step
  const share = (at - low) / step
  const below = valueAt(low)
  return share === 0 ? below : below + share * (valueAt(low + step) - below)
}
