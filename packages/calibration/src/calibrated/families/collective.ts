// Communication between the devices of a node, and between nodes: a step costs a latency and what crosses a
// device's links goes at a share of their bandwidth. NCCL moves short messages by a protocol of low latency
// and low bandwidth and long ones by another (LL, Simple); the cheaper of the two counts.
//
//   crossing = bytes 2 (n-1)/n for an all-reduce, bytes (n-1)/n for the others, bytes for point to point
//   steps    = 2 (n-1), n-1, 1
//   short    = steps shortStepUs + crossing / (shortLinkShare link scale)
//   long     = steps longStepUs + crossing / (longLinkShare link scale) + longUs
//   all-reduces: one shot, n-1 times the bytes in one step; two shots, as a ring in two; a tree, twice the
//   bytes in 2 log2(n); in the switch (NVLS), (n+1)/n times in two. Custom ones take one shot or two.
//   total    = floorUs + perLnDevicesUs ln(n) + min(short, long)           scale = (n/2)^-scaleLoss
//
// An all-to-all has allToAllStepsFactor times the steps and allToAllBytesFactor times the bytes: its sends go to
// all peers at once.
//
// Sources of the volumes: nccl-tests PERFORMANCE.md; of the protocols: arXiv 2507.04786, section 3.
import { adapterBandwidth } from '@flowsim/perf-model/parts'
import { type Core, type CoreTime, type Family, numberOf, type Parameters } from '../family.js'
import type { Traits } from '../traits.js'

/** How an all-reduce is done; `default` is a library's own choice, of rings above all. */
export type ReduceAlgorithm = 'default' | 'custom' | 'one_shot' | 'two_shot' | 'tree' | 'nvls'

/** A collective. */
export interface CollectiveQuery {
  op: 'all_reduce' | 'all_gather' | 'reduce_scatter' | 'all_to_all' | 'broadcast' | 'send'
  /** Of an all-reduce. */
  algorithm: ReduceAlgorithm
  /** Bytes of the whole tensor: gathered, before the scatter, or sent by one rank in all. */
  bytes: number
  devices: number
  devicesPerNode: number
  elementBytes: number
}

const OPS: readonly CollectiveQuery['op'][] = [
  'all_reduce',
  'all_gather',
  'reduce_scatter',
  'all_to_all',
  'broadcast',
  'send',
]

const ALGORITHMS: readonly ReduceAlgorithm[] = [
  'default',
  'custom',
  'one_shot',
  'two_shot',
  'tree',
  'nvls',
]

/** Operations that the correction tells apart; broadcasts, without rows, stand with gathers. */
const TOLD_APART = ['all_reduce', 'all_gather', 'reduce_scatter', 'all_to_all', 'send']
const NUMBERS = Object.fromEntries(
  OPS.map((op) => [op, TOLD_APART.indexOf(op === 'broadcast' ? 'all_gather' : op)]),
)

/** Numbers of operations in those of places, which profiles store: each stays as it is. */
const CODES: Record<CollectiveQuery['op'], number> = {
  all_reduce: 0,
  all_gather: 1,
  reduce_scatter: 2,
  all_to_all: 3,
  broadcast: 1,
  send: 4,
}

export const collective: Family<CollectiveQuery> = {
  name: 'collective',
  site: ({ op, devices }) => numberOf(CODES[op], devices),
  spot: ({ op, devices }) => numberOf(CODES[op], devices),
  parameters: [
    { name: 'floorUs', start: 4, low: 0.2, high: 200 },
    { name: 'perLnDevicesUs', start: 1, low: 0.01, high: 100 },
    { name: 'shortStepUs', start: 0.5, low: 0.005, high: 50 },
    { name: 'longStepUs', start: 1, low: 0.005, high: 50 },
    { name: 'shortLinkShare', start: 0.2, low: 0.0005, high: 2 },
    { name: 'longLinkShare', start: 0.7, low: 0.005, high: 2 },
    { name: 'longUs', start: 5, low: 0.05, high: 300 },
    { name: 'scaleLoss', start: 0.1, low: 0.001, high: 4 },
    { name: 'allReduceBytesFactor', start: 1, low: 0.3, high: 3 },
    { name: 'allToAllBytesFactor', start: 1, low: 0.1, high: 8 },
    { name: 'allToAllStepsFactor', start: 0.6, low: 0.02, high: 5 },
    { name: 'networkShare', start: 0.7, low: 0.01, high: 2 },
    { name: 'networkUs', start: 5, low: 0.05, high: 300 },
  ],
  lattice: {
    axes: [[0, 36]],
    dimensions({ bytes }, out) {
      out[0] = bytes
    },
    withDimensions: (query, [bytes = 1]) => ({ ...query, bytes }),
    rest: ({ op, algorithm, devices, devicesPerNode, elementBytes }) =>
      numberOf(
        ALGORITHMS.indexOf(algorithm),
        OPS.indexOf(op),
        devices,
        devicesPerNode,
        elementBytes * 8,
      ),
  },
  features: [
    'log2 bytes',
    'devices',
    'operation',
    'element bytes',
    'ln total',
    'ln launch/network',
    'log2 crossing',
    'long',
    'log2 bytes/device',
    'log2 elements',
    'between nodes',
    'devices per node',
    'ln link',
    'log2 crossing - ln link',
  ],
  values: { operation: TOLD_APART },
  core(device: Traits, _kind: string, p: Parameters): Core<CollectiveQuery> {
    return new CollectiveCore(device, p)
  },
}

