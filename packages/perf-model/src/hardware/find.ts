// Finds a described device by the name that a user or a profiler gives it.
import { type HardwareSpec, memoryLevel, type TraceDevice } from '@flowsim/trace-schema'
import { PerfModelError } from '../errors.js'
import { CATALOGUE } from './catalogue.js'

/** Every device of the catalogue. */
export function listHardware(): readonly HardwareSpec[] {
  return CATALOGUE
}

// What ROCm's driver calls devices whose marketing name it does not have.
const NAMELESS = /^(?:AMD Radeon Graphics)?$/i

/** Names are compared with every other: no device has a longer one. */
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
  const close = closeNames(name, query)
  throw new PerfModelError(
    'unknown_hardware',
    `${name === '' ? `a device without a name${properties(query)}` : `"${name}"`} is not in the hardware catalogue; ` +
      `closest: ${close.join(', ')}. Give one of these or a hardware file`,
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

function closeNames(name: string, query: HardwareQuery): string[] {
  const same =
    typeof query !== 'string' && 'computeUnits' in query && query.computeUnits !== undefined
      ? CATALOGUE.filter((spec) => spec.device.computeUnits === query.computeUnits)
      : []
  const score = (spec: HardwareSpec) =>
    Math.max(...names(spec).map((known) => similarity(compact(known), compact(name))))
  const ranked = CATALOGUE.map((spec) => ({ spec, score: score(spec) }))
    .sort((a, b) => b.score - a.score)
    .map(({ spec }) => spec)
  return [...new Set([...same, ...ranked].map((spec) => spec.name))].slice(0, 5)
}

/** Dice coefficient of the letter pairs of two words. */
function similarity(a: string, b: string): number {
  const pairs = (word: string) => {
    const found = new Set<string>()
    for (let i = 0; i + 1 < word.length; i++) found.add(word.slice(i, i + 2))
    return found
  }
  const [left, right] = [pairs(a), pairs(b)]
  if (left.size + right.size === 0) return 0
  let shared = 0
  for (const pair of left) if (right.has(pair)) shared++
  return (2 * shared) / (left.size + right.size)
}
