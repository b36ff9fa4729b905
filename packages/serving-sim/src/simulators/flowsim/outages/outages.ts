// Failures of an instance: times between them are exponential, from a stream of its seed, so that traffic does not
// change when it fails. In the long run it is up for meanNs / (meanNs + downNs) of the time.
import { randomExponential } from 'd3-random'
import { randomSource } from '../../../random/random.js'
import type { OutageOptions } from './options.js'

/** Apart from the streams of routers. */
const FIRST_STREAM = 1000

export class Outages {
  count = 0
  downNs = 0
  /** Requests that were begun anew, or lost. */
  dropped = 0
  private readonly draw: () => number

  constructor(
    readonly options: OutageOptions,
    seed: number,
    instance: number,
  ) {
    const random = randomSource(seed, FIRST_STREAM + instance)
    this.draw = randomExponential.source(random)(1 / options.meanNs)
  }

  /** From now, when it is up, until it fails. */
  nextNs(): number {
    return Math.ceil(this.draw())
  }
}
