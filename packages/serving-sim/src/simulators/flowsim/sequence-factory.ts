// Requests of a workload as sequences: what their tokens share, which wait for another one, how
// urgent they are.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { promptImages } from './images/prompt-images.js'
import { PrefixStream } from './kv/prefix-stream.js'
import type { FlowsimOptions } from './options.js'
import { Sequence, type SequenceParts } from './sequence.js'

/** What of a request's tokens others may have too. */
export type SharedPart = Pick<SequenceParts, 'shared' | 'sharedBlocks' | 'hashedBlocks'>

/** Makes sequences and knows the order of sessions. */
export class SequenceFactory {
  /** Request that comes after each one in its session; -1: none. */
  private readonly next: Int32Array
  private readonly follows: Uint8Array
  private readonly prefixes = new Map<string, PrefixStream>()
  private readonly conversations = new Map<string, PrefixStream>()
  private readonly hashes = new PrefixStream()
  private readonly blockSize: number

  constructor(
    private readonly requests: readonly WorkloadRequest[],
    private readonly options: Pick<FlowsimOptions, 'instances' | 'timeoutNs' | 'priorities'>,
  ) {
    this.blockSize = options.instances[0]!.kv.blockSize
    this.next = new Int32Array(requests.length).fill(-1)
    this.follows = new Uint8Array(requests.length)
    const last = new Map<string, number>()
    for (const [i, { session }] of requests.entries()) {
      if (session === undefined) continue
      const before = last.get(session)
      if (before !== undefined) {
        this.next[before] = i
        this.follows[i] = 1
      }
      last.set(session, i)
    }
  }

  /** Whether a request waits for another one of its session. */
  isFollower(index: number): boolean {
    return this.follows[index] === 1
  }

  /** The next request of a session; -1: none. */
  nextInSession(index: number): number {
    return this.next[index]!
  }

  /** The request that a sequence's end sets free; its conversation grows by what was said. */
  followerOf(sequence: Sequence): number {
    if (this.requests[sequence.index]!.session !== undefined && sequence.own !== null) {
      sequence.own.tokens = sequence.known
    }
    return this.nextInSession(sequence.index)
  }

  create(index: number, arrivalNs: number): Sequence {
    const request = this.requests[index]!
    const { inputTokens, outputTokens } = request
    const { timeoutNs, priorities } = this.options
    return new Sequence({
      index,
      arrivalNs,
      inputTokens,
      outputTokens,
      priority: request.priority ?? priorities[request.sloClass ?? ''] ?? 0,
      deadlineNs: request.deadlineNs ?? arrivalNs + timeoutNs,
      session: request.session ?? null,
      adapter: request.adapter ?? null,
      grammar: request.grammar ?? null,
      images: promptImages(request, index),
      model: request.model ?? null,
      client: request.sloClass ?? '',
      ...this.sharedPart(request),
      own: this.conversation(request),
    })
  }

  /** What of a request's tokens others may have too. */
  sharedPart(request: WorkloadRequest): SharedPart {
    const { inputTokens, prefixGroup, prefixTokens, blockHashes } = request
    if (blockHashes !== undefined) {
      const hashedBlocks = this.hashedBlocks(request)
      return { shared: this.hashes, sharedBlocks: hashedBlocks.length, hashedBlocks }
    }
    if (prefixGroup === undefined || prefixTokens === undefined) {
      return { shared: null, sharedBlocks: 0, hashedBlocks: null }
    }
    const shared = this.prefixes.get(prefixGroup) ?? new PrefixStream()
    this.prefixes.set(prefixGroup, shared)
    const sharedBlocks = Math.floor(Math.min(prefixTokens, inputTokens) / this.blockSize)
    return { shared, sharedBlocks, hashedBlocks: null }
  }

  /** The stream of a session, as long as each prompt repeats all that was said before. */
  private conversation({ session, round, inputTokens }: WorkloadRequest): PrefixStream | null {
    if (session === undefined) return null
    let stream = this.conversations.get(session)
    if (stream === undefined || round === 0 || inputTokens < stream.tokens) {
      stream = new PrefixStream()
      this.conversations.set(session, stream)
    }
    return stream
  }

  /** Keys of the KV blocks that lie whole within hashed blocks. */
  private hashedBlocks({
    blockHashes,
    blockHashTokens,
    inputTokens,
  }: WorkloadRequest): Float64Array {
    const hashes = blockHashes!
    const perHash = (blockHashTokens ?? 512) / this.blockSize
    if (!Number.isInteger(perHash)) return new Float64Array(0)
    const whole = Math.floor(inputTokens / this.blockSize)
    const blocks = Math.min(whole, hashes.length * perHash)
    return Float64Array.from(
      { length: blocks },
      (_, i) => hashes[Math.floor(i / perHash)]! * perHash + (i % perHash),
    )
  }
}
