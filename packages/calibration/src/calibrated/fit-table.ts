// Measured rows of a section as numbers: features, ln of core and measurement, site and place of each row.
import { type Family, noTime, type Parameters } from './family.js'
import { spotNumber } from './section.js'
import type { Traits } from './traits.js'

/** Measured rows of a section on one device. */
export interface DeviceRows {
  device: Traits
  queries: readonly unknown[]
  us: ArrayLike<number>
}

/** Rows of all devices of a section, one after another. */
export interface Table {
  rows: number
  width: number
  matrix: Float64Array
  /** ln(measured). */
  target: Float64Array
  /** ln(core). */
  core: Float64Array
  site: Float64Array
  spot: Float64Array
}

/** The rows by the cores of their devices. */
export function tabulate(
  family: Family<unknown>,
  kind: string,
  data: readonly DeviceRows[],
  devices: readonly { parameters: Parameters }[],
): Table {
  const rows = data.reduce((sum, { queries }) => sum + queries.length, 0)
  const own = family.features.length
  const width = own + (data.length > 1 ? 1 : 0)
  const table: Table = {
    rows,
    width,
    matrix: new Float64Array(rows * width),
    target: new Float64Array(rows),
    core: new Float64Array(rows),
    site: new Float64Array(rows),
    spot: new Float64Array(rows),
  }
  const time = noTime()
  const x = new Float64Array(own)
  let r = 0
  data.forEach(({ device, queries, us }, d) => {
    const core = family.core(device, kind, devices[d]!.parameters)
    queries.forEach((query, i) => {
      core.time(query, time)
      core.features(query, time, x)
      table.matrix.set(x, r * width)
      if (data.length > 1) table.matrix[r * width + width - 1] = d
      table.target[r] = Math.log(us[i]!)
      table.core[r] = Math.log(time.total)
      table.site[r] = family.site(query)
      table.spot[r] = spotNumber(family.spot(query), d)
      r++
    })
  })
  return table
}
