import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DTYPES, type Dtype, dtypeBytes } from '../dtype.js'
import { anyCall } from '../testing/any-call.js'
import { attentionPairs } from './attention.js'
import { OP_NAMES, OPERATIONS, type OpCall, type OpCallOf, type OpName, opWork } from './index.js'
import type { Field } from './shared/fields.js'

const B = (dtype: Dtype | undefined, otherwise: Dtype = 'fp32') => dtypeBytes(dtype ?? otherwise)
/** Bytes of a result that is bf16 where the operands are narrower. */
const outB = (c: { dtype: Dtype; outDtype?: Dtype | undefined }) =>
  c.outDtype ? B(c.outDtype) : Math.max(2, B(c.dtype))
const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)

/** [FLOPs, bytes read, bytes written, bytes over links] of each operation, written out. */
const CLOSED_FORMS: { [Op in OpName]: (c: OpCallOf<Op>) => number[] } = {
  matmul: (c) => [
    2 * c.m * c.n * c.k,
    c.m * c.k * B(c.dtype) + c.k * c.n * B(c.weightDtype, c.dtype) + (c.bias ? c.n * outB(c) : 0),
    c.m * c.n * outB(c),
  ],
  bmm: (c) => [
    2 * c.batch * c.m * c.n * c.k,
    (c.shared === 'left' ? 1 : c.batch) * c.m * c.k * B(c.dtype) +
      (c.shared === 'right' ? 1 : c.batch) * c.k * c.n * B(c.weightDtype, c.dtype),
    c.batch * c.m * c.n * outB(c),
  ],
  grouped_gemm: (c) => {
    const p = Math.min(1, (c.topk ?? 1) / c.groups)
    const active = c.activeGroups ?? c.groups * (1 - (1 - p) ** (c.m / (c.topk ?? 1)))
    return [
      2 * c.m * c.n * c.k,
      c.m * c.k * B(c.dtype) + active * c.k * c.n * B(c.weightDtype, c.dtype),
      c.m * c.n * outB(c),
    ]
  },
  moe: (c) => {
    const tp = c.tensorParallel ?? 1
    const ep = c.expertParallel ?? 1
    // Gate, up and down: three matrices of hidden × inter an expert.
    const matrix = (c.hidden * c.inter) / tp
    const touched = c.experts * (1 - (1 - Math.min(1, c.topk / c.experts)) ** c.tokens)
    return [
      (c.tokens * c.topk * 3 * 2 * matrix) / ep,
      (touched / ep) * 3 * matrix * B(c.weightDtype, c.dtype) + c.tokens * c.hidden * B(c.dtype),
      c.tokens * c.hidden * outB(c),
    ]
  },
  attention: (c) => {
    const v = c.headDimV ?? c.headDim
    const pairs = attentionPairs(c)
    const left = c.causal
      ? (c.window ?? Infinity) - 1
      : c.window === undefined
        ? Infinity
        : Math.max(0, c.window - 1 - (c.windowRight ?? (c.window - 1) / 2))
    const keys = c.batch * Math.min(c.kvLen, left + c.queryLen)
    const cache = keys * c.kvHeads * (c.variant === 'mla' ? c.headDim : c.headDim + v)
    const rows = c.batch * c.queryLen * c.heads
    const cacheBytes = cache * B(c.kvDtype, c.dtype)
    if (c.direction === 'backward') {
      return [
        2 * pairs * c.heads * (3 * c.headDim + 2 * v),
        rows * (c.headDim + v + v) * B(c.dtype) + cacheBytes,
        rows * c.headDim * B(c.dtype) + cacheBytes,
      ]
    }
    return [
      2 * pairs * c.heads * (c.headDim + v),
      rows * c.headDim * B(c.dtype) + cacheBytes,
      rows * v * B(c.dtype),
    ]
  },
  conv: (c) => {
    const taps = product(c.kernelSize)
    const input = c.batch * c.inChannels * product(c.inputSize)
    const output = c.batch * c.outChannels * product(c.outputSize)
    const weight = (c.outChannels * c.inChannels * taps) / c.groups
    const flops = (2 * output * c.inChannels * taps) / c.groups
    if (c.direction === 'data_grad') {
      return [flops, (output + weight) * B(c.dtype), input * outB(c)]
    }
    if (c.direction === 'weight_grad') {
      return [flops, (output + input) * B(c.dtype), weight * outB(c)]
    }
    return [flops, (input + weight) * B(c.dtype), output * outB(c)]
  },
  softmax: (c) => pass(c, 5),
  layernorm: (c) => normed(c, 7),
  rmsnorm: (c) => normed(c, 4),
  batchnorm: (c) => pass(c, 7),
  groupnorm: (c) => pass(c, 7),
  gelu: (c) => points(c, 10, 1),
  silu: (c) => points(c, 5, 1),
  relu: (c) => points(c, 1, 1),
  silu_mul: (c) => gated(c, 6),
  gelu_mul: (c) => gated(c, 11),
  elementwise: (c) => {
    const [flops, read, written] = points(c, 1, c.inputs ?? 1)
    return [flops!, c.readBytes ?? read!, c.writeBytes ?? written!]
  },
  reduce: reduced,
  scan: (c) => rows(c, 1, B(c.outDtype, c.dtype)),
  gather: (c) => [
    0,
    Math.min(c.rows, c.tableRows ?? Infinity) * c.cols * B(c.dtype) + 8 * c.rows,
    c.rows * c.cols * B(c.outDtype, c.dtype),
  ],
  scatter: (c) => [
    0,
    c.rows * c.cols * B(c.dtype) + 8 * c.rows,
    c.rows * c.cols * B(c.outDtype, c.dtype),
  ],
  copy: (c) => {
    const [, read, written] = points(c, 0, 1)
    return [0, c.readBytes ?? read!, written!]
  },
  cat: (c) => points(c, 0, 1),
  fill: (c) => points(c, 0, 0),
  random: (c) => points(c, 10, 0),
  pool: reduced,
  fft: (c) => rows(c, 5 * Math.log2(Math.max(2, c.cols)), outB(c)),
  embedding: (c) => [
    0,
    Math.min(c.tokens, c.vocab ?? Infinity) * c.hidden * B(c.dtype) + 8 * c.tokens,
    c.tokens * c.hidden * B(c.outDtype, c.dtype),
  ],
  rope: (c) => {
    const turned = c.tokens * (c.heads + c.kvHeads) * c.headDim
    return [3 * turned, turned * B(c.dtype) + 4 * c.tokens * c.headDim, turned * B(c.dtype)]
  },
  kv_cache_write: (c) => [
    0,
    c.tokens * c.width * B(c.dtype) + 8 * c.tokens,
    c.tokens * c.width * B(c.cacheDtype, c.dtype),
  ],
  quantize: (c) => {
    const scales = c.cols === 0 ? 0 : c.rows * Math.ceil(c.cols / (c.groupSize ?? c.cols))
    const elements = c.rows * c.cols
    return [2 * elements, elements * B(c.dtype), elements * B(c.outDtype) + 4 * scales]
  },
  topk: (c) => [
    c.rows * c.cols,
    c.rows * c.cols * B(c.dtype),
    c.rows * c.k * (B(c.outDtype, c.dtype) + 8),
  ],
  sort: (c) => rows(c, Math.log2(Math.max(2, c.cols)), B(c.outDtype, c.dtype)),
  sampling: (c) => [5 * c.rows * c.cols, c.rows * c.cols * B(c.dtype), 8 * c.rows],
  moe_route: (c) => [
    5 * c.tokens * c.experts,
    c.tokens * c.experts * B(c.dtype),
    8 * c.tokens * c.topk,
  ],
  moe_permute: (c) => [
    c.tokens * c.topk * c.hidden,
    c.tokens * c.topk * c.hidden * B(c.dtype),
    c.tokens * c.hidden * B(c.dtype),
  ],
  all_reduce: (c) => {
    const n = c.devices
    const bytes = c.elements * B(c.dtype)
    return [n > 1 ? c.elements : 0, 2 * bytes, 2 * bytes, (2 * bytes * (n - 1)) / n]
  },
  all_gather: (c) => {
    const bytes = c.elements * B(c.dtype)
    return [0, bytes / c.devices, bytes, bytes - bytes / c.devices]
  },
  reduce_scatter: (c) => {
    const bytes = c.elements * B(c.dtype)
    const part = bytes / c.devices
    return [c.devices > 1 ? c.elements : 0, bytes, part, bytes - part]
  },
  all_to_all: (c) => {
    const bytes = c.elements * B(c.dtype)
    return [0, bytes, bytes, bytes - bytes / c.devices]
  },
  broadcast: (c) => {
    const bytes = c.elements * B(c.dtype)
    return [0, bytes, bytes, c.devices > 1 ? bytes : 0]
  },
  send: (c) => [0, c.elements * B(c.dtype), 0, c.elements * B(c.dtype)],
  recv: (c) => [0, 0, c.elements * B(c.dtype), c.elements * B(c.dtype)],
  barrier: () => [0, 0, 0],
  memcpy: (c) => [0, c.bytes, c.bytes],
  memset: (c) => [0, 0, c.bytes],
  other: (c) => [c.flops ?? 0, c.readBytes ?? 0, c.writeBytes ?? 0],
}

