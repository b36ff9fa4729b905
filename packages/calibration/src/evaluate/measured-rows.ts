// Measured rows as operations: what the columns of a file of measurements mean. The columns are those of
// the files under data/measured, whose collectors are described in docs/calibrated-model.md; the usual
// other names of a column are understood too.

import { type EstimateOptions, PerfModelError } from '@flowsim/perf-model'
import type { Dtype, OpCall } from '@flowsim/trace-schema'
import { eagerKernels } from './eager-ops.js'

/** A row of a file: its columns as text or numbers. */
export type Row = Readonly<Record<string, string | number | undefined>>

/** A measured operation and the conditions that it was measured under. */
export interface MeasuredRow {
  call: OpCall
  options: EstimateOptions
  latencyUs: number
  /** Name of the device, where the row has one. */
  gpu: string | undefined
  /** Further kernels that the measured time holds. */
  more: readonly OpCall[]
}

/** Files of measurements that can be read. */
export const MEASURED_OPS = [
  'gemm',
  'gemm_fp16',
  'gemm_fp32',
  'attention_context',
  'attention_generation',
  'attention_encoder',
  'moe',
  'mla',
  'mla_bmm',
  'nccl',
  'allreduce_custom',
  'collectives',
  'elementwise',
  'eager_ops',
] as const

/** A file of measurements that can be read. */
export type MeasuredOp = (typeof MEASURED_OPS)[number]

/**
 * The operation of a row.
 * @throws PerfModelError `invalid_dimension` that names the column
 */
export function measuredRow(op: MeasuredOp, row: Row): MeasuredRow {
  const { call, options, more = [] } = READERS[op](row)
  return {
    call,
    options: { l2: 'warm', ...options },
    latencyUs: positive(row, op === 'eager_ops' ? 'mean_us' : 'latency_us'),
    gpu: optional(row, 'gpu') ?? optional(row, 'hardware'),
    more,
  }
}

type Read = { call: OpCall; options: EstimateOptions; more?: readonly OpCall[] }

const READERS: Record<MeasuredOp, (row: Row) => Read> = {
  gemm,
  gemm_fp16: gemm,
  gemm_fp32: gemm,
  attention_context: (row) => attention(row, 'prefill', count(row, 'isl'), count(row, 'isl'), true),
  attention_generation: (row) =>
    attention(
      row,
      'decode',
      1,
      row.kv_len === undefined ? count(row, 'step') + 1 : count(row, 'kv_len'),
      true,
    ),
  attention_encoder: (row) =>
    attention(row, 'prefill', count(row, 'isl'), count(row, 'isl'), false),
  moe,
  mla,
  mla_bmm: mlaBmm,
  nccl: (row) => communication(row),
  allreduce_custom: (row) => ofPeers(communication(row)),
  // Without a word on who measured them, collectives are those of torch.distributed.
  collectives: (row) => communication(row, 'torch'),
  elementwise,
  eager_ops: eager,
}

const GEMM_TYPES: Record<
  string,
  { dtype: Dtype; weightDtype?: Dtype; scaling?: 'tensor' | 'block' | 'channel' }
> = {
  bfloat16: { dtype: 'bf16' },
  float16: { dtype: 'fp16' },
  half: { dtype: 'fp16' },
  float32: { dtype: 'fp32' },
  fp8: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', scaling: 'tensor' },
  fp8_static: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', scaling: 'tensor' },
  fp8_block: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', scaling: 'block' },
  nvfp4: { dtype: 'fp4_e2m1', weightDtype: 'fp4_e2m1', scaling: 'block' },
  sq: { dtype: 'int8', weightDtype: 'int8', scaling: 'channel' },
  int8: { dtype: 'int8', weightDtype: 'int8' },
  int8_wo: { dtype: 'bf16', weightDtype: 'int8' },
  int4_wo: { dtype: 'bf16', weightDtype: 'int4' },
  w4a16_mxfp4: { dtype: 'bf16', weightDtype: 'fp4_e2m1', scaling: 'block' },
  w4a8_mxfp4_fp8: { dtype: 'fp8_e4m3', weightDtype: 'fp4_e2m1', scaling: 'block' },
  w4a8_mxfp4_mxfp8: { dtype: 'fp8_e4m3', weightDtype: 'fp4_e2m1', scaling: 'block' },
}
for (const [alias, name] of [
  ['bf16', 'bfloat16'],
  ['fp16', 'float16'],
  ['fp32', 'float32'],
  ['fp8_e4m3', 'fp8'],
  ['fp4_e2m1', 'nvfp4'],
  ['mxfp4', 'nvfp4'],
] as const) {
  GEMM_TYPES[alias] = GEMM_TYPES[name]!
}

