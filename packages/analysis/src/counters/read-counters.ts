// The CSV of Nsight Compute: `ncu --csv`, or `ncu --import REPORT.ncu-rep --csv`.
//
// Read are both pages that hold metrics: `raw` (a row a kernel, a column a metric, units in the row below the
// header) and `details` (a row a metric). Numbers are scaled by their units, so that `--print-units base`
// makes no difference. What the profiler or the program prints before and between is passed over. Not read:
// rules and their texts, metrics of instructions and source lines.
// Specification: docs.nvidia.com/nsight-compute, NsightComputeCli, "Pages" and "Print options".
import { parse } from 'csv-parse/sync'
import { AnalysisError } from '../errors.js'
import { type MeasuredWork, measuredWork } from './measured-work.js'

/** What Nsight Compute measured of one launch of a kernel. */
export interface KernelCounters extends MeasuredWork {
  /** As the profiler prints it. */
  name: string
  grid: string | null
  block: string | null
}

/** Metrics of one launch by name, in seconds, bytes and plain counts. */
export type Metrics = Map<string, number>

interface Launch {
  name: string
  grid: string | null
  block: string | null
  metrics: Metrics
}

/**
 * Reads the kernels of a CSV of Nsight Compute, in the order of their launches.
 * @param options - `source` is the name of the input, for errors
 * @throws AnalysisError `not_counters` where the text is not such a CSV, or holds no metric that is read
 */
export function readCounters(text: string, { source }: { source: string }): KernelCounters[] {
  const problem = (what: string) =>
    new AnalysisError(
      'not_counters',
      `${source}: ${what}; write it with ncu --csv --page raw, or ncu --import REPORT.ncu-rep --csv --page raw`,
      { source },
    )
  if (text.startsWith('NVR')) throw problem('is a report of Nsight Compute, not its CSV')
  const start = /^\uFEFF?"?ID"?,/m.exec(text)?.index
  if (start === undefined) throw problem('is not the CSV of Nsight Compute')
  const [header, ...rows] = parse(text.slice(start), {
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  })
  if (header?.includes('Kernel Name') !== true) throw problem('has no column "Kernel Name"')
  const launches = header.includes('Metric Name') ? details(header, rows) : raw(header, rows)
  const kernels = launches.map(({ name, grid, block, metrics }) => ({
    ...{ name, grid, block },
    ...measuredWork(metrics),
  }))
  const isEmpty = ({ durationNs, bytes, occupancy, tensorOps, vectorOps }: MeasuredWork) =>
    [durationNs, bytes, occupancy, tensorOps, vectorOps].every((value) => value === null)
  if (kernels.every(isEmpty)) throw problem('holds no time, bytes, operations or occupancy')
  return kernels
}

const GRID = 'Grid Size'
const BLOCK = 'Block Size'

/** One row a kernel; the row below the header, without an ID, holds the units. */
function raw(header: readonly string[], rows: readonly string[][]): Launch[] {
  const id = header.indexOf('ID')
  const units = rows.find((row) => row[id] === '') ?? []
  return rows
    .filter((row) => isId(row[id]))
    .map((row) => {
      const metrics: Metrics = new Map()
      for (const [i, name] of header.entries()) add(metrics, name, row[i], units[i])
      return launchOf(header, row, metrics)
    })
}

/** One row a metric; rows of one ID and process are one launch. */
function details(header: readonly string[], rows: readonly string[][]): Launch[] {
  const column = (name: string) => header.indexOf(name)
  const [id, process, section] = [column('ID'), column('Process ID'), column('Section Name')]
  const [metric, unit, value] = [
    column('Metric Name'),
    column('Metric Unit'),
    column('Metric Value'),
  ]
  const launches = new Map<string, Launch>()
  for (const row of rows) {
    if (!isId(row[id])) continue
    const key = `${row[process] ?? ''} ${row[id]}`
    let launch = launches.get(key)
    if (launch === undefined) {
      launch = launchOf(header, row, new Map())
      launches.set(key, launch)
    }
    const name = row[metric] ?? ''
    // Titles such as "Memory Throughput" mean other things in other sections; names of metrics do not.
    const scope = name.includes('__') || section < 0 ? '' : `${row[section]}: `
    add(launch.metrics, `${scope}${name}`, row[value], row[unit])
  }
  return [...launches.values()]
}

function isId(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text)
}

function launchOf(header: readonly string[], row: readonly string[], metrics: Metrics): Launch {
  const at = (name: string) => row[header.indexOf(name)] ?? ''
  return {
    name: at('Kernel Name'),
    grid: sizes(at(GRID)),
    block: sizes(at(BLOCK)),
    metrics,
  }
}

/** `(128, 1, 1)` as `128,1,1`; null for what is not three sizes. */
function sizes(text: string): string | null {
  const found = text.match(/\d+/g) ?? []
  return found.length === 3 ? found.join(',') : null
}

function add(metrics: Metrics, name: string, value: string | undefined, unit: string | undefined) {
  const number = numberIn(value ?? '')
  if (name !== '' && number !== null) metrics.set(name, number * factorOf(unit ?? ''))
}

/** A number with commas between thousands; null for texts, and below 0, where nothing that is read can be. */
function numberIn(text: string): number | null {
  const plain = /^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text
  if (plain.trim() === '') return null
  const value = Number(plain)
  return Number.isFinite(value) && value >= 0 ? value : null
}

const PREFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
}

/** What a unit multiplies with: `usecond` 1e-6, `Gbyte/s` 1e9, `%` and `inst` 1. */
function factorOf(unit: string): number {
  const prefix = /^([numKMGTP])(?:second|sec|s|byte|B|inst|[hH]z|cycle|op)s?\b/.exec(unit)?.[1]
  return prefix === undefined ? 1 : PREFIXES[prefix]!
}
