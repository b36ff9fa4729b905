// Convolutions as the multiplications out[m,n] = pixels[m,k] taps[k,n] that they are without their operands being
// laid out as such: tiles that gather their pixels, or threads that take one result each.
//
//   step    = max(2 tm tn / (computeShare peak/units), (tm a + tn w) / (unitLoadShare 64 clock),
//                 tm / (vector gatherPerClock clock))
//   tiled   = min over tiles, splits: ceil(groups tiles split / units) (step k/split + taskUs)
//   direct  = m n k groups / (units clock directPerClock)
//   memory  = (read + written) / (memoryShare dram)
//   layout  = layoutShare (pixels + results) / (memoryShare dram)
//   total   = floorUs + min(overlap(tiled, memory + layout), overlap(direct, memory))
//
// `vector` is how many channels a copy to shared memory moves at once, at most 16 bytes of them: one where there are
// three. `layout` is what kernels that change the order of channels and pixels take, where there is more than one tap, a
// stride, or planes that are not whole vectors.
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
import { unitLoad, unitRate } from './resources.js'

/** Directions that the correction tells apart; profiles store these names. */
export const DIRECTIONS = ['forward', 'data_grad', 'weight_grad'] as const

/** A convolution: `m` pixels of all images, `n` channels and `k` products of a result, for each group. */
export interface ConvQuery {
  groups: number
  m: number
  n: number
  k: number
  /** Channels of a group that lie side by side. */
  channels: number
  /** Elements that are read and written. */
  moved: number
  /** Elements whose order changes: input and output; none where the planes are multiplied as they are. */
  planes: number
  /** Place among {@link DIRECTIONS}. */
  direction: number
  dimensions: number
}

const TILES = [
  [64, 32],
  [64, 64],
  [128, 32],
  [128, 64],
  [128, 128],
  [256, 64],
  [256, 128],
] as const
const SPLITS = [1, 2, 4, 8, 16]
const VECTOR_BYTES = 16

export const conv: Family<ConvQuery> = {
  name: 'conv',
  site: ({ groups, n, k }) => numberOf(groups, n, k),
  spot: ({ groups, n, k }) => numberOf(groups, n, k),
  parameters: [
    { name: 'floorUs', start: 4, low: 0.3, high: 100 },
    { name: 'computeShare', start: 0.6, low: 0.02, high: 1.2 },
    { name: 'memoryShare', start: 0.8, low: 0.1, high: 1.1 },
    { name: 'unitLoadShare', start: 0.6, low: 0.05, high: 6 },
    { name: 'gatherPerClock', start: 1, low: 0.02, high: 16 },
    { name: 'directPerClock', start: 8, low: 0.1, high: 200 },
    { name: 'layoutShare', start: 1, low: 0.01, high: 6 },
    { name: 'taskUs', start: 1, low: 0.02, high: 20 },
    { name: 'overlapPower', start: 2, low: 1.05, high: 10 },
  ],
  features: [
    'ln m',
    'ln n',
    'ln k',
    'ln groups',
    'ln total',
    'ln compute/memory',
    'vector',
    'direct',
    'direction',
    'dimensions',
    'ln moved',
    'ln tiles',
  ],
  values: { direction: DIRECTIONS },
  core(device: Traits, name: string, p: Parameters): Core<ConvQuery> {
    return new ConvCore(device, gemmKind(name), p)
  },
}

class ConvCore implements Core<ConvQuery> {
  private vector = 1
  private direct = 0
  private tiles = 1

  constructor(
    private readonly device: Traits,
    private readonly kind: GemmKind,
    private readonly p: Parameters,
  ) {}

  time({ groups, m, n, k, channels, moved, planes }: ConvQuery, out: CoreTime): void {
    const { p, kind, device } = this
    const most = VECTOR_BYTES / kind.inputBytes
    this.vector = Math.min(most, channels & -channels || 1)
    const peak = unitRate(device, kind.compute, p)
    const pull = unitLoad(device, p)
    const gather = this.vector * p.gatherPerClock! * device.clock
    let best = Infinity
    for (const [tm, tn] of TILES) {
      const tiles = groups * Math.ceil(m / tm) * Math.ceil(n / tn)
      const load = (tm * kind.inputBytes + tn * kind.weightBytes) / pull
      const step = Math.max((2 * tm * tn) / peak, load, tm / gather)
      for (const split of SPLITS) {
        if (split > 1 && (k < 256 * split || tiles * split > 2 * device.units)) break
        const waves = Math.ceil((tiles * split) / device.units)
        const time = waves * ((step * k) / split + p.taskUs!)
        if (time < best) {
          best = time
          this.tiles = tiles
        }
      }
    }
    const direct = (groups * m * n * k) / (device.units * device.clock * p.directPerClock!)
    const stream = kind.inputBytes / (device.dram * p.memoryShare!)
    const memory = moved * stream
    const layout = p.layoutShare! * planes * stream
    const tiled = overlap(best, memory + layout, p.overlapPower!)
    const single = overlap(direct, memory, p.overlapPower!)
    this.direct = single < tiled ? 1 : 0
    out.compute = this.direct === 1 ? direct : best
    out.memory = this.direct === 1 ? memory : memory + layout
    out.launch = p.floorUs!
    out.network = 0
    out.total = p.floorUs! + Math.min(tiled, single)
  }

  features(q: ConvQuery, time: CoreTime, x: Float64Array): void {
    x[0] = Math.log(q.m)
    x[1] = Math.log(q.n)
    x[2] = Math.log(q.k)
    x[3] = Math.log(q.groups)
    x[4] = Math.log(time.total)
    x[5] = Math.log(time.compute / time.memory)
    x[6] = this.vector
    x[7] = this.direct
    x[8] = q.direction
    x[9] = q.dimensions
    x[10] = Math.log(q.moved)
    x[11] = Math.log(this.tiles)
  }
}
