// The cores of a section: each device's own, where each has few rows pulled to what all have in common; and how well
// they do on sites that they were not fitted to.

import type { Family, Parameters } from './family.js'
import { fitCore } from './fit-core.js'
import { type DeviceRows, tabulate } from './fit-table.js'
import type { ProfileSection } from './profile.js'
import { seededRandom } from './trees/random.js'

/** How a section is fitted. */
export interface FitOptions {
  /** Rows that a core is fitted on, at most. */
  sample?: number
  /** Parameters that cores start from and are pulled to, by device name. */
  start?: (device: string) => Parameters | undefined
  /** Weight of the pull to the start. */
  pull?: number
  /** Trees, at most. */
  trees?: number
  /** Whether rows that are far off pull the trees no more than most. */
  robust?: boolean
  /** Whether cores start from parameters that all devices share: where each has few rows. */
  together?: boolean
  /** Parameters that keep their start. */
  fixed?: readonly string[]
  seed?: number
}

/** Parameters of each device. */
export function fitDevices(
  family: Family<unknown>,
  kind: string,
  data: readonly DeviceRows[],
  options: FitOptions,
): ProfileSection['devices'] {
  const common = options.together ? fitTogether(family, kind, data) : undefined
  return data.map((rows) => ({
    name: rows.device.spec.name,
    parameters: fitDevice(family, kind, rows, {
      ...options,
      ...(common && { start: () => common }),
    }),
    rows: rows.queries.length,
  }))
}

const FOLDS = 4

/** What cores leave of rows, in logarithms, that were fitted without the rows' sites. In the order of the table. */
export function leftByOthers(
  family: Family<unknown>,
  kind: string,
  data: readonly DeviceRows[],
  options: FitOptions,
): Float64Array {
  const foldOf = (query: unknown) => (Math.imul(family.site(query), 0x9e3779b1) >>> 8) % FOLDS
  const left: number[][] = data.map(() => [])
  for (let fold = 0; fold < FOLDS; fold++) {
    const part = (inside: boolean) =>
      data.map(({ device, queries, us }) => {
        const kept = queries.flatMap((query, i) => ((foldOf(query) === fold) === inside ? [i] : []))
        return { device, queries: kept.map((i) => queries[i]), us: kept.map((i) => us[i]!) }
      })
    const [others, own] = [part(false), part(true)]
    // A device that has rows of this fold alone is what the others make of it.
    const common = fitTogether(family, kind, others)
    const devices = others.map((rows) => ({
      parameters:
        rows.queries.length === 0
          ? (options.start?.(rows.device.spec.name) ?? common)
          : fitDevices(family, kind, [rows], {
              ...options,
              ...(options.together && {
                start: () => common,
                together: false,
                pull: PULL / rows.queries.length,
              }),
            })[0]!.parameters,
    }))
    const table = tabulate(family, kind, own, devices)
    let r = 0
    data.forEach(({ queries }, d) => {
      queries.forEach((query, i) => {
        if (foldOf(query) !== fold) return
        left[d]![i] = table.target[r]! - table.core[r]!
        r += 1
      })
    })
  }
  return Float64Array.from(left.flat())
}

/** Pull of a device with one row to the parameters that all devices share; it falls with more rows. */
const PULL = 2

/** Parameters that all devices share. */
function fitTogether(
  family: Family<unknown>,
  kind: string,
  data: readonly DeviceRows[],
): Parameters {
  return fitCore(
    family,
    kind,
    data.map(({ device, queries, us }) => ({
      device,
      queries,
      logUs: Float64Array.from(us, Math.log),
    })),
    { pull: 0.001 },
  )
}

function fitDevice(
  family: Family<unknown>,
  kind: string,
  { device, queries, us }: DeviceRows,
  options: FitOptions,
): Parameters {
  const random = seededRandom(options.seed ?? 1)
  const sample = options.sample ?? 1500
  const picked: number[] = []
  for (let i = 0; i < queries.length; i++) {
    if (random() * queries.length < sample) picked.push(i)
  }
  const start = options.start?.(device.spec.name)
  const pull = options.together ? Math.max(options.pull ?? 0, PULL / queries.length) : options.pull
  return fitCore(
    family,
    kind,
    [
      {
        device,
        queries: picked.map((i) => queries[i]),
        logUs: Float64Array.from(picked, (i) => Math.log(us[i]!)),
      },
    ],
    {
      ...(start && { start }),
      ...(pull !== undefined && { pull }),
      ...(options.fixed && { fixed: options.fixed }),
    },
  )
}