function gemm(row: Row): Read {
  const types = typesOf(row, 'dtype', 'gemm_dtype')
  const dims = { m: count(row, 'm'), n: count(row, 'n'), k: count(row, 'k'), ...types }
  const batch = row.batch === undefined || row.batch === '' ? 1 : count(row, 'batch')
  const source = [optional(row, 'framework') ?? optional(row, 'source'), optional(row, 'op')]
  return {
    call: batch > 1 ? { op: 'bmm', batch, ...dims } : { op: 'matmul', ...dims },
    options: {
      ...sourceOf(source),
      // AITER's tuner times the kernel alone.
      includesQuantization:
        text(row, 'dtype', 'gemm_dtype') !== 'fp8_static' && optional(row, 'framework') !== 'aiter',
    },
  }
}

function typesOf(row: Row, ...columns: string[]) {
  const name = text(row, ...columns)
  const types = GEMM_TYPES[name]
  if (types !== undefined) return types
  throw wrong(columns[0]!, `"${name}" is not one of ${Object.keys(GEMM_TYPES).join(', ')}`)
}

function floating(row: Row, ...columns: string[]): Dtype {
  return typesOf(row, ...columns).dtype
}

function attention(
  row: Row,
  phase: 'prefill' | 'decode',
  queryLen: number,
  kvLen: number,
  causal: boolean,
): Read {
  const heads = count(row, 'num_heads')
  const window = Number(optional(row, 'window_size') ?? 0)
  const kvHeads = optional(row, 'num_kv_heads') ?? optional(row, 'num_key_value_heads')
  const cache = optional(row, 'kv_cache_dtype')
  return {
    call: {
      op: 'attention',
      phase,
      batch: count(row, 'batch_size'),
      queryLen,
      kvLen,
      heads,
      kvHeads: kvHeads === undefined || kvHeads === '0' ? heads : Number(kvHeads),
      headDim: count(row, 'head_dim'),
      causal,
      ...(window > 0 && { window }),
      dtype: floating(row, 'attn_dtype', 'dtype'),
      ...(cache !== undefined && { kvDtype: floating(row, 'kv_cache_dtype') }),
    },
    options: sourceOf([optional(row, 'framework'), optional(row, 'kernel_source')]),
  }
}

function moe(row: Row): Read {
  return {
    call: {
      op: 'moe',
      tokens: count(row, 'num_tokens'),
      hidden: count(row, 'hidden_size', 'hidden'),
      inter: count(row, 'inter_size', 'inter'),
      topk: count(row, 'topk'),
      experts: count(row, 'num_experts', 'experts'),
      tensorParallel: count(row, 'moe_tp_size', 'tp'),
      expertParallel: count(row, 'moe_ep_size', 'ep'),
      distribution: optional(row, 'distribution') ?? 'balanced',
      ...typesOf(row, 'dtype', 'moe_dtype'),
    },
    options: sourceOf([optional(row, 'framework'), optional(row, 'kernel_source')]),
  }
}

// DeepSeek's latent attention: prefill with 192-wide queries and keys and 128-wide values; decoding on the
// 576-wide latent whose first 512 elements are the values.
function mla(row: Row): Read {
  const decode = text(row, 'phase') !== 'context'
  const heads = count(row, 'num_heads')
  const queryLen = decode ? 1 : count(row, 'q_len', 'isl', 'kv_len')
  return {
    call: {
      op: 'attention',
      phase: decode ? 'decode' : 'prefill',
      batch: count(row, 'batch_size'),
      queryLen,
      kvLen: count(row, 'kv_len', 'isl'),
      heads,
      kvHeads: decode ? 1 : heads,
      headDim: decode ? 576 : 192,
      headDimV: decode ? 512 : 128,
      ...(decode && { variant: 'mla' as const }),
      causal: true,
      dtype: floating(row, 'mla_dtype', 'dtype'),
      kvDtype: floating(row, 'kv_cache_dtype', 'mla_dtype', 'dtype'),
    },
    options: sourceOf([optional(row, 'framework'), optional(row, 'kernel_source')]),
  }
}

/** The two batched multiplications around absorbed latent attention: 128 to 512 wide, and back. */
function mlaBmm(row: Row): Read {
  const post = text(row, 'op', 'op_name').includes('post')
  const types = typesOf(row, 'dtype', 'bmm_dtype')
  return {
    call: {
      op: 'bmm',
      batch: count(row, 'num_heads'),
      m: count(row, 'num_tokens'),
      n: post ? 128 : 512,
      k: post ? 512 : 128,
      ...types,
    },
    options: { ...sourceOf([optional(row, 'framework')]), includesQuantization: true },
  }
}

const COLLECTIVES: Record<
  string,
  'all_reduce' | 'all_gather' | 'reduce_scatter' | 'all_to_all' | 'broadcast' | 'send'
> = {
  all_reduce: 'all_reduce',
  allreduce: 'all_reduce',
  all_gather: 'all_gather',
  reduce_scatter: 'reduce_scatter',
  alltoall: 'all_to_all',
  all_to_all: 'all_to_all',
  broadcast: 'broadcast',
  send_recv: 'send',
  send: 'send',
}

