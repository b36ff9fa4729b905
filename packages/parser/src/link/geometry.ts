// Grid and block of kernels, as far as they can be true. A block has at most 1,024 threads on every device
// (CUDA C++ Programming Guide, "Compute Capabilities"; HIP device properties). Kineto on rocprofiler-sdk
// writes block for grid, and the grid in work items, as HSA counts it.
import type { TraceStore } from '../collect/trace-store.js'
import type { Repairs } from '../repairs.js'
import { parseLenientJson } from '../scan/lenient-json.js'

type Dim3 = [number, number, number]

const MAX_THREADS = 1024

/** What takes thread blocks and the threads of one. */
export interface HasGeometry {
  grid?: Dim3 | undefined
  block?: Dim3 | undefined
}

/** Reads grids and blocks, which the store holds as texts. */
export class Geometries {
  readonly #known = new Map<number, Dim3 | null | undefined>()
  /** All grids and blocks of the trace are swapped, and its grids count work items. */
  readonly #isHsa: boolean

  constructor(
    private readonly store: TraceStore,
    private readonly repairs: Repairs,
  ) {
    this.#isHsa = 'rocprofiler-sdk_version' in store.header.producer && this.#hasLargeBlock()
  }

  /** Gives an activity its grid and block. */
  give(activity: HasGeometry, row: number): void {
    const { grid: grids, block: blocks, byte } = this.store.device
    const grid = this.#dims(grids.data[row]!)
    const block = this.#dims(blocks.data[row]!)
    if (grid === undefined && block === undefined) return
    const isSwapped = this.#isHsa || isLarge(block)
    const isUnknown = grid === undefined || block === undefined || isLarge(grid)
    if (grid === null || block === null || (isSwapped && isUnknown)) {
      this.repairs.add('impossible_geometry', byte.data[row]!)
      return
    }
    if (isSwapped && grid !== undefined && block !== undefined) {
      this.repairs.add('swapped_grid', byte.data[row]!)
      activity.grid = this.#isHsa ? blocksOf(block, grid) : block
      activity.block = grid
      return
    }
    if (grid !== undefined) activity.grid = grid
    if (block !== undefined) activity.block = block
  }

  #hasLargeBlock(): boolean {
    const { block, length } = this.store.device
    for (let row = 0; row < length; row++) if (isLarge(this.#dims(block.data[row]!))) return true
    return false
  }

  /** null where there is something that cannot be. */
  #dims(id: number): Dim3 | null | undefined {
    if (id < 0) return undefined
    const known = this.#known.get(id)
    if (known !== undefined || this.#known.has(id)) return known
    const dims = readDims(this.store.texts.text(id))
    this.#known.set(id, dims)
    return dims
  }
}

function readDims(text: string): Dim3 | null | undefined {
  const value = parseLenientJson(text)
  if (value === null) return undefined
  if (!Array.isArray(value) || value.length !== 3) return null
  return value.every((size) => Number.isSafeInteger(size) && size > 0) ? (value as Dim3) : null
}

function isLarge(dims: Dim3 | null | undefined): boolean {
  return dims !== null && dims !== undefined && dims[0] * dims[1] * dims[2] > MAX_THREADS
}

function blocksOf(workItems: Dim3, block: Dim3): Dim3 {
  return workItems.map((size, i) => Math.ceil(size / block[i]!)) as Dim3
}