interface Rows {
  rows: number
  cols: number
  dtype: Dtype
  outDtype?: Dtype | undefined
}

interface Pass extends Rows {
  direction?: 'forward' | 'backward' | undefined
}

interface Points {
  elements: number
  dtype: Dtype
  outDtype?: Dtype | undefined
}

function rows(c: Rows, flops: number, written: number): number[] {
  const elements = c.rows * c.cols
  return [flops * elements, elements * B(c.dtype), elements * written]
}

/** A gradient reads that of the result beside the input. */
function pass(c: Pass, flops: number): number[] {
  const elements = c.rows * c.cols
  const read = (c.direction === 'backward' ? 2 : 1) * elements * B(c.dtype)
  return [flops * elements, read, elements * outB(c)]
}

function normed(c: Pass & { residual?: boolean | undefined }, flops: number): number[] {
  const [work, read, written] = pass(c, flops) as [number, number, number]
  // The sum is kept beside the result, for the next residual.
  const sum = c.residual ? c.rows * c.cols * B(c.dtype) : 0
  return [work, read + sum, written + sum]
}

function points(c: Points, flops: number, inputs: number): number[] {
  return [flops * c.elements, inputs * c.elements * B(c.dtype), c.elements * B(c.outDtype, c.dtype)]
}

function gated(c: Rows, flops: number): number[] {
  const results = c.rows * c.cols
  return [flops * results, 2 * results * B(c.dtype), results * B(c.outDtype, c.dtype)]
}

