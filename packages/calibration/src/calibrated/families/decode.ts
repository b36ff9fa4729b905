// Attention of one or few query tokens over a cache (flash decoding): keys are split over the compute
// units; the parts are combined at the end.
//
//   block   = max(128 (d + dv) cache bytes / (unitLoadShare 64 clock),
//                 2 rows 128 (d + dv) / (computeShare peak/units))
//   compute = min over splits: ceil(tasks split / units) (ceil(blocks / split) block + taskUs)
//             [+ splitUs + splitBytesFactor batch heads dv split 8 / l2 where split > 1]
//   memory  = keys and values / (memoryShare dram, or cacheShare 64 clock units if hot)
//   total   = floorUs + perLnSequencesUs ln(batch) + overlap(compute, memory)
import { type Core, type CoreTime, type Family, overlap, type Parameters } from '../family.js'
import type { Traits } from '../traits.js'
import {
  type AttentionKind,
  type AttentionQuery,
  attentionKind,
  attentionSite,
  DECODE_LATTICE,
  reachOf,
  windowFeature,
} from './attention-kinds.js'
import { Memory, unitLoad, unitRate } from './resources.js'

const KEY_BLOCK = 128
const SPLITS = [1, 2, 4, 8, 16, 32, 64, 128]

export const decode: Family<AttentionQuery> = {
  name: 'decode',
  site: attentionSite,
  spot: attentionSite,
  parameters: [
    { name: 'computeShare', start: 0.5, low: 0.02, high: 1.3 },
    { name: 'memoryShare', start: 0.85, low: 0.1, high: 1.2 },
    { name: 'floorUs', start: 10, low: 1, high: 200 },
    { name: 'perLnSequencesUs', start: 0.1, low: 0.001, high: 10 },
    { name: 'unitLoadShare', start: 1, low: 0.05, high: 6 },
    { name: 'taskUs', start: 1, low: 0.02, high: 20 },
    { name: 'splitUs', start: 1.5, low: 0.05, high: 20 },
    { name: 'splitBytesFactor', start: 0.5, low: 0.01, high: 5 },
    { name: 'overlapPower', start: 3, low: 1.1, high: 12 },
    { name: 'cacheShare', start: 0.5, low: 0.05, high: 4 },
    { name: 'cacheCapacityShare', start: 1, low: 0.05, high: 2 },
    { name: 'cacheSteepness', start: 8, low: 2, high: 40 },
  ],
  lattice: DECODE_LATTICE,
  features: [
    'ln batch',
    'ln keys',
    'ln heads',
    'ln kv heads',
    'ln group',
    'dim/64',
    'value dim/64',
    'ln reach',
    'window',
    'ln compute',
    'ln memory',
    'ln compute/memory',
    'ln total',
    'ln waves',
    'ln idle',
    'ln split',
    'hot',
    'ln bytes',
    'ln batch heads',
    'ln batch kv heads',
    'ln batch reach',
    'ln bytes/cache',
    'ln idle heads',
    'reach mod 128',
    'ln units',
    'ln queries',
    'ln window',
    'ln reach group',
  ],
  core(device: Traits, kind: string, p: Parameters): Core<AttentionQuery> {
    return new DecodeCore(device, attentionKind(kind), p)
  },
}

class DecodeCore implements Core<AttentionQuery> {
  private readonly unitRate: number
  private readonly pull: number
  private readonly memory: Memory
  private split = 1
  private tasks = 1
  private hot = 0
  private bytes = 0

  constructor(
    private readonly device: Traits,
    private readonly kind: AttentionKind,
    private readonly p: Parameters,
  ) {
    this.unitRate = unitRate(device, kind.compute, p)
    this.pull = unitLoad(device, p)
    this.memory = new Memory(device, p)
  }

  time(query: AttentionQuery, out: CoreTime): void {
    const { p, kind, device } = this
    const { batch, queryLen, heads, kvHeads, dim, dimV } = query
    const keys = Math.min(query.kvLen, reachOf(query) + queryLen - 1)
    const rows = (queryLen * heads) / kvHeads
    const rowBlocks = Math.ceil(rows / 64)
    const tasks = batch * kvHeads * rowBlocks
    const width = query.latent ? dim : dim + dimV
    const load = (KEY_BLOCK * width * kind.cacheBytes) / this.pull
    const math = (2 * Math.min(64, Math.max(16, rows)) * KEY_BLOCK * (dim + dimV)) / this.unitRate
    const block = Math.max(load, math)
    const blocks = Math.max(1, keys / KEY_BLOCK)
    let best = Infinity
    for (const split of SPLITS) {
      if (split > 1 && (blocks < split || tasks * split > 8 * device.units)) break
      const waves = Math.ceil((tasks * split) / device.units)
      let time = waves * ((blocks / split) * block + p.taskUs!)
      if (split > 1)
        time +=
          p.splitUs! +
          (p.splitBytesFactor! * batch * queryLen * heads * dimV * split * 8) / this.memory.cache
      if (time < best) {
        best = time
        this.split = split
      }
    }
    const bytes =
      batch * keys * kvHeads * width * kind.cacheBytes +
      batch * queryLen * heads * (dim + dimV) * kind.queryBytes
    const hot = query.warm ? this.memory.hotShare(bytes, p.cacheSteepness!, 20) : 0
    const memory = this.memory.time(bytes, hot)
    this.tasks = tasks
    this.hot = hot
    this.bytes = bytes
    out.compute = best
    out.memory = memory
    out.launch = p.floorUs! + p.perLnSequencesUs! * Math.log(batch)
    out.network = 0
    out.total = out.launch + overlap(best, memory, p.overlapPower!)
  }

  features(q: AttentionQuery, time: CoreTime, x: Float64Array): void {
    const { units } = this.device
    const waves = this.tasks / units
    const keys = reachOf(q)
    const group = q.heads / q.kvHeads
    x[0] = Math.log(q.batch)
    x[1] = Math.log(q.kvLen)
    x[2] = Math.log(q.heads)
    x[3] = Math.log(q.kvHeads)
    x[4] = Math.log(group)
    x[5] = q.dim / 64
    x[6] = q.dimV / 64
    x[7] = Math.log(keys)
    x[8] = windowFeature(q)
    x[9] = Math.log(time.compute)
    x[10] = Math.log(time.memory)
    x[11] = x[9] - x[10]
    x[12] = Math.log(time.total)
    x[13] = Math.log(waves)
    x[14] = Math.log(Math.ceil(waves) / waves)
    x[15] = Math.log(this.split)
    x[16] = this.hot
    x[17] = Math.log(this.bytes)
    x[18] = x[0] + x[2]
    x[19] = x[0] + x[3]
    x[20] = x[0] + x[7]
    x[21] = x[17] - Math.log(this.device.l2Bytes)
    const heads = (q.batch * q.heads) / units
    x[22] = Math.log(Math.ceil(heads) / heads)
    x[23] = (keys % 128) / 128
    x[24] = Math.log(units)
    x[25] = Math.log(q.queryLen)
    x[26] = Math.log(q.window || q.kvLen)
    x[27] = x[7] + x[4]
  }
}
