// Measured rows as operations: what the columns of a file of measurements mean. The columns are those of
// the files under data/measured, whose collectors are described in docs/calibrated-model.md; the usual
// other names of a column are understood too.

import type { EstimateOptions } from '@flowsim/perf-model'
import type { OpCall } from '@flowsim/trace-schema'
import { attention, mla } from './attention-rows.js'
import { communication, ofPeers } from './collective-rows.js'
import { count, optional, positive, type Read, type Row } from './columns.js'
import { gemm, mlaBmm, moe } from './matrix-rows.js'
import { eager, elementwise } from './pointwise-rows.js'

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
