// One block of a GPT-3 style transformer under tensor parallelism: attention with as many key as query
// heads, and a feed-forward part of two products with a GELU between. With d the model width, h heads,
// t devices, b sequences of s tokens; a device computes, for m = b s rows in prefill and b in decode, for
// q = s queries in prefill and 1 in decode against L = s keys in prefill and s + 1 in decode:
//
//   Q, K, V     3 products (m x d x d/t)          scores   bmm of b h/t: (q x d/h) (d/h x L)
//   weighted    bmm of b h/t: (q x L) (L x d/h)   output   product (m x d/t x d)
//   up, down    products (m x d x 4d/t), (m x 4d/t x d)
//   softmax over b h q/t rows of L; two layernorms of m x d; GELU of m 4d/t; two all-reduces of m d
//
// As in LLMCompass: no causal saving, nothing for reshapes, residuals, embedding or head. Under its modes
// every term takes the launch overhead of the device description besides, and the total is equal to
// LLMCompass' to the last bit.
import type { Dtype, HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { invalidDimension } from './check-call.js'
import type { EstimateOptions, LatencyModel } from './model.js'
import { requireTile } from './models/tile/machine.js'
import { tile } from './models/tile/model.js'

/** A transformer block and how it is run. */
export interface TransformerBlock {
  phase: 'prefill' | 'decode'
  /** Sequences. */
  batch: number
  /** Tokens of a sequence: of the prompt in prefill, already in the cache in decode. */
  sequence: number
  /** Width of the model, `heads` times the width of a head. GPT-3: 12288. */
  width: number
  /** Attention heads. GPT-3: 96. */
  heads: number
  /** Devices that share the block. */
  tensorParallel: number
  dtype: Dtype
}

/** Seconds of each part of a block on one device, and their sum. */
export interface TransformerBlockLatency {
  totalS: number
  parts: {
    qkvS: number
    scoresS: number
    weightedS: number
    outputS: number
    upS: number
    downS: number
    softmaxS: number
    /** Of one of the two. */
    layernormS: number
    geluS: number
    /** Of one of the two; 0 for a single device. */
    allReduceS: number
  }
}

/** An operation and how often it runs. */
export interface CountedCall {
  call: OpCall
  count: number
}

/**
 * The operations of a transformer block on one of its devices, in order.
 * @throws PerfModelError `invalid_dimension` when heads or width do not divide
 */
export function transformerCalls(block: TransformerBlock): CountedCall[] {
  const { batch, sequence, width, heads, tensorParallel: t, dtype } = block
  checkBlock(block)
  const prefill = block.phase === 'prefill'
  const rows = prefill ? batch * sequence : batch
  const queries = prefill ? sequence : 1
  const keys = prefill ? sequence : sequence + 1
  const products = (batch * heads) / t
  const matmul = (m: number, n: number, k: number): OpCall => ({ op: 'matmul', m, n, k, dtype })
  const bmm = (n: number, k: number): OpCall => ({
    op: 'bmm',
    batch: products,
    m: queries,
    n,
    k,
    dtype,
  })
  return [
    { call: matmul(rows, width / t, width), count: 3 },
    { call: bmm(keys, width / heads), count: 1 },
    { call: bmm(width / heads, keys), count: 1 },
    { call: matmul(rows, width, width / t), count: 1 },
    { call: matmul(rows, (4 * width) / t, width), count: 1 },
    { call: matmul(rows, width, (4 * width) / t), count: 1 },
    { call: { op: 'softmax', rows: products * queries, cols: keys, dtype }, count: 1 },
    { call: { op: 'layernorm', rows, cols: width, dtype }, count: 2 },
    { call: { op: 'gelu', elements: (rows * 4 * width) / t, dtype }, count: 1 },
    {
      call: { op: 'all_reduce', elements: rows * width, devices: t, dtype },
      count: t === 1 ? 0 : 2,
    },
  ]
}

/**
 * Time of a transformer block on one of its devices.
 * @param options - `mode` of the model `tile`; `model` for another model
 * @throws PerfModelError as {@link transformerCalls} and the model do
 */
export function transformerBlock(
  block: TransformerBlock,
  hardware: HardwareSpec,
  options: EstimateOptions & { model?: LatencyModel } = {},
): TransformerBlockLatency {
  const { model = tile, ...rest } = options
  const overheads = model === tile && rest.mode !== undefined ? requireTile(hardware).overheadS : {}
  const time = ({ call, count }: CountedCall) => {
    if (count === 0) return 0
    const overhead = (overheads as Record<string, number>)[call.op === 'bmm' ? 'matmul' : call.op]
    return model.estimate(call, hardware, rest).latencyS + (overhead ?? 0)
  }
  const calls = transformerCalls(block)
  const [oneOfQkvS, scoresS, weightedS, outputS, upS, downS, ...others] = calls.map(time) as Times
  const [softmaxS, layernormS, geluS, allReduceS] = others
  const qkvS = 3 * oneOfQkvS
  return {
    // In LLMCompass' order, on which the last bit depends.
    totalS:
      qkvS +
      scoresS +
      weightedS +
      outputS +
      upS +
      downS +
      (softmaxS + layernormS * 2) +
      geluS +
      allReduceS * 2,
    parts: {
      qkvS,
      scoresS,
      weightedS,
      outputS,
      upS,
      downS,
      softmaxS,
      layernormS,
      geluS,
      allReduceS,
    },
  }
}

type Times = [number, number, number, number, number, number, number, number, number, number]

function checkBlock({ batch, sequence, width, heads, tensorParallel }: TransformerBlock): void {
  const counts = { batch, sequence, width, heads, tensorParallel }
  for (const [key, value] of Object.entries(counts)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw invalidDimension('transformer', key, `${value} is not a positive integer`)
    }
  }
  if (width % heads !== 0) {
    throw invalidDimension('transformer', 'heads', `${heads} do not divide the width ${width}`)
  }
  if ((batch * heads) % tensorParallel !== 0 || width % tensorParallel !== 0) {
    throw invalidDimension(
      'transformer',
      'tensorParallel',
      `${tensorParallel} devices do not divide the heads or the width evenly`,
    )
  }
}
