// What a section's trees know by name: where each feature stands among those that its family writes now, and which
// number each value has. Profiles store the names, so that code may be put in another order.
import { type Family, featuresOf } from './family.js'
import type { ProfileSection } from './profile.js'

/** A feature whose values a profile numbers in another order than its family does now. */
export interface Renumbered {
  /** Place of the feature. */
  place: number
  /** The profile's number of each value, by the family's. */
  numbers: readonly number[]
}

/**
 * Where each feature of a section's trees stands among those that its family writes now.
 * @throws RangeError when the trees do not name their features, or one that is gone
 */
export function placesOf(
  family: Family<unknown>,
  { features, trees, spread }: ProfileSection,
): number[] {
  if (trees === null && spread.trees === null) return []
  if (features === undefined) {
    throw new RangeError('its trees do not name their features: calibrate again')
  }
  const known = featuresOf(family, true)
  return features.map((name) => {
    const place = known.indexOf(name)
    if (place < 0) throw new RangeError(`its trees know a feature "${name}" that is gone`)
    return place
  })
}

/**
 * The features whose values a section's trees number in another order than its family does now. A value that the
 * trees have not seen is -1.
 * @throws RangeError when the trees do not name the values
 */
export function renumberedOf(family: Family<unknown>, section: ProfileSection): Renumbered[] {
  if (section.trees === null && section.spread.trees === null) return []
  const renumbered: Renumbered[] = []
  for (const [feature, names] of Object.entries(family.values ?? {})) {
    if (section.features?.includes(feature) !== true) continue
    const stored = section.values?.[feature]
    if (stored === undefined) {
      throw new RangeError(`its trees do not name the values of "${feature}": calibrate again`)
    }
    const numbers = names.map((name) => stored.indexOf(name))
    if (numbers.every((number, i) => number === i)) continue
    renumbered.push({ place: family.features.indexOf(feature), numbers })
  }
  return renumbered
}