function reduced(c: Rows): number[] {
  const elements = c.rows * c.cols
  return [elements, elements * B(c.dtype), c.rows * B(c.outDtype, c.dtype)]
}

function expected(call: OpCall): number[] {
  const form = CLOSED_FORMS[call.op] as (c: OpCall) => number[]
  const [flops, read, written, network = 0] = form(call)
  return [flops!, read!, written!, network]
}

/** Fields that say how work is done or found out, not how much there is. */
const NOT_WORK: Partial<Record<OpName, readonly string[]>> = {
  attention: ['phase', 'paged'],
  moe: ['distribution'],
  barrier: ['devices', 'dtype'],
  other: ['name', 'matrixDtype'],
  memcpy: ['direction'],
  cat: ['inputs'],
  elementwise: ['chunk'],
  sampling: ['outDtype'],
  // Between two ranks and more they are the same.
  broadcast: ['devices'],
  send: ['devices'],
  recv: ['devices'],
}
const NEVER_WORK = ['scaling', 'strided', 'algorithm', 'function']

describe.each(OP_NAMES)('%s', (op) => {
  it('does the work of its closed form', () => {
    fc.assert(
      fc.property(anyCall([op]), (call) => {
        const { flops, readBytes, writeBytes, networkBytes } = opWork(call)
        const found = [flops, readBytes, writeBytes, networkBytes]
        for (const [i, value] of expected(call).entries()) {
          const tolerance = 1e-9 * Math.max(1, Math.abs(value))
          expect(
            Math.abs(found[i]! - value),
            `${i} of ${JSON.stringify(call)}`,
          ).toBeLessThanOrEqual(tolerance)
        }
      }),
    )
  })

  const idle = [...NEVER_WORK, ...(NOT_WORK[op] ?? [])]
  const fields = Object.entries(OPERATIONS[op].fields)
  it.each(fields)('%s changes the work, unless it is known not to', (name, field) => {
    const changes = CALLS_OF[op].some((call) => {
      const before = JSON.stringify(opWork(call))
      return othersOf(field, (call as unknown as Record<string, unknown>)[name]).some(
        (value) => JSON.stringify(opWork({ ...call, [name]: value } as OpCall)) !== before,
      )
    })
    expect(changes).toBe(!idle.includes(name))
  })
})

/** Calls in which every field counts: some hide others. */
const CALLS_OF = Object.fromEntries(
  OP_NAMES.map((op) => {
    const { example } = OPERATIONS[op]
    const more: object[] = {
      attention: [{ causal: false, window: 9, windowRight: 2, queryLen: 5, direction: 'backward' }],
      gather: [{ tableRows: 3 }],
      embedding: [{ vocab: 3 }],
      grouped_gemm: [{ topk: 2 }],
      quantize: [{ groupSize: 128 }],
    }[op as string] ?? [{}]
    return [op, [example, ...more.map((each) => ({ ...example, ...each }))] as OpCall[]]
  }),
) as Record<OpName, OpCall[]>

function othersOf(field: Field, value: unknown): unknown[] {
  switch (field.type) {
    case 'boolean':
      return [value !== true]
    case 'string':
      return (field.enum ?? ['another']).filter((word) => word !== value)
    case 'array':
      return [[...(value as number[]), 3]]
    default:
      return [((value as number | undefined) ?? 0) + 2]
  }
}

it('an element type counts its own bytes', () => {
  for (const dtype of DTYPES) {
    const { readBytes } = opWork({ op: 'copy', elements: 1000, dtype })
    expect(readBytes).toBe(1000 * dtypeBytes(dtype))
  }
})
