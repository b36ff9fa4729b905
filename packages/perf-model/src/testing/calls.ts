// One call of every operation of the vocabulary, and random ones made from it.
import { OP_NAMES, type OpCall, type OpCallOf, type OpName } from '@flowsim/trace-schema'
import fc from 'fast-check'

const row = { rows: 512, cols: 4096, dtype: 'bf16' } as const
const points = { elements: 1 << 20, dtype: 'bf16' } as const
const group = { devices: 4, elements: 1 << 20, dtype: 'bf16' } as const
const gemm = { m: 256, n: 4096, k: 1024, dtype: 'bf16' } as const

/** A typical call of every operation. */
export const SAMPLES: { [Op in OpName]: OpCallOf<Op> } = {
  matmul: { op: 'matmul', ...gemm },
  bmm: { op: 'bmm', batch: 8, ...gemm },
  grouped_gemm: { op: 'grouped_gemm', groups: 8, ...gemm },
  moe: { op: 'moe', tokens: 64, hidden: 4096, inter: 2048, topk: 2, experts: 8, dtype: 'bf16' },
  attention: {
    op: 'attention',
    phase: 'decode',
    batch: 16,
    queryLen: 1,
    kvLen: 2048,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    causal: true,
    dtype: 'bf16',
  },
  conv: {
    op: 'conv',
    batch: 2,
    inChannels: 64,
    outChannels: 64,
    inputSize: [56, 56],
    outputSize: [56, 56],
    kernelSize: [3, 3],
    groups: 1,
    dtype: 'fp16',
  },
  softmax: { op: 'softmax', ...row },
  layernorm: { op: 'layernorm', ...row },
  rmsnorm: { op: 'rmsnorm', ...row, residual: true },
  batchnorm: { op: 'batchnorm', ...row },
  groupnorm: { op: 'groupnorm', ...row },
  gelu: { op: 'gelu', ...points },
  silu: { op: 'silu', ...points },
  relu: { op: 'relu', ...points },
  silu_mul: { op: 'silu_mul', ...row },
  gelu_mul: { op: 'gelu_mul', ...row },
  elementwise: { op: 'elementwise', ...points, function: 'add', inputs: 2 },
  reduce: { op: 'reduce', ...row, function: 'sum' },
  scan: { op: 'scan', ...row, function: 'sum' },
  gather: { op: 'gather', ...row },
  scatter: { op: 'scatter', ...row },
  copy: { op: 'copy', ...points },
  cat: { op: 'cat', ...points, inputs: 2 },
  fill: { op: 'fill', ...points },
  random: { op: 'random', ...points },
  pool: { op: 'pool', ...row },
  fft: { op: 'fft', rows: 64, cols: 1024, dtype: 'complex64' },
  embedding: { op: 'embedding', tokens: 64, hidden: 4096, vocab: 32000, dtype: 'bf16' },
  rope: { op: 'rope', tokens: 64, heads: 32, kvHeads: 8, headDim: 128, dtype: 'bf16' },
  kv_cache_write: { op: 'kv_cache_write', tokens: 64, width: 2048, dtype: 'bf16' },
  quantize: { op: 'quantize', rows: 64, cols: 4096, dtype: 'bf16', outDtype: 'fp8_e4m3' },
  topk: { op: 'topk', ...row, k: 8 },
  sort: { op: 'sort', ...row },
  sampling: { op: 'sampling', ...row },
  moe_route: { op: 'moe_route', tokens: 64, experts: 8, topk: 2, dtype: 'bf16' },
  moe_permute: { op: 'moe_permute', tokens: 64, hidden: 4096, topk: 2, dtype: 'bf16' },
  all_reduce: { op: 'all_reduce', ...group },
  all_gather: { op: 'all_gather', ...group },
  reduce_scatter: { op: 'reduce_scatter', ...group },
  all_to_all: { op: 'all_to_all', ...group },
  broadcast: { op: 'broadcast', ...group },
  send: { op: 'send', ...group },
  recv: { op: 'recv', ...group },
  barrier: { op: 'barrier', devices: 4 },
  memcpy: { op: 'memcpy', bytes: 1 << 20, direction: 'host_to_device' },
  memset: { op: 'memset', bytes: 1 << 20 },
  other: { op: 'other', name: 'unknown', flops: 1e6, readBytes: 1e6, writeBytes: 1e6 },
}

/** Numbers that say how much work a call is, by operation. */
export function workFields(call: OpCall): string[] {
  return Object.entries(call)
    .filter(([key, value]) => typeof value === 'number' && !NOT_WORK.has(key))
    .map(([key]) => key)
}

// More experts or parallel ranks spread the same work, and more devices may share it.
const NOT_WORK = new Set([
  'tensorParallel',
  'expertParallel',
  'experts',
  'groups',
  'devices',
  'topk',
  'k',
  'heads',
  'kvHeads',
])

/** Any call of any operation with sizes from 0 or 1 to a few million. */
export function anyCall(ops: readonly OpName[] = OP_NAMES): fc.Arbitrary<OpCall> {
  return fc.constantFrom(...ops).chain((op) => {
    const sample = SAMPLES[op] as Record<string, unknown>
    const numbers = Object.keys(sample).filter((key) => typeof sample[key] === 'number')
    return fc
      .record(Object.fromEntries(numbers.map((key) => [key, sizeOf(key)])))
      .map((sizes) => ({ ...sample, ...sizes }) as unknown as OpCall)
  })
}

function sizeOf(key: string): fc.Arbitrary<number> {
  if (key === 'devices') return fc.integer({ min: 1, max: 4 })
  const largest = /^(bytes|elements|readBytes|writeBytes|flops)$/.test(key) ? 2 ** 40 : 2 ** 16
  return fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: largest }))
}
