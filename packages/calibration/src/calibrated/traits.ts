// What the analytic cores need to know about a device, in bytes, operations and microseconds, taken from
// its description once. Where a description leaves something out, the value stands in for it that its
// comment names.

import { dramBandwidth, matrixThroughput, vectorPeak } from '@flowsim/perf-model/parts'
import { type Dtype, type HardwareSpec, memoryLevel } from '@flowsim/trace-schema'
import firstCache from './first-cache.json' with { type: 'json' }

/** A device as the analytic cores see it. */
export interface Traits {
  spec: HardwareSpec
  /** Compute units of the size of an SM or a CU; larger ones count as several. */
  units: number
  /** Cycles per microsecond. */
  clock: number
  /** Bytes per microsecond of main memory. */
  dram: number
  /** Bytes of the last cache before main memory. */
  l2Bytes: number
  /** Bytes of the first cache of a compute unit; 0 where none is known. */
  nearBytes: number
  /** Operations per microsecond of the vector units. */
  vector: number
  /** Dense peak of the matrix units, operations per microsecond. */
  matrix(dtype: Dtype): number
  /** Bytes per microsecond over all links of a device in one direction; 0 without links. */
  link: number
}

// Data-centre and workstation GPUs since 2020 have 0.1 to 0.9 MB of last-level cache per compute unit.
const L2_BYTES_PER_UNIT = 300e3

// What the largest compute unit of a GPU does in a clock, in dense bf16 operations: an SM of Blackwell. Cores of
// accelerators that are few and large (TPU, Trainium, Gaudi 3) share work among arrays inside, which kernels of GPUs
// would share among units: one tile in flight would leave most of such a core idle.
const UNIT_FLOPS_PER_CLOCK = 8192
/** Rounded clocks and peaks aside. */
const LARGER = 1.25

/** How many compute units of a GPU's size the device has. */
function unitsOf(spec: HardwareSpec, clockHz: number): number {
  const { computeUnits, matrixFlopsPerS } = spec.device
  const flopsPerS = matrixFlopsPerS?.bf16 ?? matrixFlopsPerS?.fp16
  if (flopsPerS === undefined) return computeUnits
  const comparable = flopsPerS / (clockHz * UNIT_FLOPS_PER_CLOCK)
  return comparable > LARGER * computeUnits ? Math.round(comparable) : computeUnits
}

const NEAR: Readonly<Record<string, number>> = firstCache.value

const known = new WeakMap<HardwareSpec, Traits>()

/** The traits of a described device. @throws PerfModelError `invalid_hardware` */
export function traitsOf(spec: HardwareSpec): Traits {
  const found = known.get(spec)
  if (found !== undefined) return found
  const { device, system } = spec
  const clockHz = device.matrixClockHz ?? device.clockHz
  const units = unitsOf(spec, clockHz)
  const cache = memoryLevel(spec, 'llc') ?? memoryLevel(spec, 'l2')
  const rates = new Map<Dtype, number>()
  const traits: Traits = {
    spec,
    units,
    clock: clockHz / 1e6,
    dram: dramBandwidth(spec) / 1e6,
    l2Bytes: cache?.capacityBytes ?? L2_BYTES_PER_UNIT * units,
    nearBytes: NEAR[spec.vendor ?? ''] ?? 0,
    vector: vectorPeak(spec) / 1e6,
    matrix(dtype) {
      let rate = rates.get(dtype)
      if (rate === undefined) {
        rate = matrixThroughput(spec, dtype, 'matmul').flopsPerS / 1e6
        rates.set(dtype, rate)
      }
      return rate
    },
    link:
      system.link === undefined
        ? 0
        : (system.link.countPerDevice * system.link.bandwidthPerDirectionBytesPerS) / 1e6,
  }
  known.set(spec, traits)
  return traits
}
