// What the profiles say of themselves: errors on rows that were held out from the fit of each section, a third of the
// points and a third of the sites at a time.
import { readProfiles } from '../traces/left-out.mjs'
import { markdown, percent, whole } from './table.mjs'

/** Sections with fewer rows are left out of the table. */
const FEWEST = 1000

/** The table `fits` of the page. */
export function fitsTable() {
  const rows = readProfiles()
    .flatMap(({ sections }) => sections)
    .filter(({ fit }) => fit.rows >= FEWEST)
    .sort((a, b) => a.family.localeCompare(b.family) || b.fit.rows - a.fit.rows)
    .map(({ family, kind, source, devices, fit }) => [
      family,
      kind,
      source,
      devices.length > 2 ? `${devices.length} devices` : devices.map(({ name }) => name).join(', '),
      whole(fit.rows),
      whole(fit.sites),
      percent(fit.newPoints?.mape),
      percent(fit.newPoints?.p90),
      percent(fit.newSites?.mape),
      percent(fit.newSites?.p90),
    ])
  return markdown(
    [
      'family',
      'kind',
      'rows of',
      'devices',
      'rows',
      'sites',
      'new shapes',
      'p90',
      'new sites',
      'p90',
    ],
    rows,
    [0, 1, 2, 3],
  )
}
