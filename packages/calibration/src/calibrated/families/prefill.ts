// Attention of many query tokens (FlashAttention, arXiv 2205.14135 and 2407.08608): blocks of tq queries of
// one head each walk over their keys in blocks of 128, in waves over the compute units.
//
//   block   = max((2 tq 128 (d + dv) (1 + smallHeadLoss 64 / d)) / (computeShare peak/units),
//                 softmaxShare tq 128 / (units' exp rate))
//   compute = longest task where all fit at once, else work/units plus half of the longest task's tail
//   memory  = (q + o + keys + values, read, and the cache written)
//             / (memoryShare dram, or cacheShare 64 clock units if hot)
//   total   = (floorUs + perLnSequencesUs ln(batch) + overlap(compute, memory))
//             (1 + throttleLoss ln(compute / 500 us))
import { type Core, type CoreTime, type Family, overlap, type Parameters } from '../family.js'
import type { Traits } from '../traits.js'
import {
  type AttentionKind,
  type AttentionQuery,
  attentionKind,
  attentionSite,
  meanPairs,
  PREFILL_LATTICE,
  reachOf,
  windowFeature,
} from './attention-kinds.js'
import { Memory, throttled, unitRate } from './resources.js'

const QUERY_BLOCK = 128
const KEY_BLOCK = 128

export const prefill: Family<AttentionQuery> = {
  name: 'prefill',
  site: attentionSite,
  spot: attentionSite,
  parameters: [
    { name: 'computeShare', start: 0.7, low: 0.05, high: 1.3 },
    { name: 'memoryShare', start: 0.7, low: 0.1, high: 1.2 },
    { name: 'floorUs', start: 12, low: 1, high: 200 },
    { name: 'perLnSequencesUs', start: 0.1, low: 0.001, high: 10 },
    { name: 'smallHeadLoss', start: 0.3, low: 0.01, high: 4 },
    { name: 'softmaxShare', start: 0.3, low: 0.01, high: 4 },
    { name: 'taskUs', start: 1, low: 0.02, high: 20 },
    { name: 'tailShare', start: 0.4, low: 0.01, high: 1.5 },
    { name: 'cacheWriteFactor', start: 1, low: 0.1, high: 6 },
    { name: 'overlapPower', start: 3, low: 1.1, high: 12 },
    { name: 'cacheShare', start: 0.5, low: 0.05, high: 4 },
    { name: 'cacheCapacityShare', start: 1, low: 0.05, high: 2 },
    { name: 'throttleLoss', start: 0.01, low: 0.0005, high: 0.2 },
  ],
  lattice: PREFILL_LATTICE,
  features: [
    'ln batch',
    'ln queries',
    'ln keys',
    'ln heads',
    'ln kv heads',
    'ln group',
    'dim/64',
    'value dim/64',
    'ln window',
    'window',
    'ln compute',
    'ln memory',
    'ln compute/memory',
    'ln total',
    'ln waves',
    'ln idle',
    'ln waves 64',
    'ln idle 64',
    'ln packed waves',
    'ln packed idle',
    'ln longest',
    'ln work/units',
    'ln longest/work',
    'hot',
    'ln moved',
    'ln batch heads',
    'ln batch kv heads',
    'ln batch queries',
    'ln batch queries kv heads',
    'queries mod 128',
    'ln units',
  ],
  core(device: Traits, kind: string, p: Parameters): Core<AttentionQuery> {
    return new PrefillCore(device, attentionKind(kind), p)
  },
}

/**
 * Pairs of whole blocks over those that count, for sequences of the mean lengths: FlashAttention-2's blocks of 128
 * queries and 128 keys, 64 for wide heads (csrc/flash_attn/src/flash_fwd_launch_template.h).
 */
function wholeShare(query: AttentionQuery): number {
  const { queryLen, kvLen, dim, causal } = query
  const width = dim > 64 ? KEY_BLOCK / 2 : KEY_BLOCK
  const blocks = Math.ceil(queryLen / QUERY_BLOCK)
  const reach = reachOf(query)
  const most = Math.ceil(Math.min(kvLen, reach + QUERY_BLOCK) / width)
  let keys = blocks * most
  if (causal && reach === kvLen) {
    // Blocks of a causal mask see one block of queries more than the one before.
    const before = Math.max(0, kvLen - queryLen)
    const step = QUERY_BLOCK / width
    const first = Math.ceil((before + QUERY_BLOCK) / width)
    keys = blocks * first + (step * blocks * (blocks - 1)) / 2
    // The last block of queries may end beyond the keys.
    keys -= Math.max(0, first + step * (blocks - 1) - Math.ceil(kvLen / width))
  }
  return Math.max(1, (keys * width * QUERY_BLOCK) / meanPairs({ ...query, batch: 1 }))
}