/** Network of one device between nodes where none is described: one 200 Gbit/s adapter. */
const NETWORK = 25e3
/** Links of devices that describe none: PCIe 4 x16. */
const PCIE = 32e3

class CollectiveCore implements Core<CollectiveQuery> {
  private readonly link: number
  private readonly network: number
  private crossing = 0
  private long = false

  constructor(
    device: Traits,
    private readonly p: Parameters,
  ) {
    this.link = device.link || PCIE
    this.network = (adapterBandwidth(device.spec, 1) ?? NETWORK * 1e6) / 1e6
  }

  time(query: CollectiveQuery, out: CoreTime): void {
    const { p } = this
    const { op, bytes, devices: n, devicesPerNode, algorithm } = query
    const between = n > devicesPerNode
    const scale = (Math.max(2, n) / 2) ** -p.scaleLoss!
    const rate = between ? Math.min(this.link, this.network * p.networkShare!) : this.link * scale
    const share = (n - 1) / Math.max(1, n)
    let moved: number
    if (op !== 'all_reduce') {
      const toAll = op === 'all_to_all'
      const one = op === 'send'
      moved = this.move(
        one ? 1 : (toAll ? p.allToAllStepsFactor! : 1) * (n - 1),
        bytes * (one ? 1 : share * (toAll ? p.allToAllBytesFactor! : 1)),
        rate,
      )
    } else if (algorithm === 'custom') {
      const oneShot = this.reduce('one_shot', bytes, n, rate)
      moved = this.reduce('two_shot', bytes, n, rate)
      if (oneShot < moved) moved = this.reduce('one_shot', bytes, n, rate)
    } else moved = this.reduce(algorithm, bytes, n, rate)
    const launch =
      p.floorUs! + p.perLnDevicesUs! * Math.log(Math.max(1, n)) + (between ? p.networkUs! : 0)
    out.compute = 0
    out.memory = 0
    out.launch = launch
    out.network = moved
    out.total = launch + moved
  }

  private reduce(algorithm: ReduceAlgorithm, bytes: number, n: number, rate: number): number {
    const rr = this.p.allReduceBytesFactor! * bytes
    switch (algorithm) {
      case 'one_shot':
        return this.move(1, rr * (n - 1), rate)
      case 'two_shot':
        return this.move(2, (2 * rr * (n - 1)) / n, rate)
      case 'tree':
        return this.move(2 * Math.ceil(Math.log2(Math.max(1, n))), 2 * rr, rate)
      case 'nvls':
        return this.move(2, (rr * (n + 1)) / n, rate)
      default:
        return this.move(2 * (n - 1), (2 * rr * (n - 1)) / Math.max(1, n), rate)
    }
  }

  /** Time of so many steps and bytes over links of a rate, by the faster of the two protocols. */
  private move(steps: number, crossing: number, rate: number): number {
    const { p } = this
    const short = steps * p.shortStepUs! + crossing / (p.shortLinkShare! * rate)
    const long = steps * p.longStepUs! + crossing / (p.longLinkShare! * rate) + p.longUs!
    this.crossing = crossing
    this.long = long < short
    return Math.min(short, long)
  }

  features(q: CollectiveQuery, time: CoreTime, x: Float64Array): void {
    const bytes = Math.log2(Math.max(1, q.bytes))
    x[0] = bytes
    x[1] = q.devices
    x[2] = NUMBERS[q.op]!
    x[3] = q.elementBytes
    x[4] = Math.log(time.total)
    x[5] = Math.log(time.launch / time.network + 1e-6)
    x[6] = Math.log2(Math.max(1, this.crossing))
    x[7] = this.long ? 1 : 0
    x[8] = bytes - Math.log2(q.devices)
    x[9] = Math.log2(Math.max(1, q.bytes / q.elementBytes))
    x[10] = q.devices > q.devicesPerNode ? 1 : 0
    x[11] = q.devicesPerNode
    x[12] = Math.log(this.link)
    x[13] = x[6] - x[12]
  }
}
