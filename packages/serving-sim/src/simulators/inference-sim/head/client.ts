// A request as inference-sim's head carries it through the cluster. Times are µs, -1 for never.
import type { CacheClient } from '../kv-blocks.js'
import type { InferenceSimRequest } from '../request.js'
import { priorityOf } from './slo-classes.js'

export interface HeadRequest extends InferenceSimRequest {
  sloClass?: string
  /** 0 or absent: none. */
  deadlineUs?: number
  /** Session whose previous request must have finished first. */
  session?: string
  /** µs after the previous request of the session finished. */
  thinkUs?: number
  /** Most output tokens that the client asks for. */
  maxOutputTokens?: number
}

export type ClientState =
  | 'completed'
  | 'length_capped'
  | 'running'
  | 'queued'
  | 'dropped_unservable'
  | 'timed_out'
  | 'rejected'
  | 'pending'

export class Client implements CacheClient {
  readonly id: string
  arrival: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly maxOutputTokens: number
  readonly prefixTokens: number
  /** Lower is more urgent. */
  readonly priority: number
  /** 0: none. */
  readonly deadline: number
  readonly think: number
  /** The next request of its session. */
  next: Client | null = null
  state: ClientState = 'pending'
  instance = 0

  shared: CacheClient['shared'] = null
  readonly own: CacheClient['own'] = { blockOf: [] }
  progress = 0
  computed = 0
  newTokens = 0
  blocks: CacheClient['blocks'] = null
  pristine = true

  ttft = -1
  itlSum = 0
  scheduled = -1
  e2e = -1
  preemptions = 0
  /** Steps, first and last plus one, in which it decoded without a pause; older stretches before. */
  runStart = 0
  runEnd = 0
  readonly runs: number[] = []

  constructor(
    readonly request: HeadRequest,
    readonly index: number,
  ) {
    this.id = request.id
    this.arrival = request.arrivalUs
    this.inputTokens = request.inputTokens
    this.outputTokens = request.outputTokens
    this.maxOutputTokens = request.maxOutputTokens ?? 0
    this.prefixTokens = request.prefixTokens ?? 0
    this.priority = priorityOf(request.sloClass)
    this.deadline = request.deadlineUs ?? 0
    this.think = request.thinkUs ?? 0
  }

  get finished(): boolean {
    return this.e2e >= 0
  }

  /** It decoded in step `ordinal` of its instance, whose tokens come `gap` after the ones before. */
  decoded(ordinal: number, gap: number): void {
    this.itlSum += gap
    if (this.runEnd !== ordinal) {
      if (this.runEnd > this.runStart) this.runs.push(this.runStart, this.runEnd)
      this.runStart = ordinal
    }
    this.runEnd = ordinal + 1
  }

  /** Everything that it computed is lost. */
  startOver(): void {
    this.state = 'queued'
    this.progress = 0
    this.computed = 0
    this.newTokens = 0
    this.ttft = -1
    this.itlSum = 0
    this.runStart = 0
    this.runEnd = 0
    this.runs.length = 0
    this.preemptions++
  }
}

/** Clients of requests; all but the first of a session wait for the one before. */
export function clientsOf(requests: readonly HeadRequest[]): Client[] {
  const clients = requests.map((request, index) => new Client(request, index))
  const last = new Map<string, Client>()
  for (const client of clients) {
    const { session } = client.request
    if (session === undefined) continue
    const previous = last.get(session)
    if (previous !== undefined) {
      previous.next = client
      client.arrival = Number.POSITIVE_INFINITY
      client.state = 'queued'
    }
    last.set(session, client)
  }
  return clients
}
