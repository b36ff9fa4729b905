// What a configuration gives in full or names in a catalogue.
import { ServingError, type SourcePlace } from '../errors.js'

/**
 * @param kind what it is, and `instead` what may be given for a name, for the error
 * @throws ServingError `invalid_config` for a name that is not in the catalogue
 */
export function named<Item extends object>(
  given: string | Item,
  catalogue: Readonly<Record<string, Item>>,
  { kind, instead, place }: { kind: string; instead: string; place: SourcePlace },
): Item {
  if (typeof given !== 'string') return given
  const known = catalogue[given]
  if (known !== undefined) return known
  const names = Object.keys(catalogue).join(', ')
  throw new ServingError(
    'invalid_config',
    `${kind} "${given}" is not one of ${names}; give ${instead} instead`,
    place,
  )
}
