// Where a fit starts: the parameters that the package's own profiles would use for the device.
import type { HardwareSpec } from '@flowsim/trace-schema'
import type { Donors } from '../donors.js'
import { CalibrationError } from '../errors.js'
import { loadProfiles } from '../profiles/load.js'
import type { FamilyName } from './families/index.js'
import type { Parameters } from './family.js'
import { deviceDistance } from './transfer.js'

/** What a fit starts for. */
interface Wanted {
  family: FamilyName
  kind: string
  source: string
  /** Name of the profile that is fitted: it does not start from what it was before. */
  profile: string
}

/** Parameters of the built-in section that is most like what is asked for; undefined without any. */
export function builtInParameters(
  { family, kind, source, profile }: Wanted,
  hardware: HardwareSpec,
  donors: Donors,
): Parameters | undefined {
  let best: { parameters: Parameters; cost: number } | undefined
  for (const section of sectionsOf(family, profile)) {
    if (section.family !== family) continue
    for (const { name, parameters } of section.devices) {
      const donor = donors.get(name)
      if (donor === undefined) continue
      let cost = section.kind === kind ? 0 : 1
      cost += section.source === source ? 0 : 0.2
      cost += deviceDistance(hardware, donor)
      if (best === undefined || cost < best.cost) best = { parameters, cost }
    }
  }
  return best?.parameters
}

function sectionsOf(family: FamilyName, left: string) {
  try {
    return loadProfiles(family).flatMap(({ name, sections }) => (name === left ? [] : sections))
  } catch (error) {
    if (error instanceof CalibrationError) return []
    throw error
  }
}
