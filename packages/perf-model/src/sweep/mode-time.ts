// The time of an operation of a sweep under one of LLMCompass' modes that lack layouts of a whole
// transformer block: where the mode lays nothing out, a related mode does, and that is told.
import type { HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { PerfModelError } from '../errors.js'
import type { EstimateOptions, LatencyModel } from '../model.js'
import { NOTHING_FITS } from '../models/tile/search.js'

/**
 * Modes with gaps, and which mode fills them. `exhaustive` has no layernorm, and tries nothing for a
 * dimension of 16 or less; `heuristic-TPU-new` has no layernorm.
 */
const FILLED_BY: Readonly<Record<string, string>> = {
  exhaustive: 'heuristic-GPU',
  'heuristic-TPU-new': 'heuristic-TPU',
}

/** Operations that another mode than the one asked for has timed. */
export interface OtherMode {
  mode: string
  /** Names of the operations, such as `layernorm`. */
  ops: string[]
}

/** Times operations; what the mode lacks is timed by a related mode and counted. */
export class ModeTime {
  private readonly others = new Set<string>()
  private readonly filledBy: string | undefined

  constructor(
    private readonly model: LatencyModel,
    private readonly options: EstimateOptions,
  ) {
    const { mode } = options
    if (mode !== undefined && Object.hasOwn(FILLED_BY, mode)) this.filledBy = FILLED_BY[mode]
  }

  /** Seconds of an operation. @throws PerfModelError what the model throws */
  seconds(call: OpCall, hardware: HardwareSpec): number {
    const { model, options, filledBy } = this
    if (filledBy === undefined) return model.estimate(call, hardware, options).latencyS
    const nothingS = NOTHING_FITS / (hardware.device.tile?.clockHz ?? Infinity)
    try {
      const { latencyS } = model.estimate(call, hardware, options)
      if (latencyS < nothingS) return latencyS
    } catch (error) {
      if (!(error instanceof PerfModelError && error.code === 'unsupported_op')) throw error
    }
    this.others.add(call.op)
    return model.estimate(call, hardware, { ...options, mode: filledBy }).latencyS
  }

  /** What another mode has timed; null if nothing. */
  get other(): OtherMode | null {
    const { filledBy, others } = this
    return filledBy === undefined || others.size === 0
      ? null
      : { mode: filledBy, ops: [...others].sort() }
  }
}
