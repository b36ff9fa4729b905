// Finds a described device by the name that a user or a profiler gives it.
import { didYouMean, type HardwareSpec, memoryLevel, type TraceDevice } from '@flowsim/trace-schema'
import { PerfModelError } from '../errors.js'
import { CATALOGUE } from './catalogue.js'

/** Every device of the catalogue. */
export function listHardware(): readonly HardwareSpec[] {
  return CATALOGUE
}

// What ROCm's driver calls devices whose marketing name it does not have.
const NAMELESS = /^(?:AMD Radeon Graphics)?$/i

/** No device has a longer name. */
const LONGEST_NAME = 200

/** What {@link findHardware} looks for: a name, or a device as a trace describes it. */
export type HardwareQuery = string | Pick<TraceDevice, 'name'> | TraceDevice

/**
 * The device of the catalogue with this name or alias, whatever its letters' case and punctuation. A
 * device of a trace is looked up by its name; where the driver reports none, or only "AMD Radeon
 * Graphics", by compute units, compute capability and memory size.
 * @throws PerfModelError `unknown_hardware`; the message lists the closest names
 */
export function findHardware(query: HardwareQuery): HardwareSpec {
  const name = (typeof query === 'string' ? query : query.name).trim().slice(0, LONGEST_NAME)
  const found = byName(name) ?? (NAMELESS.test(name) ? byProperties(query) : undefined)
  if (found !== undefined) return found
  const what = name === '' ? `a device without a name${properties(query)}` : `"${name}"`
  throw new PerfModelError(
    'unknown_hardware',
    `${what} is not in the hardware catalogue; give a hardware file, or another name${alike(name, query)}`,
    'hardware',
  )
}

function byName(name: string): HardwareSpec | undefined {
  const wanted = name.toLowerCase()
  return (
    CATALOGUE.find((spec) => spec.name.toLowerCase() === wanted) ??
    CATALOGUE.find((spec) => spec.aliases.some((alias) => alias.toLowerCase() === wanted)) ??
    CATALOGUE.find((spec) => names(spec).some((known) => compact(known) === compact(name)))
  )
}

function names(spec: HardwareSpec): string[] {
  return [spec.name, ...spec.aliases]
}

/** Letters and digits only, so that "MI300X-VF", "h100 sxm" and "NVIDIA_H200" are found. */
function compact(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function byProperties(query: HardwareQuery): HardwareSpec | undefined {
  if (typeof query === 'string' || !('computeUnits' in query)) return undefined
  const { computeUnits, computeCapability, memoryBytes } = query
  const distance = (spec: HardwareSpec) => {
    const capacity = memoryLevel(spec, 'dram')?.capacityBytes
    if (memoryBytes === undefined || capacity === undefined) return 0
    return Math.abs(Math.log(memoryBytes / capacity))
  }
  // The driver keeps up to a tenth of the memory for itself, and data sheets count in powers of ten.
  const fits = (spec: HardwareSpec) =>
    spec.device.computeUnits === computeUnits &&
    (computeCapability === undefined || spec.computeCapability === computeCapability) &&
    distance(spec) < 0.15
  return CATALOGUE.filter(fits).sort((a, b) => distance(a) - distance(b))[0]
}

function properties(query: HardwareQuery): string {
  if (typeof query === 'string' || !('computeUnits' in query)) return ''
  const parts = [
    query.computeUnits === undefined ? '' : `${query.computeUnits} compute units`,
    query.computeCapability === undefined ? '' : `compute capability ${query.computeCapability}`,
    query.memoryBytes === undefined ? '' : `${query.memoryBytes} bytes of memory`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

/** Devices with as many compute units, or of names that are close. */
function alike(name: string, query: HardwareQuery): string {
  const units =
    typeof query === 'string' || !('computeUnits' in query) ? undefined : query.computeUnits
  const same = CATALOGUE.filter(
    (spec) => units !== undefined && spec.device.computeUnits === units,
  ).map((spec) => spec.name)
  if (same.length > 0) return `; with ${units} compute units: ${same.slice(0, 5).join(', ')}`
  return didYouMean(name, CATALOGUE.flatMap(names), { nameOf: (known) => byName(known)!.name })
}
