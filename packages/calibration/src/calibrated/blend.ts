// Which devices speak for one without rows, and how much each: by how unlike they are and how many rows they have. What is
// weighed stands in choice.json.
import type { HardwareSpec } from '@flowsim/trace-schema'
import type { Donors } from '../donors.js'
import facts from './choice.json' with { type: 'json' }
import type { Parameters } from './family.js'
import type { Section } from './section.js'
import { deviceDistance, transferOf } from './transfer.js'

/** What it costs to ask a device for another one. A device's own rows speak for it, however few. */
export function donorCost(hardware: HardwareSpec, donor: HardwareSpec, rows: number): number {
  if (donor.name === hardware.name) return 0
  // Between devices as much alike, the one with more rows speaks better.
  const { enough, value } = facts.fewRows
  const fewness = value * Math.log(enough / Math.max(1, Math.min(rows, enough)))
  return deviceDistance(hardware, donor) + fewness
}

/** Parameters of all devices of a section carried over to another one: their geometric mean, the near ones first. */
export function blended(
  section: Section,
  types: string,
  hardware: HardwareSpec,
  donors: Donors,
  wanted: string | undefined,
): Parameters {
  const { least, power, rows: enough } = facts.blend
  const logs = new Map<string, number>()
  let weights = 0
  section.stored.devices.forEach(({ name, rows }, device) => {
    const donor = donors.get(name)
    if (donor === undefined) return
    const distance = donorCost(hardware, donor, rows) + least
    const weight = distance ** -power * Math.min(1, rows / enough)
    weights += weight
    const { parameters } = transferOf(section, device, types, hardware, donor, wanted)
    for (const [key, value] of Object.entries(parameters))
      logs.set(key, (logs.get(key) ?? 0) + weight * Math.log(value))
  })
  return Object.fromEntries([...logs].map(([key, sum]) => [key, Math.exp(sum / weights)]))
}
