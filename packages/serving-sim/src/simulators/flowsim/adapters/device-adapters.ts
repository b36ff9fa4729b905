// Adapters on the devices of an instance. A step has at most as many different ones as there are places; requests
// whose adapter has none are passed over, and those behind them may start. One that has to be loaded takes the place
// of the one not used for the longest time, and the step waits for it.
//
// Source: vLLM V1's scheduler (0.11: `scheduled_loras`, `skipped_waiting_requests`) and its LRU of adapters;
// SGLang's `--max-loras-per-batch`.
import type { StepPlan } from '../instance/step-plan.js'
import type { WaitingQueue } from '../instance/waiting-queue.js'
import type { Sequence } from '../sequence.js'
import type { AdapterOptions } from './options.js'
import { Recent } from './recent.js'

/** The requests among which places are dealt out. */
interface Requests {
  readonly waiting: WaitingQueue
  readonly running: readonly Sequence[]
  readonly swapped: Iterable<Sequence>
}

export class DeviceAdapters {
  /** Adapters that were loaded. */
  loads = 0
  private readonly resident = new Recent()
  /** Requests passed over in this step, in their order. */
  private readonly passed: Sequence[] = []
  /** Adapters of requests that run. */
  private readonly inUse = new Set<string>()

  constructor(
    private readonly options: AdapterOptions,
    private readonly requests: Requests,
  ) {}

  /** Passes over waiting requests whose adapter has no place; false: none is left. */
  passOver(): boolean {
    const { waiting } = this.requests
    this.noteUse()
    for (let first = waiting.first; first !== undefined; first = waiting.first) {
      if (this.hasPlace(first)) return true
      waiting.shift()
      this.passed.push(first)
    }
    return false
  }

  /** Gives those that were passed over their places in the queue back. */
  restore(): void {
    const { waiting } = this.requests
    for (let next = this.passed.pop(); next !== undefined; next = this.passed.pop()) {
      waiting.putBack(next)
    }
  }

  /** Loads what a request that starts needs. */
  admit({ adapter }: Sequence, plan: StepPlan): void {
    if (adapter === null) return
    if (!this.resident.has(adapter)) {
      if (this.resident.size >= this.options.slots) {
        this.resident.dropOldest((name) => !this.inUse.has(name))
      }
      this.loads++
      plan.besideNs += this.options.loadNs
    }
    this.resident.use(adapter)
    this.inUse.add(adapter)
  }

  /** Adds what the adapters of a step take. */
  charge(plan: StepPlan): void {
    const used = new Set<string>()
    let tokens = 0
    for (const { adapter, scheduled } of plan.sequences) {
      if (adapter === null) continue
      used.add(adapter)
      this.resident.use(adapter)
      tokens += scheduled
    }
    if (tokens > 0) plan.besideNs += this.options.stepNs(tokens, used.size)
  }

  /** The devices hold nothing any more. */
  clear(): void {
    this.resident.clear()
  }

  private noteUse(): void {
    const { running, swapped } = this.requests
    this.inUse.clear()
    for (const { adapter } of running) if (adapter !== null) this.inUse.add(adapter)
    for (const { adapter } of swapped) if (adapter !== null) this.inUse.add(adapter)
  }

  private hasPlace({ adapter }: Sequence): boolean {
    return adapter === null || this.inUse.has(adapter) || this.inUse.size < this.options.slots
  }
}
