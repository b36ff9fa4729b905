// What became of each request, in columns: a million requests take 80 MB.
import type { RequestRecord, WorkloadRequest } from '@flowsim/trace-schema'

/** Final states of requests, as in `RequestRecord`. */
export const REQUEST_STATES = [
  'waiting',
  'running',
  'completed',
  'rejected',
  'unservable',
  'timed_out',
  'length_capped',
  'failed',
] as const satisfies readonly RequestRecord['state'][]

export type RequestState = (typeof REQUEST_STATES)[number]

/** Results by request, in the order of the workload. Times are nanoseconds, -1 for never. */
export class RequestTable implements Iterable<RequestRecord> {
  readonly arrivalNs: Float64Array
  readonly scheduledNs: Float64Array
  readonly firstTokenNs: Float64Array
  readonly finishedNs: Float64Array
  readonly emitted: Int32Array
  readonly cached: Int32Array
  readonly preemptions: Int32Array
  readonly instance: Int16Array
  private readonly states: Uint8Array

  constructor(
    readonly requests: readonly WorkloadRequest[],
    /** Names of the instances. */
    readonly instances: readonly string[],
  ) {
    const count = requests.length
    this.arrivalNs = new Float64Array(count)
    this.scheduledNs = new Float64Array(count).fill(-1)
    this.firstTokenNs = new Float64Array(count).fill(-1)
    this.finishedNs = new Float64Array(count).fill(-1)
    this.emitted = new Int32Array(count)
    this.cached = new Int32Array(count)
    this.preemptions = new Int32Array(count)
    this.instance = new Int16Array(count).fill(-1)
    this.states = new Uint8Array(count)
    for (let i = 0; i < count; i++) this.arrivalNs[i] = requests[i]!.arrivalNs
  }

  get length(): number {
    return this.requests.length
  }

  state(index: number): RequestState {
    return REQUEST_STATES[this.states[index]!]!
  }

  setState(index: number, state: RequestState): void {
    this.states[index] = REQUEST_STATES.indexOf(state)
  }

  /** One request as a document. */
  record(index: number): RequestRecord {
    const request = this.requests[index]!
    const time = (column: Float64Array) => {
      const ns = column[index]!
      return ns < 0 ? null : Math.round(ns)
    }
    const instance = this.instance[index]!
    return {
      id: request.id,
      arrivalNs: Math.round(this.arrivalNs[index]!),
      scheduledNs: time(this.scheduledNs),
      firstTokenNs: time(this.firstTokenNs),
      finishedNs: time(this.finishedNs),
      inputTokens: request.inputTokens,
      outputTokens: this.emitted[index]!,
      cachedTokens: this.cached[index]!,
      state: this.state(index),
      preemptions: this.preemptions[index]!,
      instance: instance < 0 ? '' : this.instances[instance]!,
      ...(request.sloClass === undefined ? {} : { sloClass: request.sloClass }),
    }
  }

  *[Symbol.iterator](): Iterator<RequestRecord> {
    for (let i = 0; i < this.length; i++) yield this.record(i)
  }
}
