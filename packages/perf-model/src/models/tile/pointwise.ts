// Softmax, layer normalisation and GELU as LLMCompass times them, in seconds. All three count in the
// element type of the vector unit, whatever the operation's own. Divisions and sums stay in the order
// in which LLMCompass does them: the results are equal to the last bit.
import type { TileSpec } from '@flowsim/trace-schema'
import { PerfModelError } from '../../errors.js'
import { dramBytesPerS, slowestBytesPerS } from './matmul.js'

/** How rows and columns are cut for the L2 and for a core. */
export interface RowMapping {
  l2M: number
  l2N: number
  l1M: number
  l1N: number
}

/** Seconds of a row-wise operation and how it was laid out. */
export interface RowLatency {
  latencyS: number
  mapping: RowMapping
}

/** More row blocks than this are multiplied, not summed one by one as LLMCompass does. */
const SUMMED_BLOCKS = 1_000_000

/** Time of a softmax over `cols` of each of `rows`. */
export function softmaxLatency(rows: number, cols: number, tile: TileSpec): RowLatency {
  const { flopsPerCycle, flopsPerExp, elementBytes } = tile.vector
  const { cores, l2BytesPerCycle } = tile
  const l2M = Math.min(rowsInL2('softmax', cols, tile), rows)
  let best = Infinity
  let mapping: RowMapping | undefined
  for (let parts = 1; parts <= 32; parts *= 2) {
    const l1N = Math.ceil(cols / parts)
    for (let l1M = 1; l1M <= 256; l1M *= 2) {
      // The first of the two layouts that LLMCompass tries keeps two tiles in a core; both take as long.
      if (l1M * l1N * elementBytes > tile.sramBytes) continue
      const io = Math.ceil((l1M * l1N * elementBytes) / l2BytesPerCycle)
      const compute = Math.ceil((l1M * l1N * (3 * flopsPerExp + 7)) / flopsPerCycle)
      const reduction =
        (l1M * l1N * (flopsPerExp + 2)) / flopsPerCycle +
        (l1M * l1N * elementBytes * 2) / (l2BytesPerCycle / cores)
      const columns = Math.ceil(cols / l1N)
      const blockCycles = (m: number) =>
        (Math.ceil((Math.ceil(m / l1M) * columns) / cores) + 1) *
        (io + io + compute + Math.log2(columns) * reduction)
      const cycles = rowBlocks(rows, cols, l2M, tile, blockCycles)
      if (cycles < best) {
        best = cycles
        mapping = { l2M, l2N: cols, l1M, l1N }
      }
    }
  }
  if (mapping === undefined) throw tooWide('softmax', cols, 'the SRAM of a core')
  return { latencyS: best / tile.clockHz, mapping }
}

/** LLMCompass' roofline of a softmax of elements of `wordBytes`. */
export function softmaxRoofline(
  rows: number,
  cols: number,
  tile: TileSpec,
  wordBytes: number,
): number {
  return Math.max(
    (3 * rows * cols * wordBytes) / slowestBytesPerS(tile),
    (rows * cols * (3 * tile.vector.flopsPerExp + 7)) / vectorFlopsPerS(tile),
  )
}

