// Operations that stream their operands once: elementwise, norms, softmax, activations, rotations,
// quantisation. Bytes at a share of the memory's bandwidth beside the vector units, after a floor; rows are
// dealt to the compute units, and a row takes its time however short it is.
//
//   memory  = (bytes + again) / (memoryShare dram, or cacheShare 64 clock units if hot)
//   compute = max(flops / (vectorShare vector),
//                 waves (rowUs + (rounds - 1) roundUs)),
//                 elements / (stridedPerClock units clock) where operands are strided)
//   total   = kernels floorUs + overlap(compute, memory)
//
// waves = ceil(rows threads of a row / (2048 units)). A thread walks through its share with the loads of one vector
// under way, so that few threads take long however idle the memory is (Little's law): rounds = passes elements of a
// thread / elements of a vector. What a kernel goes through more than once (the mean of a row, then its results) it
// reads again: from the unit's first cache where the rows that the unit has under way fit into it, which takes no time
// beside the rounds; else from the last cache where the rows of all units fit into that.
import {
  type Core,
  type CoreTime,
  type Family,
  numberOf,
  overlap,
  type Parameters,
} from '../family.js'
import type { Traits } from '../traits.js'
import { Memory } from './resources.js'
import { STREAMED } from './streamed.js'

/** An operation on rows of elements. */
export interface PointwiseQuery {
  rows: number
  cols: number
  bytes: number
  flops: number
  /** Whether the kernel works out an address for each element: operands that are not contiguous. */
  strided: boolean
  /** Place of the operation among {@link STREAMED}, for pooled rows; -1 for another. */
  operation: number
  /** Threads that share a row. */
  rowThreads: number
  /** How often a kernel goes through a row. */
  passes: number
  /** Bytes that every pass but the first reads again. */
  passBytes: number
  /** Elements that a thread loads before it waits for them. */
  vector: number
  /** Kernels that the operation is made of. */
  kernels: number
  warm: boolean
}

/** Threads that a compute unit holds. */
const UNIT_THREADS = 2048
/** Fill of the cache beyond which nothing of what was read is left. */
const NONE_LEFT = 30

export const pointwise: Family<PointwiseQuery> = {
  name: 'pointwise',
  site: ({ cols }) => numberOf(cols),
  spot: ({ cols }) => numberOf(cols),
  parameters: [
    { name: 'floorUs', start: 2.5, low: 0.1, high: 100 },
    { name: 'memoryShare', start: 0.8, low: 0.02, high: 1.2 },
    { name: 'vectorShare', start: 0.3, low: 0.001, high: 2 },
    { name: 'rowUs', start: 0.3, low: 0.001, high: 20 },
    { name: 'roundUs', start: 0.5, low: 0.005, high: 5 },
    { name: 'stridedPerClock', start: 1.3, low: 0.02, high: 30 },
    { name: 'overlapPower', start: 2, low: 1.05, high: 10 },
    { name: 'cacheShare', start: 0.4, low: 0.02, high: 4 },
    { name: 'cacheCapacityShare', start: 0.9, low: 0.02, high: 2 },
    { name: 'cacheSteepness', start: 6, low: 2, high: 40 },
  ],
  lattice: {
    axes: [
      [0, 22],
      [3, 18],
    ],
    dimensions({ rows, cols }, out) {
      out[0] = rows
      out[1] = cols
    },
    withDimensions: (query, [rows = 1, cols = 1]) => {
      const scale = (rows * cols) / (query.rows * query.cols)
      return {
        ...query,
        rows,
        cols,
        bytes: query.bytes * scale,
        flops: query.flops * scale,
        rowThreads: (query.rowThreads * cols) / query.cols,
        passBytes: query.passBytes * scale,
      }
    },
    // Bytes and operations of an element, and its threads, tell functions apart.
    rest: ({ rows, cols, bytes, flops, strided, operation, rowThreads, passes, vector, warm }) =>
      numberOf(
        operation,
        strided ? 1 : 0,
        warm ? 1 : 0,
        passes,
        vector,
        Math.round(4 * Math.log2(rowThreads / cols)),
        Math.round((8 * bytes) / (rows * cols)),
        Math.round(flops / (rows * cols)),
      ),
  },
  features: [
    'ln rows',
    'ln cols',
    'ln bytes',
    'ln total',
    'ln memory',
    'ln compute',
    'ln memory/compute',
    'hot',
    'ln waves',
    'idle share of waves',
    'log2 alignment',
    'ln bytes/cache',
    'ln flops',
    'ln elements',
    'strided',
    'ln bytes/element',
    'operation',
    'ln bytes/thread',
    'ln threads/units',
  ],
  values: { operation: STREAMED },
  core(device: Traits, _kind: string, p: Parameters): Core<PointwiseQuery> {
    return new PointwiseCore(device, p)
  },
}

