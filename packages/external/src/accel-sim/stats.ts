// stats.csv of Accel-Sim's tracer: every launch of a program with its grid, block and, where it was recorded, its warp
// instructions. It is the only place that tells a launch's number, which choosing launches needs.
import { parse } from 'csv-parse/sync'
import { ExternalError } from '../errors.js'
import type { Extent } from './launch-key.js'

/** A launch that the tracer saw. */
export interface TracedLaunch {
  /** From 1, in its CUDA context; launches that were not recorded count. */
  launchNumber: number
  /** Name of the context, where there are several. */
  context: string | null
  /** Mangled. */
  name: string
  grid: Extent
  block: Extent
  /** `null` where the launch was only listed. */
  warpInstructions: number | null
}

const COLUMNS = [
  'kernel id',
  'kernel mangled name',
  'grid_dimX',
  'grid_dimY',
  'grid_dimZ',
  '#blocks',
  'block_dimX',
  'block_dimY',
  'block_dimZ',
  '#threads',
  'total_insts',
]

/**
 * Reads the table.
 *
 * @throws ExternalError with code `invalid_stats`
 */
export function readTracerStats(text: string, { source }: { source: string }): TracedLaunch[] {
  const invalid = (what: string, line?: number) =>
    new ExternalError(
      'invalid_stats',
      `${source}: ${line === undefined ? '' : `line ${line}: `}${what}; give the stats.csv that Accel-Sim's tracer wrote`,
      { source, at: { line } },
    )
  let rows: string[][]
  try {
    rows = parse(text, { trim: true, relax_column_count: true, skip_empty_lines: true })
  } catch (cause) {
    throw invalid((cause as Error).message)
  }
  const [header, ...launches] = rows
  if (header === undefined || !COLUMNS.every((name, i) => header[i] === name)) {
    throw invalid(`its header is not that of the tracer (${COLUMNS.slice(0, 3).join(', ')}, …)`)
  }
  return launches.map((cells, i) => {
    const file = /^kernel-(\d+)(?:-ctx_(\w+))?\.trace/.exec(cells[0]!)
    if (file === null) throw invalid(`"${cells[0]!.slice(0, 60)}" is not a launch`, i + 2)
    // A demangled name may hold commas: numbers count from the end.
    const numbers = cells.slice(-10).map(Number)
    if (cells.length < 12 || !numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
      throw invalid('its numbers are not whole', i + 2)
    }
    const [gx, gy, gz, , bx, by, bz, , instructions] = numbers as [number, ...number[]]
    return {
      launchNumber: Number(file[1]),
      context: file[2] ?? null,
      name: cells.slice(1, -10).join(', '),
      grid: [gx, gy!, gz!],
      block: [bx!, by!, bz!],
      warpInstructions: instructions === 0 ? null : instructions!,
    }
  })
}
