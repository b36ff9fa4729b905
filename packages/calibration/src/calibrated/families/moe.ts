// One rank's fused mixture of experts: routing and permutation, two grouped matrix multiplications, and the
// sum of the experts' results.
//
//   step    = max(2 tm tn / (computeShare peak/units * tm tn / (tm tn + smallTileLoss 4096)),
//                 (tm a + tn w) / (unitLoadShare 64 clock))
//   grouped = min over tiles: ceil(row blocks * ceil(n / tn) / units) (step k + taskUs)
//   memory  = active experts' weights / (memoryShare dram, or cacheShare 64 clock units if hot)
//   total   = floorUs + perLnRowsUs ln(1 + rows) + overlap(grouped_1 + grouped_2, memory)
//             + moved / (permuteMemoryShare dram)
//
// moved counts the rows that are permuted, activated and summed; expert-load.ts gives rows and blocks.
import {
  type Core,
  type CoreTime,
  type Family,
  numberOf,
  overlap,
  type Parameters,
} from '../family.js'
import type { Traits } from '../traits.js'
import { type ExpertLoad, expertLoad } from './expert-load.js'
import { type MoeKind, moeKind } from './moe-kinds.js'
import { Memory } from './resources.js'
import { type Tile, tileSteps } from './tiles.js'

/** A fused mixture of experts on one rank. */
export interface MoeQuery {
  tokens: number
  hidden: number
  /** Intermediate width of an expert on this rank. */
  inter: number
  topk: number
  /** Experts of all ranks. */
  experts: number
  tensorParallel: number
  expertParallel: number
  /** Exponent of the power law of the experts' load; 0 for a balanced load. */
  alpha: number
  warm: boolean
}

const TILES: readonly Tile[] = [
  [16, 64],
  [16, 128],
  [16, 256],
  [64, 128],
  [64, 256],
  [128, 128],
  [128, 256],
]

export const moe: Family<MoeQuery> = {
  name: 'moe',
  site: (q) => numberOf(q.hidden, q.inter * q.tensorParallel, q.topk, q.experts),
  spot: (q) =>
    numberOf(
      q.hidden,
      q.inter,
      q.topk,
      q.experts,
      q.tensorParallel,
      q.expertParallel,
      q.alpha * 1000,
    ),
  parameters: [
    { name: 'computeShare', start: 0.7, low: 0.05, high: 1.3 },
    { name: 'memoryShare', start: 0.82, low: 0.1, high: 1.2 },
    { name: 'floorUs', start: 15, low: 1, high: 200 },
    { name: 'perLnRowsUs', start: 0.3, low: 0.001, high: 20 },
    { name: 'smallTileLoss', start: 0.3, low: 0.01, high: 4 },
    { name: 'unitLoadShare', start: 1, low: 0.05, high: 6 },
    { name: 'taskUs', start: 1, low: 0.02, high: 20 },
    { name: 'overlapPower', start: 3, low: 1.1, high: 12 },
    { name: 'permuteMemoryShare', start: 0.5, low: 0.02, high: 4 },
    { name: 'cacheCapacityShare', start: 1, low: 0.05, high: 2 },
    { name: 'cacheShare', start: 0.5, low: 0.05, high: 4 },
    { name: 'weightTrafficFactor', start: 1, low: 0.3, high: 4 },
  ],
  lattice: {
    axes: [[0, 18]],
    dimensions({ tokens }, out) {
      out[0] = tokens
    },
    withDimensions: (query, [tokens = 1]) => ({ ...query, tokens }),
    rest: (query) => moe.spot(query),
  },
  features: [
    'ln tokens',
    'ln hidden',
    'ln inter',
    'ln topk',
    'ln experts',
    'ln tensor parallel',
    'ln expert parallel',
    'alpha',
    'ln experts/rank',
    'ln rows',
    'ln active',
    'ln rows/active',
    'ln most',
    'ln most/mean',
    'ln blocks 64',
    'ln blocks 128',
    'ln compute',
    'ln memory',
    'ln compute/memory',
    'ln total',
    'ln moved',
    'hot',
    'ln hidden inter',
    'ln hidden/inter',
    'ln tokens topk',
    'ln active hidden inter',
    'ln waves 16x128 up',
    'ln waves 16x128 down',
    'ln waves 64x128 up',
    'ln waves 64x128 down',
    'ln waves 128x128 up',
    'ln waves 128x128 down',
    'ln waves 128x256 up',
    'ln waves 128x256 down',
    'inter mod 128',
    'hidden mod 256',
    'ln rows hidden',
    'ln rows inter',
    'ln units',
    'inter mod 64',
  ],
  core(device: Traits, kind: string, p: Parameters): Core<MoeQuery> {
    return new MoeCore(device, moeKind(kind), p)
  },
}

