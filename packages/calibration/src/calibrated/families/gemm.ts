// Matrix multiplication out[m,n] = x[m,k] w[k,n], and batches of it: the fastest of a set of tile sizes
// and splits of k, in waves over the compute units, beside the traffic of main memory.
//
//   step    = max(2 tm tn / (computeShare peak/units * tm tn / (tm tn + smallTileLoss 4096)),
//                 (tm a + tn w) / (unitLoadShare 64 clock))
//   compute = min over tiles, splits: ceil(tiles split / units) (step k/split + taskUs)
//             + keyBlockUs min(k/split, 1024)/64
//             [+ splitUs + splitBytesFactor 8 m n split / l2 where split > 1]
//   memory  = (w + inputTrafficFactor x + outputTrafficFactor out)
//             ((1 - hot) / (memoryShare dram) + hot / (cacheShare 64 clock units))
//   total   = (floorUs + overlap(compute, memory)) (1 + throttleLoss ln(compute / 500 us)) + quant
//
// hot is the share of the weights that is still in the last-level cache from the replay before: a smooth
// step where the working set of the measurement passes cacheCapacityShare times its capacity. Tiles follow the
// kernels of cuBLAS and CUTLASS; the terms are those of "stream-K" (arXiv 2301.03598, section 3) with Little's
// law for the operands that one compute unit can pull. throttleLoss is the loss of clock under the power limit.
// overlap is the norm of power overlapPower.
import {
  type Core,
  type CoreTime,
  type Family,
  numberOf,
  overlap,
  type Parameters,
} from '../family.js'
import type { Traits } from '../traits.js'
import { type GemmKind, gemmKind } from './gemm-kinds.js'
import { Memory, throttled } from './resources.js'
import { type Tile, tileSteps } from './tiles.js'

/** A matrix multiplication. */
export interface GemmQuery {
  batch: number
  m: number
  n: number
  k: number
  /** Whether operands of earlier replays may still be in the cache. */
  warm: boolean
  /** Whether the kernel that quantises the activations counts. */
  quantize: boolean
}

const TILES: readonly Tile[] = [
  [16, 64],
  [32, 64],
  [64, 64],
  [16, 128],
  [32, 128],
  [64, 128],
  [128, 64],
  [128, 128],
  [64, 256],
  [256, 64],
  [128, 256],
  [256, 128],
  [192, 128],
  [128, 192],
]
const TILE_ROWS = TILES.map(([rows]) => rows)
const TILE_COLUMNS = TILES.map(([, columns]) => columns)
const SPLITS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64]
/** Tiles whose waves the correction sees. */
const WATCHED: readonly Tile[] = [...TILES.filter(([rows]) => rows >= 64), [256, 256]]
const OUT_BYTES = 2

export const gemm: Family<GemmQuery> = {
  name: 'gemm',
  site: ({ batch, n, k }) => numberOf(batch, n, k),
  spot: ({ batch, n, k }) => numberOf(batch, n, k),
  parameters: [
    { name: 'computeShare', start: 0.85, low: 0.1, high: 1.2 },
    { name: 'memoryShare', start: 0.82, low: 0.2, high: 1.1 },
    { name: 'floorUs', start: 2.2, low: 0.3, high: 60 },
    { name: 'smallTileLoss', start: 0.3, low: 0.01, high: 4 },
    { name: 'unitLoadShare', start: 1, low: 0.1, high: 6 },
    { name: 'taskUs', start: 0.5, low: 0.02, high: 10 },
    { name: 'keyBlockUs', start: 0.02, low: 0.001, high: 1 },
    { name: 'splitUs', start: 2.5, low: 0.1, high: 20 },
    { name: 'splitBytesFactor', start: 0.3, low: 0.01, high: 5 },
    { name: 'overlapPower', start: 3, low: 1.2, high: 12 },
    { name: 'cacheCapacityShare', start: 1, low: 0.02, high: 2 },
    { name: 'cacheSteepness', start: 10, low: 2, high: 60 },
    { name: 'cacheShare', start: 0.5, low: 0.05, high: 4 },
    { name: 'inputTrafficFactor', start: 1, low: 0.3, high: 3 },
    { name: 'outputTrafficFactor', start: 1.1, low: 0.3, high: 4 },
    { name: 'throttleLoss', start: 0.02, low: 0.0005, high: 0.2 },
    { name: 'quantizeUs', start: 5, low: 0.1, high: 60 },
    { name: 'quantizeMemoryShare', start: 0.5, low: 0.02, high: 3 },
  ],
  lattice: {
    axes: [
      [0, 19],
      [3, 18],
      [3, 18],
    ],
    dimensions({ m, n, k }, out) {
      out[0] = m
      out[1] = n
      out[2] = k
    },
    withDimensions: (query, [m = 1, n = 1, k = 1]) => ({ ...query, m, n, k }),
    rest: ({ batch, quantize }) => numberOf(batch, quantize ? 1 : 0),
  },
  features: [
    'ln m',
    'ln n',
    'ln k',
    'ln compute',
    'ln memory',
    'ln compute/memory',
    'ln total',
    'ln mn',
    'ln n/k',
    'ln nk',
    'ln mk',
    'hot',
    'split',
    'tile',
    'm mod 64',
    'm mod 256',
    ...WATCHED.flatMap(([tm, tn]) => [`ln waves ${tm}x${tn}`, `ln padding ${tm}x${tn}`]),
    'ln batch',
    'log2 alignment n',
    'log2 alignment k',
    'log2 alignment m',
    'ln k/split',
    'ln tiles',
  ],

  core(device: Traits, name: string, p: Parameters): Core<GemmQuery> {
    return new GemmCore(device, gemmKind(name), p)
  },
}