/** All-reduces of serving engines read their peers' memory, in one shot or two. */
function ofPeers({ call, options }: Read): Read {
  return { call: call.op === 'all_reduce' ? { ...call, algorithm: 'custom' } : call, options }
}

function communication(row: Row, by?: string): Read {
  const name = text(row, 'op')
  const op = COLLECTIVES[name]
  if (op === undefined)
    throw wrong('op', `"${name}" is not one of ${Object.keys(COLLECTIVES).join(', ')}`)
  // Files of one element type do not name it.
  const type = optional(row, 'dtype') ?? 'bfloat16'
  const dtype: Dtype = type === 'int8' ? 'int8' : floating({ ...row, dtype: type }, 'dtype')
  const bytes = count(row, 'message_bytes')
  const perNode = optional(row, 'devices_per_node')
  return {
    call: {
      op,
      elements: Math.max(1, Math.round(bytes / (dtype === 'int8' ? 1 : dtype === 'fp32' ? 4 : 2))),
      devices: count(row, 'num_gpus', 'devices'),
      dtype,
    } as OpCall,
    options: {
      ...sourceOf([
        optional(row, 'framework') ?? optional(row, 'source') ?? by,
        optional(row, 'kernel_source') ?? optional(row, 'topology'),
      ]),
      ...(perNode !== undefined && { devicesPerNode: Number(perNode) }),
    },
  }
}

/** Operations of PyTorch, timed with their launches: one that runs several kernels has them all. */
function eager(row: Row): Read {
  const [call, ...more] = eagerKernels({
    problem: text(row, 'problem'),
    inputs: text(row, 'inputs'),
    init: optional(row, 'init') ?? '[]',
  })
  return { call, more, options: { source: 'kernelbench' } }
}

function elementwise(row: Row): Read {
  const rows = count(row, 'rows')
  const cols = count(row, 'cols')
  const op = text(row, 'op')
  const types = text(row, 'dtype').split('->')
  const dtype = GEMM_TYPES[types[0]!]?.dtype
  if (dtype === undefined) throw wrong('dtype', `"${types[0]}" is not an element type`)
  const options = sourceOf([optional(row, 'source') ?? optional(row, 'framework')])
  const shape = { rows, cols, dtype }
  const elements = rows * cols
  switch (op) {
    case 'softmax':
    case 'layernorm':
    case 'rmsnorm':
      return { call: { op, ...shape } as OpCall, options }
    case 'silu_and_mul':
      return { call: { op: 'silu_mul', ...shape }, options }
    case 'gelu':
    case 'relu':
      return { call: { op, elements, dtype } as OpCall, options }
    case 'rope':
      return { call: rope(rows, cols, dtype), options }
    case 'quant_fp8_dynamic_per_token':
      return { call: { op: 'quantize', ...shape, outDtype: 'fp8_e4m3' }, options }
    case 'quant_fp8_static_per_tensor':
      return {
        call: { op: 'quantize', ...shape, outDtype: 'fp8_e4m3', groupSize: elements },
        options,
      }
    default: {
      const name = op === 'residual_add' ? 'add' : op
      const inputs = name.endsWith('_scalar') || name === 'tanh' ? 1 : 2
      return { call: { op: 'elementwise', function: name, elements, dtype, inputs }, options }
    }
  }
}

/** Rows give the width of all heads together; heads of 128 are the usual ones. */
function rope(tokens: number, width: number, dtype: Dtype): OpCall {
  const headDim = width % 128 === 0 ? 128 : width
  return { op: 'rope', tokens, heads: width / headDim, kvHeads: 0, headDim, dtype }
}

function sourceOf(parts: (string | undefined)[]): EstimateOptions {
  const source = parts.filter((part) => part !== undefined && part !== '').join('/')
  return source === '' ? {} : { source }
}

function optional(row: Row, column: string): string | undefined {
  const value = row[column]
  return value === undefined || value === '' ? undefined : String(value)
}

function text(row: Row, ...columns: string[]): string {
  for (const column of columns) {
    const value = optional(row, column)
    if (value !== undefined) return value
  }
  throw wrong(columns[0]!, 'is missing')
}

function count(row: Row, ...columns: string[]): number {
  const value = Number(text(row, ...columns))
  if (Number.isInteger(value) && value > 0) return value
  throw wrong(columns[0]!, `"${text(row, ...columns)}" is not a positive integer`)
}

function positive(row: Row, column: string): number {
  const value = Number(text(row, column))
  if (Number.isFinite(value) && value > 0) return value
  throw wrong(column, `"${text(row, column)}" is not a positive number`)
}

function wrong(column: string, what: string): PerfModelError {
  return new PerfModelError('invalid_dimension', `column ${column}: ${what}`, column)
}