class MoeCore implements Core<MoeQuery> {
  private readonly steps: Float64Array
  private readonly memory: Memory
  private load: ExpertLoad = expertLoad(1, 1, 1, 1, 0)
  private hot = 0
  private moved = 0

  constructor(
    private readonly device: Traits,
    private readonly kind: MoeKind,
    private readonly p: Parameters,
  ) {
    this.steps = tileSteps(TILES, device, kind, p)
    this.memory = new Memory(device, p)
  }

  time(query: MoeQuery, out: CoreTime): void {
    const { p, kind, device } = this
    const { tokens, hidden, inter } = query
    const load = expertLoad(tokens, query.experts, query.topk, query.expertParallel, query.alpha)
    this.load = load
    const gates = kind.gated ? 2 : 1
    const compute = this.grouped(load, gates * inter, hidden) + this.grouped(load, hidden, inter)
    const weights = load.active * (gates + 1) * hidden * inter * kind.weightBytes
    const hot = query.warm ? this.memory.hotShare(weights, 6, 8) : 0
    this.hot = hot
    const memory = this.memory.time(weights * p.weightTrafficFactor!, hot)
    const moved = 2 * tokens * hidden * 2 + load.rows * (2 * hidden * 2 + (gates + 1) * inter * 2)
    this.moved = moved
    const tail = moved / (device.dram * p.permuteMemoryShare!)
    out.compute = compute
    out.memory = memory + tail
    out.launch = p.floorUs! + p.perLnRowsUs! * Math.log1p(load.rows)
    out.network = 0
    out.total = out.launch + overlap(compute, memory, p.overlapPower!) + tail
  }

  private grouped(load: ExpertLoad, n: number, k: number): number {
    const { steps, p, device } = this
    let best = Infinity
    for (let t = 0; t < TILES.length; t++) {
      const [tm, tn] = TILES[t]!
      const blocks = tm === 16 ? load.blocks16 : tm === 64 ? load.blocks64 : load.blocks128
      const waves = (blocks * Math.ceil(n / tn)) / device.units
      // Loads are means over draws, so only the first wave is a whole one for sure.
      const whole = Math.max(1, waves)
      const time = whole * (steps[t]! * k + p.taskUs!)
      if (time < best) best = time
    }
    return best
  }

  features(q: MoeQuery, time: CoreTime, x: Float64Array): void {
    const { load } = this
    const { units } = this.device
    const log = Math.log
    const rows = log(load.rows)
    const active = log(load.active)
    x[0] = log(q.tokens)
    x[1] = log(q.hidden)
    x[2] = log(q.inter)
    x[3] = log(q.topk)
    x[4] = log(q.experts)
    x[5] = log(q.tensorParallel)
    x[6] = log(q.expertParallel)
    x[7] = q.alpha
    x[8] = log(q.experts / q.expertParallel)
    x[9] = rows
    x[10] = active
    x[11] = rows - active
    x[12] = log(load.most)
    x[13] = x[12] - x[11]
    x[14] = log(load.blocks64)
    x[15] = log(load.blocks128)
    x[16] = log(time.compute)
    x[17] = log(time.memory)
    x[18] = x[16] - x[17]
    x[19] = log(time.total)
    x[20] = log(this.moved)
    x[21] = this.hot
    x[22] = x[1] + x[2]
    x[23] = x[1] - x[2]
    x[24] = x[0] + x[3]
    x[25] = active + x[1] + x[2]
    let i = 26
    for (const [blocks, tn] of [
      [load.blocks16, 128],
      [load.blocks64, 128],
      [load.blocks128, 128],
      [load.blocks128, 256],
    ] as const) {
      for (const n of [2 * q.inter, q.hidden]) {
        const waves = (blocks * Math.ceil(n / tn)) / units
        x[i++] = log(waves)
      }
    }
    x[34] = (q.inter % 128) / 128
    x[35] = (q.hidden % 256) / 256
    x[36] = rows + x[1]
    x[37] = rows + x[2]
    x[38] = log(units)
    x[39] = (q.inter % 64) / 64
  }
}