class PointwiseCore implements Core<PointwiseQuery> {
  private readonly memory: Memory
  private hot = 0
  private share = 0

  constructor(
    private readonly device: Traits,
    private readonly p: Parameters,
  ) {
    this.memory = new Memory(device, p)
  }

  time(query: PointwiseQuery, out: CoreTime): void {
    const { rows, cols, bytes, flops, strided, rowThreads, passes, passBytes, warm } = query
    const floor = this.p.floorUs! * query.kernels
    const { p, device } = this
    const hot = warm ? this.memory.hotShare(bytes, p.cacheSteepness!, NONE_LEFT) : 0
    this.hot = hot
    const threads = Math.max(1, rows * rowThreads)
    const atOnce = UNIT_THREADS * device.units
    let memory = this.memory.time(bytes, hot)
    const underWay = passBytes * Math.min(1, atOnce / threads)
    // Units without a row of this wave do not make room for those with one.
    const perUnit = underWay / Math.min(device.units, Math.max(1, rows))
    if (passes > 1 && perUnit > device.nearBytes) {
      const kept = this.memory.hotShare(underWay, p.cacheSteepness!, NONE_LEFT)
      memory += this.memory.time((passes - 1) * passBytes, kept)
    }
    this.share = bytes / threads
    const rounds = (passes * rows * cols) / (threads * query.vector)
    const walk = p.rowUs! + Math.max(0, rounds - 1) * p.roundUs!
    const compute = Math.max(
      flops / (device.vector * p.vectorShare!),
      Math.ceil(threads / atOnce) * walk,
      strided ? (rows * cols) / (device.units * device.clock * p.stridedPerClock!) : 0,
    )
    out.compute = compute
    out.memory = memory
    out.launch = floor
    out.network = 0
    // The rows' time is that of many short tasks, so a long list of short rows overlaps with the stream.
    out.total = floor + overlap(compute, memory, p.overlapPower!)
    if (cols <= 0 || rows <= 0) out.total = floor
  }

  features(q: PointwiseQuery, time: CoreTime, x: Float64Array): void {
    const waves = q.rows / this.device.units
    x[0] = Math.log(Math.max(1, q.rows))
    x[1] = Math.log(Math.max(1, q.cols))
    x[2] = Math.log(Math.max(1, q.bytes))
    x[3] = Math.log(time.total)
    x[4] = Math.log(time.memory + 1e-9)
    x[5] = Math.log(time.compute + 1e-9)
    x[6] = x[4] - x[5]
    x[7] = this.hot
    x[8] = Math.log(Math.max(1e-3, waves))
    x[9] = Math.ceil(waves) - waves
    x[10] = Math.log2(q.cols & -q.cols || 1)
    x[11] = x[2] - Math.log(this.device.l2Bytes)
    x[12] = Math.log(Math.max(1, q.flops))
    x[13] = x[0] + x[1]
    x[14] = q.strided ? 1 : 0
    x[16] = q.operation
    x[17] = Math.log(this.share + 1e-3)
    x[18] = Math.log(Math.max(1, q.rows * q.rowThreads) / this.device.units)
    x[15] = Math.log(q.bytes / Math.max(1, q.rows * q.cols) + 1e-6)
  }
}
