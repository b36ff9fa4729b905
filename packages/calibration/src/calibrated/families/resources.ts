// What a core has of a device at its fitted shares: the rates of its matrix units, of what a compute unit pulls, of
// main memory and of the last cache. Times are in microseconds.
import type { Dtype } from '@flowsim/trace-schema'
import type { Parameters } from '../family.js'
import type { Traits } from '../traits.js'

/** Bytes that a compute unit takes from the last cache in a cycle where a share is 1: half a line. */
const BYTES_PER_CLOCK = 64
/** Time from which the power limit lowers the clock. */
const LONG_US = 500

/** Operations per microsecond of one compute unit. */
export function unitRate(device: Traits, dtype: Dtype, p: Parameters): number {
  return (device.matrix(dtype) * p.computeShare!) / device.units
}

/** Bytes of operands that one compute unit pulls in a microsecond. */
export function unitLoad(device: Traits, p: Parameters): number {
  return BYTES_PER_CLOCK * device.clock * p.unitLoadShare!
}

/** Factor on the time of a kernel that the power limit slows down. */
export function throttled(computeUs: number, p: Parameters): number {
  return computeUs > LONG_US ? 1 + p.throttleLoss! * Math.log(computeUs / LONG_US) : 1
}

/** Main memory, and the last cache for what the replay before has left there. */
export class Memory {
  /** Bytes per microsecond. */
  readonly dram: number
  readonly cache: number
  private readonly capacity: number

  constructor(device: Traits, p: Parameters) {
    this.dram = device.dram * p.memoryShare!
    this.cache = BYTES_PER_CLOCK * device.clock * device.units * p.cacheShare!
    this.capacity = device.l2Bytes * p.cacheCapacityShare!
  }

  /**
   * Share of a working set that is still in the cache: a smooth step where it passes the capacity, nothing from
   * `none` times the capacity on.
   */
  hotShare(bytes: number, steepness: number, none: number): number {
    const fill = bytes / this.capacity
    return fill > none ? 0 : 1 / (1 + fill ** steepness)
  }

  /** Time of so many bytes, of which a share is in the cache. */
  time(bytes: number, hot: number): number {
    return bytes * ((1 - hot) / this.dram + hot / this.cache)
  }
}
