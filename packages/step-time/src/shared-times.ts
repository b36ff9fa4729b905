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

const byModel = new WeakMap<LatencyModel, WeakMap<HardwareSpec, Map<string, number>>>()

/** Seconds of operations by a model on a device, by the roofline where it has no answer; each worked out once. */
export class SharedTimes {
  readonly #known: Map<string, number>
  readonly #prefix: string

  constructor(
    private readonly latency: LatencyModel,
    private readonly hardware: HardwareSpec,
    private readonly options: EstimateOptions,
  ) {
    let devices = byModel.get(latency)
    if (devices === undefined) {
      devices = new WeakMap()
      byModel.set(latency, devices)
    }
    let known = devices.get(hardware)
    if (known === undefined) {
      known = new Map()
      devices.set(hardware, known)
    }
    this.#known = known
    this.#prefix = JSON.stringify(options)
  }

  seconds(call: OpCall, source: string | undefined): number {
    const key = `${this.#prefix}${source}${JSON.stringify(call)}`
    let seconds = this.#known.get(key)
    if (seconds === undefined) {
      seconds = this.#estimate(call, source)
      if (this.#known.size >= MOST_REMEMBERED) this.#known.clear()
      this.#known.set(key, seconds)
    }
    return seconds
  }

  #estimate(call: OpCall, source: string | undefined): number {
    const { latency, hardware } = this
    const options = source === undefined ? this.options : { ...this.options, source }
    try {
      return latency.estimate(call, hardware, options).latencyS
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      return roofline.estimate(call, hardware, this.options).latencyS
    }
  }
}