/** Time of a layer normalisation; `wide` is the TPU's way of never cutting a row. */
export function layernormLatency(
  rows: number,
  cols: number,
  tile: TileSpec,
  wide: boolean,
): RowLatency {
  const { width, count, flopsPerCycle, elementBytes } = tile.vector
  const { cores, l2BytesPerCycle, sramBytes } = tile
  const l2M = Math.min(Math.floor(rowsInL2('layernorm', cols, tile) / 2), rows)
  let l1N = cols
  let l1M: number
  if (wide) {
    l1M = Math.min(Math.floor(sramBytes / (2 * l1N * elementBytes)), rows)
  } else {
    const inCore = () => Math.floor(Math.floor(sramBytes / (l1N * elementBytes)) / 2)
    l1M = inCore()
    while (l1M < count && l1N > 1) {
      l1N = Math.floor(l1N / 2)
      l1M = inCore()
    }
    l1M = Math.min(l1M, l2M)
  }
  if (l1M < 1 || l2M < 1) throw tooWide('layernorm', cols, 'half of the cache that holds it')
  const perLane = Math.ceil(flopsPerCycle / width / count)
  const elements = Math.ceil((Math.ceil(l1N / width) * Math.ceil(l1M / count)) / perLane)
  const lanes = Math.log2(width)
  const compute = elements + lanes + 2 * elements + lanes + 4 * elements
  const io = Math.ceil((l1M * l1N * elementBytes) / l2BytesPerCycle)
  const reduction =
    (l1M * l1N) / flopsPerCycle + (l1M * l1N * elementBytes * 2) / (l2BytesPerCycle / cores)
  const columns = Math.ceil(cols / l1N)
  const blockCycles = (m: number) =>
    Math.ceil((Math.ceil(m / l1M) * columns) / cores) *
    (3 * io + io + compute + (columns - 1) * reduction)
  const cycles = rowBlocks(rows, cols, l2M, tile, blockCycles)
  return { latencyS: cycles / tile.clockHz, mapping: { l2M, l2N: cols, l1M, l1N } }
}

/** LLMCompass' roofline of a layer normalisation of elements of `wordBytes`. */
export function layernormRoofline(
  rows: number,
  cols: number,
  tile: TileSpec,
  wordBytes: number,
): number {
  return Math.max(
    (2 * rows * cols * wordBytes) / slowestBytesPerS(tile),
    (7 * rows * cols) / vectorFlopsPerS(tile),
  )
}

/** Time of a GELU: elements fill up whole passes of all vector units; traffic of both levels adds up. */
export function geluLatency(elements: number, tile: TileSpec): number {
  const { width, count, flopsPerCycle, flopsPerExp, elementBytes } = tile.vector
  const { cores, clockHz } = tile
  const pass = cores * width * count
  const padded = Math.ceil(elements / pass) * pass
  const bytes = padded * 2 * elementBytes
  const io = bytes / dramBytesPerS(tile) + bytes / tile.l2BytesPerCycle / clockHz
  const compute = (padded * (10 + flopsPerExp)) / flopsPerCycle / cores / clockHz
  return Math.max(compute, io)
}

/** LLMCompass' roofline of a GELU. */
export function geluRoofline(elements: number, tile: TileSpec): number {
  const { flopsPerExp, elementBytes } = tile.vector
  return Math.max(
    (elements * (10 + flopsPerExp)) / vectorFlopsPerS(tile),
    (elements * 2 * elementBytes) / slowestBytesPerS(tile),
  )
}

function vectorFlopsPerS(tile: TileSpec): number {
  return tile.vector.flopsPerCycle * tile.cores * tile.clockHz
}

function rowsInL2(op: string, cols: number, tile: TileSpec): number {
  const rows = Math.floor(tile.l2Bytes / (cols * tile.vector.elementBytes))
  if (rows < 1) throw tooWide(op, cols, 'the L2')
  return rows
}

/** Blocks of rows through the L2, one after another: in, compute, out. */
function rowBlocks(
  rows: number,
  cols: number,
  l2M: number,
  tile: TileSpec,
  blockCycles: (rows: number) => number,
): number {
  const perCycle = dramBytesPerS(tile) / tile.clockHz
  const io = (m: number) => Math.ceil((m * cols * tile.vector.elementBytes) / perCycle)
  const full = Math.floor(rows / l2M)
  const rest = rows % l2M
  const block = full > 0 ? blockCycles(l2M) : 0
  const blockIo = full > 0 ? io(l2M) : 0
  let cycles = 0
  if (full > SUMMED_BLOCKS) {
    cycles = full * (block + 2 * blockIo)
  } else {
    // Cycles of a block may be fractional, so that a product would differ in the last bit.
    for (let i = 0; i < full; i++) {
      cycles += blockIo
      cycles += block
      cycles += blockIo
    }
  }
  if (rest > 0) {
    cycles += io(rest)
    cycles += blockCycles(rest)
    cycles += io(rest)
  }
  return cycles
}

function tooWide(op: string, cols: number, what: string): PerfModelError {
  return new PerfModelError(
    'invalid_dimension',
    `${op}.cols: a row of ${cols} elements does not fit into ${what}`,
    'cols',
  )
}
