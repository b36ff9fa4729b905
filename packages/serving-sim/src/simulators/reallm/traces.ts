// ReaLLM's sampled traces, from its seed: exponential gaps, prompt and output lengths drawn
// independently of each other, with replacement, from a trace. numpy's generator goes on from rate
// to rate and from task to task.
import { NumpyRandomState } from '../python/numpy-random.js'

/** Lengths to draw from. */
export interface LengthTable {
  inputTokens: readonly number[]
  outputTokens: readonly number[]
}

export interface ReallmTraceRequest {
  id: number
  arrivalS: number
  inputTokens: number
  outputTokens: number
}

/** Draws traces, one call after the other from the same seed. */
export class ReallmTraces {
  private readonly random: NumpyRandomState

  constructor(seed: number) {
    this.random = new NumpyRandomState(seed)
  }

  /** The next trace. ReaLLM draws 50,000 requests and cuts at 500 s. */
  next(
    lengths: LengthTable,
    ratePerS: number,
    { maxRequests = 50_000, endTimeS = 500 } = {},
  ): ReallmTraceRequest[] {
    const { random } = this
    let time = 0
    const arrivals = Array.from({ length: maxRequests }, () => {
      time += random.exponential(1 / ratePerS)
      return time
    })
    const draw = (from: readonly number[]) =>
      Array.from({ length: maxRequests }, () => from[random.randint(from.length)]!)
    const inputs = draw(lengths.inputTokens)
    const outputs = draw(lengths.outputTokens)
    return arrivals.flatMap((arrivalS, id) =>
      arrivalS < endTimeS
        ? [{ id, arrivalS, inputTokens: inputs[id]!, outputTokens: outputs[id]! }]
        : [],
    )
  }
}
