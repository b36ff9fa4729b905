import type { RandomSource } from '../../random/random.js'
import type { PromptImage } from './images/prompt-images.js'
import type { PrefixStream } from './kv/prefix-stream.js'
import type { Staged } from './kv/tiers/fetches.js'

/** Where a request is. */
export type SequenceState =
  | 'waiting'
  /** Something that it needs is under way. */
  | 'preparing'
  | 'running'
  | 'swapped'
  /** Its prompt is done, and a decode instance has no room for it yet. */
  | 'handing_over'
  | 'transferring'
  | 'completed'
  | 'rejected'
  | 'unservable'
  | 'timed_out'
  | 'length_capped'
  /** Its instance failed. */
  | 'failed'

/** What a sequence is made of. */
export type SequenceParts = Pick<
  Sequence,
  | 'index'
  | 'arrivalNs'
  | 'inputTokens'
  | 'outputTokens'
  | 'priority'
  | 'deadlineNs'
  | 'session'
  | 'shared'
  | 'sharedBlocks'
  | 'hashedBlocks'
  | 'own'
  | 'adapter'
  | 'grammar'
  | 'images'
  | 'model'
  | 'client'
>

/** A request inside the simulation. Times are nanoseconds. */
export class Sequence {
  /** Tokens that are in the KV cache. */
  computed = 0
  /** Tokens generated. */
  emitted = 0
  /** New tokens in the step that it is part of, drafted ones included; 0: in none. */
  scheduled = 0
  /** Drafted tokens that its step verifies, or that wait for its next one. */
  drafted = 0
  /** Decides how much of its drafts is accepted; null: nothing was drafted yet. */
  draws: RandomSource | null = null
  /** KV blocks held. */
  readonly blocks: number[] = []
  /** Blocks held for windows and states. */
  readonly extra: number[] = []
  /** Tokens that the blocks held have room for. */
  capacity = 0
  /** Leading blocks whose keys are registered. */
  keyed = 0
  /** Prompt tokens found in the prefix cache, at the first admission. */
  cached = 0
  preemptions = 0
  state: SequenceState = 'waiting'
  /** Index of the instance that holds it. */
  instance = -1
  /** What of its prompt was found below the devices; null: nothing, or it has taken it. */
  staged: Staged | null = null
  /** When what it needs is there, while it is `preparing`. */
  readyNs = 0
  scheduledNs = -1
  firstTokenNs = -1
  lastTokenNs = -1
  /** Whether another instance has encoded its images. */
  isEncoded = false
  /** Whether it is to be dropped when its step ends. */
  aborted = false

  /** Blocks on a prefill instance that are still being copied, and its index. */
  lent: number[] = []
  prefilledBy = -1

  /** Index of the request in the workload. */
  readonly index: number
  readonly arrivalNs: number
  readonly inputTokens: number
  /** Tokens that it will generate; at least one is computed even for 0. */
  readonly outputTokens: number
  /** Lower is more urgent. */
  readonly priority: number
  /** Absolute time at which the client gives up; Infinity: never. */
  readonly deadlineNs: number
  readonly session: string | null
  /** LoRA adapter; null: the model itself. */
  readonly adapter: string | null
  /** Who is served fairly against others: its service class. */
  readonly client: string
  /** Model that it asks for; null: the one that there is. */
  readonly model: string | null
  /** Schema of its output; null: none. */
  readonly grammar: string | null
  readonly images: readonly PromptImage[]
  /** Stream of the shared prefix, and its whole blocks in this prompt. */
  readonly shared: PrefixStream | null
  readonly sharedBlocks: number
  /** Positions in `shared` of its blocks where they are not 0, 1, 2, …: hashed traces. */
  readonly hashedBlocks: Float64Array | null
  /** Stream that its tokens belong to: the conversation, or one made when it is preempted. */
  own: PrefixStream | null

  constructor(request: SequenceParts) {
    this.index = request.index
    this.arrivalNs = request.arrivalNs
    this.inputTokens = request.inputTokens
    this.outputTokens = request.outputTokens
    this.priority = request.priority
    this.deadlineNs = request.deadlineNs
    this.session = request.session
    this.adapter = request.adapter
    this.grammar = request.grammar
    this.images = request.images
    this.model = request.model
    this.client = request.client
    this.shared = request.shared
    this.sharedBlocks = request.sharedBlocks
    this.hashedBlocks = request.hashedBlocks
    this.own = request.own
  }

  /** Tokens that exist: the prompt and what was generated. */
  get known(): number {
    return this.inputTokens + this.emitted
  }

  /** Tokens still to be computed before the next one is generated. */
  get todo(): number {
    return this.inputTokens + this.emitted - this.computed
  }

  /** Tokens that its next step computes where nothing limits it: {@link todo}, and what was drafted. */
  get wanted(): number {
    return this.todo + this.drafted
  }

  /** Whether its step computes the token generated last, and drafts after it, rather than a prompt. */
  get isDecoded(): boolean {
    return this.scheduled - this.drafted === 1 && this.emitted > 0
  }
}
