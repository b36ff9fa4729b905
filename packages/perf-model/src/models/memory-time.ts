// Time to move an operation's bytes at the listed bandwidth of the level that holds them: main memory
// when the caches are cold, else the smallest cache that holds the whole footprint.
import { type HardwareSpec, type MemoryLevel, memoryLevel } from '@flowsim/trace-schema'
import { PerfModelError } from '../errors.js'

const CACHES = ['l2', 'llc'] as const

/** Bandwidth of main memory, in bytes per second. */
export function dramBandwidth(hardware: HardwareSpec): number {
  const bandwidth = memoryLevel(hardware, 'dram')?.bandwidthBytesPerS
  if (bandwidth !== undefined) return bandwidth
  throw new PerfModelError(
    'invalid_hardware',
    `${hardware.name}: device.memory has no level "dram" with bandwidthBytesPerS`,
    'device.memory',
  )
}

/** The level that an operation of this footprint is served from. */
export function servingLevel(
  hardware: HardwareSpec,
  footprintBytes: number,
  l2: 'warm' | 'cold',
): { name: MemoryLevel['name']; bandwidthBytesPerS: number } {
  const dram = dramBandwidth(hardware)
  if (l2 === 'warm') {
    for (const name of CACHES) {
      const level = memoryLevel(hardware, name)
      if (
        level?.capacityBytes !== undefined &&
        level.bandwidthBytesPerS !== undefined &&
        footprintBytes <= level.capacityBytes
      ) {
        return { name, bandwidthBytesPerS: Math.max(level.bandwidthBytesPerS, dram) }
      }
    }
  }
  return { name: 'dram', bandwidthBytesPerS: dram }
}