class PrefillCore implements Core<AttentionQuery> {
  private readonly unitRate: number
  private readonly expRate: number
  private readonly memory: Memory
  private tasks = 0
  private longest = 0
  private work = 0
  private hot = 0
  private moved = 0

  constructor(
    private readonly device: Traits,
    private readonly kind: AttentionKind,
    private readonly p: Parameters,
  ) {
    this.unitRate = unitRate(device, kind.compute, p)
    // Sixteen exponentials a cycle and compute unit, on NVIDIA GPUs since Volta.
    this.expRate = 16 * device.clock
    this.memory = new Memory(device, p)
  }

  time(query: AttentionQuery, out: CoreTime): void {
    const { p, kind, device } = this
    const { batch, queryLen, kvLen, heads, kvHeads, dim, dimV, pairs } = query
    const window = reachOf(query)
    const blocks = Math.ceil(queryLen / QUERY_BLOCK)
    const rows = queryLen < QUERY_BLOCK ? Math.max(16, Math.ceil(queryLen / 16) * 16) : QUERY_BLOCK
    const pairRate = (2 * (dim + dimV) * (1 + (p.smallHeadLoss! * 64) / dim)) / this.unitRate
    const pairTime = Math.max(pairRate, p.softmaxShare! / this.expRate)
    const tasks = batch * heads * blocks
    const reach = Math.min(kvLen, window + rows)
    const longest = Math.ceil(reach / KEY_BLOCK) * KEY_BLOCK * rows * pairTime + p.taskUs!
    // Blocks on the diagonal and at the window's edge are computed whole.
    const edge = query.causal || window < kvLen ? 0.5 * KEY_BLOCK * rows : 0
    const full = kind.wholeBlocks
      ? heads * pairs * wholeShare(query)
      : Math.max(heads * pairs + tasks * edge, tasks * Math.min(reach, KEY_BLOCK) * rows)
    const work = full * pairTime + tasks * p.taskUs!
    const units = device.units
    const compute =
      tasks <= units
        ? longest
        : Math.max(longest, work / units) + p.tailShare! * longest * (1 - units / tasks)
    const tokens = batch * queryLen
    const keys = batch * kvLen
    const cacheWidth = kvHeads * (query.latent ? dim : dim + dimV)
    const moved =
      tokens * heads * (dim + dimV) * kind.queryBytes +
      keys * cacheWidth * kind.cacheBytes +
      p.cacheWriteFactor! * tokens * cacheWidth * (2 + kind.cacheBytes)
    const hot = query.warm ? this.memory.hotShare(moved, 6, 8) : 0
    const memory = this.memory.time(moved, hot)
    const slow = throttled(compute, p)
    const launch = p.floorUs! + p.perLnSequencesUs! * Math.log(batch)
    this.tasks = tasks
    this.longest = longest
    this.work = work
    this.hot = hot
    this.moved = moved
    out.compute = compute * slow
    out.memory = memory * slow
    out.launch = launch * slow
    out.network = 0
    out.total = (launch + overlap(compute, memory, p.overlapPower!)) * slow
  }

  features(q: AttentionQuery, time: CoreTime, x: Float64Array): void {
    const { units } = this.device
    const waves = this.tasks / units
    const group = q.heads / q.kvHeads
    const half = (q.batch * q.heads * Math.ceil(q.queryLen / 64)) / units
    const packed = (q.batch * q.kvHeads * Math.ceil((q.queryLen * group) / 128)) / units
    x[0] = Math.log(q.batch)
    x[1] = Math.log(q.queryLen)
    x[2] = Math.log(q.kvLen)
    x[3] = Math.log(q.heads)
    x[4] = Math.log(q.kvHeads)
    x[5] = Math.log(group)
    x[6] = q.dim / 64
    x[7] = q.dimV / 64
    x[8] = Math.log(q.window || q.kvLen)
    x[9] = windowFeature(q)
    x[10] = Math.log(time.compute)
    x[11] = Math.log(time.memory)
    x[12] = x[10] - x[11]
    x[13] = Math.log(time.total)
    x[14] = Math.log(waves)
    x[15] = Math.log(Math.ceil(waves) / waves)
    x[16] = Math.log(half)
    x[17] = Math.log(Math.ceil(half) / half)
    x[18] = Math.log(packed)
    x[19] = Math.log(Math.ceil(packed) / packed)
    x[20] = Math.log(this.longest)
    x[21] = Math.log(this.work / units)
    x[22] = x[20] - x[21]
    x[23] = this.hot
    x[24] = Math.log(this.moved)
    x[25] = x[0] + x[3]
    x[26] = x[0] + x[4]
    x[27] = x[0] + x[1]
    x[28] = x[0] + x[1] + x[4]
    x[29] = (q.queryLen % 128) / 128
    x[30] = Math.log(units)
  }
}
