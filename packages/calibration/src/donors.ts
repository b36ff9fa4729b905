// Devices whose rows may stand in for another device's, by the name that profiles give them.
import { listHardware } from '@flowsim/perf-model/hardware'
import type { HardwareSpec } from '@flowsim/trace-schema'

/** Described devices by name. */
export type Donors = ReadonlyMap<string, HardwareSpec>

/** Donors from a list of descriptions. Default: the catalogue, whose names the built-in profiles use. */
export function donorsOf(devices: readonly HardwareSpec[] = listHardware()): Donors {
  return new Map(devices.map((spec) => [spec.name, spec]))
}