class GemmCore implements Core<GemmQuery> {
  private readonly units: number
  private readonly steps: Float64Array
  private readonly memory: Memory
  private hot = 0
  private split = 1
  private tile = 0

  constructor(
    private readonly device: Traits,
    private readonly kind: GemmKind,
    private readonly p: Parameters,
  ) {
    this.units = device.units
    this.steps = tileSteps(TILES, device, kind, p)
    this.memory = new Memory(device, p)
  }

  time(query: GemmQuery, out: CoreTime): void {
    const { p, kind, units, steps } = this
    const { batch, m, n, k } = query
    const results = batch * m * n
    let best = Infinity
    for (let t = 0; t < TILES.length; t++) {
      const tm = TILE_ROWS[t]!
      const tn = TILE_COLUMNS[t]!
      const tiles = batch * Math.ceil(m / tm) * Math.ceil(n / tn)
      const step = steps[t]!
      // Whole waves, prologues and splits only add to this.
      if ((tiles * step * k) / units >= best) continue
      for (let s = 0; s < SPLITS.length; s++) {
        const split = SPLITS[s]!
        if (split > 1 && (k < 128 * split || tiles * (split - 1) >= 2 * units)) break
        const part = split === 1 ? k : Math.ceil(k / split / 64) * 64
        const waves = Math.ceil((tiles * split) / units)
        let time = waves * (step * part + p.taskUs!) + (p.keyBlockUs! * Math.min(part, 1024)) / 64
        if (split > 1)
          time += p.splitUs! + (p.splitBytesFactor! * results * 8 * split) / this.memory.cache
        if (time < best) {
          best = time
          this.split = split
          this.tile = tm * tn
        }
      }
    }
    const weights = batch * n * k * kind.weightBytes
    const inputs = batch * m * k * kind.inputBytes
    const outputs = results * OUT_BYTES
    let hot = 0
    if (query.warm) {
      const set = kind.workingSet(weights, inputs, outputs, this.device.l2Bytes)
      hot = this.memory.hotShare(set, p.cacheSteepness!, 30)
    }
    this.hot = hot
    const moved = weights + inputs * p.inputTrafficFactor! + outputs * p.outputTrafficFactor!
    const memory = this.memory.time(moved, hot)
    const body = overlap(best, memory, p.overlapPower!)
    const slow = throttled(best, p)
    const quant =
      query.quantize && kind.quantized
        ? p.quantizeUs! + (batch * m * k * 3) / (this.device.dram * p.quantizeMemoryShare!)
        : 0
    out.compute = best * slow
    out.memory = memory * slow
    out.launch = p.floorUs! * slow + quant
    out.network = 0
    out.total = (p.floorUs! + body) * slow + quant
  }

  features({ batch, m, n, k }: GemmQuery, time: CoreTime, x: Float64Array): void {
    const { units } = this
    let i = 0
    x[i++] = Math.log(m)
    x[i++] = Math.log(n)
    x[i++] = Math.log(k)
    x[i++] = Math.log(time.compute)
    x[i++] = Math.log(time.memory)
    x[i++] = x[i - 3]! - x[i - 2]!
    x[i++] = Math.log(time.total)
    x[i++] = x[0]! + x[1]!
    x[i++] = x[1]! - x[2]!
    x[i++] = x[1]! + x[2]!
    x[i++] = x[0]! + x[2]!
    x[i++] = this.hot
    x[i++] = this.split
    x[i++] = this.tile
    x[i++] = m % 64
    x[i++] = m % 256
    for (const [tm, tn] of WATCHED) {
      const waves = (batch * Math.ceil(m / tm) * Math.ceil(n / tn)) / units
      x[i++] = Math.log(waves)
      x[i++] = Math.log((Math.ceil(waves) * units * tm * tn) / (batch * m * n))
    }
    x[i++] = Math.log(batch)
    x[i++] = Math.log2(n & -n)
    x[i++] = Math.log2(k & -k)
    x[i++] = Math.log2(m & -m)
    x[i++] = Math.log(k / this.split)
    x[i++] = Math.log((batch * m * n) / this.tile)
  }
}
