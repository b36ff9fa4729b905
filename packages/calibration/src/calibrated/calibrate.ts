// Calibration: from measured operations to a profile, whatever was measured: a file of rows, or the kernels
// of a trace. Few rows shift the built-in cores; many make their own cores and corrections.

import { type EstimateOptions, PerfModelError } from '@flowsim/perf-model'
import { checkCall } from '@flowsim/perf-model/parts'
import type { HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { max, median } from 'd3-array'
import { donorsOf } from '../donors.js'
import { createCalibrated } from './calibrated.js'
import type { FamilyName } from './families/index.js'
import { FAMILIES } from './families/index.js'
import type { Parameters } from './family.js'
import { errorsOf, fitSection } from './fit-section.js'
import type { DeviceRows } from './fit-table.js'
import { storeRows } from './near.js'
import type { CalibrationProfile, ProfileSection } from './profile.js'
import { hostDevices } from './queries/collective.js'
import { pooledKind } from './queries/pooled-kind.js'
import { resolve } from './queries/resolve.js'
import { builtInParameters } from './start.js'
import { traitsOf } from './traits.js'

/** A measured operation. */
export interface CalibrationRow {
  call: OpCall
  /** Conditions that it was measured under. */
  options?: EstimateOptions
  latencyUs: number
  /** Device that it was measured on. */
  hardware: HardwareSpec
}

/** What {@link calibrate} takes beside the rows. */
export interface CalibrateOptions {
  name: string
  version?: string
  /** Date of the measurements, such as `2026-03-01`. */
  created?: string
  sources?: CalibrationProfile['sources']
  /** Trees of a section's correction, at most; 0 fits cores only. Default 96. */
  trees?: number
  /**
   * Whether rows that are far off pull a correction no more than most: where a library now and then chooses a kernel that
   * nothing in the shape foretells. Default `false`.
   */
  robust?: boolean
  /** Whether cores start from the package's own profiles. Default `true`. */
  fromBuiltIn?: boolean
  /** Descriptions of the devices that the built-in profiles name. Default: the hardware catalogue. */
  devices?: readonly HardwareSpec[]
  /** Whether the profile answers far from its rows too, instead of the built-in one. Default `false`. */
  everywhere?: boolean
  /**
   * Whether rows of all elementwise functions, norms, …, and attention with and without a mask, share a section,
   * as those of one framework may.
   */
  pool?: boolean
  /** Called after each section. */
  onSection?: (section: FitReport['sections'][number]) => void
}

/** How well a calibration went. */
export interface FitReport {
  /** Rows that no family speaks about, or that cannot be read. */
  skipped: number
  sections: {
    family: FamilyName
    kind: string
    source: string
    devices: string[]
    rows: number
    sites: number
    /** Errors of the built-in profiles on these rows, where they answer. */
    before: ProfileSection['fit']['core'] | null
    /** Errors of the new section on rows held out from it, or of its core where they are too few. */
    after: ProfileSection['fit']['core']
  }[]
}

/** Fewest rows for which more than three parameters are fitted. */
const MANY = 30
/** Rows a device below which several devices' cores start from what they have in common. */
const FEW = 100
/** Weight of the pull of a device's parameters to the common ones. */
const COMMON = 0.02
/** What few rows can tell: rates of compute and memory, and the floor. */
const SCALES: Record<FamilyName, readonly string[]> = {
  gemm: ['computeShare', 'memoryShare', 'floorUs'],
  conv: ['computeShare', 'memoryShare', 'floorUs', 'gatherPerClock', 'directPerClock'],
  prefill: ['computeShare', 'memoryShare', 'floorUs'],
  decode: ['computeShare', 'memoryShare', 'floorUs'],
  moe: ['computeShare', 'memoryShare', 'floorUs'],
  collective: ['shortLinkShare', 'longLinkShare', 'floorUs'],
  pointwise: ['memoryShare', 'floorUs', 'stridedPerClock'],
}
/** Families whose kernels are one on all devices, so that one correction learns from all of them. */
const SHARED: ReadonlySet<FamilyName> = new Set([
  'conv',
  'prefill',
  'decode',
  'collective',
  'pointwise',
])

interface Group {
  family: FamilyName
  kind: string
  source: string
  devices: Map<string, { hardware: HardwareSpec; rows: CalibrationRow[] }>
}

/**
 * Fits a profile to measured operations. Rows of one shape are merged by their median.
 * @throws PerfModelError `invalid_profile` when no row can be used
 */
export function calibrate(
  rows: Iterable<CalibrationRow>,
  options: CalibrateOptions,
): { profile: CalibrationProfile; report: FitReport } {
  const { groups, skipped } = grouped(rows, options.pool === true)
  if (groups.length === 0) {
    throw new PerfModelError('invalid_profile', 'calibrate: there is no row to fit', 'rows')
  }
  const report: FitReport = { skipped, sections: [] }
  const sections = groups.map((group) => {
    const section = fitGroup(group, options)
    const { fit } = section
    const entry = {
      family: group.family,
      kind: group.kind,
      source: group.source,
      devices: section.devices.map(({ name }) => name),
      rows: fit.rows,
      sites: fit.sites,
      before: options.fromBuiltIn === false ? null : builtInErrors(group),
      after: fit.newPoints ?? fit.core,
    }
    report.sections.push(entry)
    options.onSection?.(entry)
    return section
  })
  return {
    profile: {
      schema: 'flowsim.calibration-profile/1',
      name: options.name,
      version: options.version ?? '1',
      created: options.created ?? 'unknown',
      sources: options.sources ?? [],
      sections,
    },
    report,
  }
}

function grouped(
  rows: Iterable<CalibrationRow>,
  pool: boolean,
): { groups: Group[]; skipped: number } {
  const groups = new Map<string, Group>()
  let skipped = 0
  for (const row of rows) {
    const resolved = usable(row) ? resolve(row.call, row.options ?? {}) : undefined
    if (resolved === undefined) {
      skipped++
      continue
    }
    const { family } = resolved
    const kind = (pool ? pooledKind(resolved.kinds) : undefined) ?? resolved.kinds[0]!
    const source = row.options?.source ?? 'own'
    const { name } = row.hardware
    const key = `${family}|${kind}|${source}|${SHARED.has(family) ? '' : name}`
    let group = groups.get(key)
    if (group === undefined) {
      group = { family, kind, source, devices: new Map() }
      groups.set(key, group)
    }
    const device = group.devices.get(name)
    if (device === undefined) group.devices.set(name, { hardware: row.hardware, rows: [row] })
    else device.rows.push(row)
  }
  return { groups: [...groups.values()], skipped }
}

function usable({ call, latencyUs }: CalibrationRow): boolean {
  if (!(latencyUs > 0 && latencyUs < Infinity)) return false
  try {
    checkCall(call)
    return true
  } catch (error) {
    if (error instanceof PerfModelError) return false
    throw error
  }
}

function fitGroup(group: Group, options: CalibrateOptions): ProfileSection {
  const { family, kind, source } = group
  const data = [...group.devices.values()].map(({ hardware, rows }) => merged(rows, hardware))
  const start = new Map<string, Parameters>()
  if (options.fromBuiltIn !== false) {
    const donors = donorsOf(options.devices)
    for (const { device } of data) {
      const found = builtInParameters(
        { family, kind, source, profile: options.name },
        device.spec,
        donors,
      )
      if (found !== undefined) start.set(device.spec.name, found)
    }
  }
  const rows = data.reduce((sum, { queries }) => sum + queries.length, 0)
  const scales = SCALES[family]
  const together = data.length > 1 && rows / data.length < FEW
  const section = fitSection(family, kind, source, data, {
    trees: options.trees ?? 96,
    robust: options.robust === true,
    start: (device) => start.get(device),
    pull: together ? COMMON : 0.0005 + 0.05 / rows,
    together,
    fixed:
      together || rows / data.length < MANY
        ? FAMILIES[family].parameters
            .map(({ name }) => name)
            .filter((name) => !scales.includes(name))
        : [],
  })
  section.devices.forEach((device, i) => {
    device.longestUs = Number(max(Array.from(data[i]!.us))!.toPrecision(4))
  })
  // A user's rows speak for shapes like theirs.
  if (options.fromBuiltIn !== false && options.everywhere !== true) {
    section.devices.forEach((device, i) => {
      device.near = storeRows(data[i]!.queries as object[])
    })
  }
  return section
}

/** The rows of a device as queries, those of one shape as their median. */
function merged(rows: readonly CalibrationRow[], hardware: HardwareSpec): DeviceRows {
  const queries: unknown[] = []
  const times: number[][] = []
  const places = new Map<string, number>()
  for (const { call, options = {}, latencyUs } of rows) {
    const { family, query } = resolve(call, options)!
    if (family === 'collective' && query.devicesPerNode === 0) {
      query.devicesPerNode = hostDevices(hardware)
    }
    const key = Object.values(query).join(',')
    const place = places.get(key)
    if (place === undefined) {
      places.set(key, queries.length)
      queries.push(query)
      times.push([latencyUs])
    } else times[place]!.push(latencyUs)
  }
  return {
    device: traitsOf(hardware),
    queries,
    us: Float64Array.from(times, (each) => median(each)!),
  }
}

function builtInErrors({ devices }: Group): ProfileSection['fit']['core'] | null {
  const model = createCalibrated()
  const rest: number[] = []
  for (const { hardware, rows } of devices.values()) {
    for (const { call, options, latencyUs } of rows) {
      try {
        rest.push(Math.log(latencyUs / model.estimate(call, hardware, options).latencyS / 1e6))
      } catch (error) {
        if (!(error instanceof PerfModelError)) throw error
      }
    }
  }
  return rest.length === 0 ? null : errorsOf(Float64Array.from(rest))
}
