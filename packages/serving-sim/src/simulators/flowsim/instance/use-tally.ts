// What steps ask of the devices of an instance, for its power. The work of a step costs microseconds to count, so of
// many steps one in seventeen is counted for all of them.
import type { StepBatch } from '@flowsim/trace-schema'
import type { DeviceFacts, DeviceWork } from '../../../step-time/deployment.js'

/** Steps that are all counted. */
const ALL = 256
/** Of those after them, one in so many: a prime, so that no rhythm of batches falls in with it. */
const STRIDE = 17

/** Sums over the steps of an instance, of one device each. */
export class UseTally {
  /** Nanoseconds in which a step ran. */
  busyNs = 0
  private computeNs = 0
  private memoryNs = 0
  private steps = 0
  private restNs = 0
  private sampledNs = 0
  private sampledComputeNs = 0
  private sampledMemoryNs = 0

  constructor(private readonly device: DeviceFacts | null) {}

  /** Adds a step of `ns` on one device. */
  add(batch: StepBatch, ns: number): void {
    this.busyNs += ns
    const work = this.device?.work
    if (work == null) return
    const step = this.steps++
    if (step < ALL) {
      const { computeNs, memoryNs } = work(batch)
      this.computeNs += computeNs
      this.memoryNs += memoryNs
      return
    }
    this.restNs += ns
    if ((step - ALL) % STRIDE !== 0) return
    const { computeNs, memoryNs } = work(batch)
    this.sampledNs += ns
    this.sampledComputeNs += computeNs
    this.sampledMemoryNs += memoryNs
  }

  /** Of all steps, those that were not counted as those that were; null: not known. */
  get work(): DeviceWork | null {
    if (this.device?.work == null) return null
    const scale = this.sampledNs > 0 ? this.restNs / this.sampledNs : 0
    return {
      computeNs: this.computeNs + scale * this.sampledComputeNs,
      memoryNs: this.memoryNs + scale * this.sampledMemoryNs,
    }
  }
}
