// Times of operations that deployments on one device share: layouts of a model ask for many of the same. A search over
// layouts asks for each seven times in the mean, and the fitted models take ten times as long as a look-up.
import {
  type EstimateOptions,
  type LatencyModel,
  PerfModelError,
  roofline,
} from '@flowsim/perf-model'
import type { HardwareSpec, OpCall } from '@flowsim/trace-schema'

/** Operations of one device that are remembered; then they are forgotten, all at once. */
const MOST_REMEMBERED = 200_000

/** What is known of a device by a model: seconds by question, and the questions that the model did not answer. */
interface Known {
  seconds: Map<string, number>
  unanswered: Set<string>
}

const byModel = new WeakMap<LatencyModel, WeakMap<HardwareSpec, Known>>()

/** Seconds of operations by a model on a device, by the roofline where it has no answer; each worked out once. */
export class SharedTimes {
  readonly #known: Known
  readonly #prefix: string

  constructor(
    private readonly latency: LatencyModel,
    private readonly hardware: HardwareSpec,
    private readonly options: EstimateOptions,
    /** Takes the names of operations for which the roofline stood in. */
    private readonly standIns?: Set<string>,
  ) {
    let devices = byModel.get(latency)
    if (devices === undefined) {
      devices = new WeakMap()
      byModel.set(latency, devices)
    }
    let known = devices.get(hardware)
    if (known === undefined) {
      known = { seconds: new Map(), unanswered: new Set() }
      devices.set(hardware, known)
    }
    this.#known = known
    this.#prefix = JSON.stringify(options)
  }

  seconds(call: OpCall, source: string | undefined): number {
    const key = `${this.#prefix}${source}${JSON.stringify(call)}`
    const known = this.#known
    let seconds = known.seconds.get(key)
    if (seconds === undefined) {
      if (known.seconds.size >= MOST_REMEMBERED) {
        known.seconds.clear()
        known.unanswered.clear()
      }
      seconds = this.#estimate(call, source, key)
      known.seconds.set(key, seconds)
    }
    if (known.unanswered.size > 0 && known.unanswered.has(key)) this.standIns?.add(call.op)
    return seconds
  }

  #estimate(call: OpCall, source: string | undefined, key: string): number {
    const { latency, hardware } = this
    const options = source === undefined ? this.options : { ...this.options, source }
    try {
      return latency.estimate(call, hardware, options).latencyS
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      this.#known.unanswered.add(key)
      return roofline.estimate(call, hardware, this.options).latencyS
    }
  }
}
