import { type LatencyModel, roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { describe, expect, it } from 'vitest'
import type { Row } from './columns.js'
import { evaluate } from './evaluate.js'
import { MEASURED_OPS, type MeasuredOp, measuredRow } from './measured-rows.js'

const FIRST: Record<MeasuredOp, Row> = {
  gemm: {
    gpu: 'h100_sxm',
    framework: 'trtllm',
    dtype: 'bfloat16',
    n: 4096,
    k: 1024,
    m: 8,
    latency_us: 5,
  },
  gemm_fp16: {
    gpu: 'a100_sxm',
    source: 'vidur',
    dtype: 'float16',
    n: 1280,
    k: 8192,
    m: 1,
    latency_us: 19,
  },
  gemm_fp32: {
    gpu: 't4',
    source: 'neusight',
    op: 'bmm',
    dtype: 'float32',
    batch: 2,
    m: 17,
    n: 489,
    k: 80,
    latency_us: 32,
  },
  attention_context: {
    gpu: 'h100_sxm',
    framework: 'sglang',
    kernel_source: 'fa3',
    attn_dtype: 'bfloat16',
    kv_cache_dtype: 'fp8',
    num_heads: 32,
    num_kv_heads: 8,
    head_dim: 128,
    window_size: 0,
    batch_size: 2,
    isl: 512,
    latency_us: 30,
  },
  attention_generation: {
    gpu: 'h100_sxm',
    framework: 'sglang',
    kernel_source: 'fa3',
    attn_dtype: 'bfloat16',
    kv_cache_dtype: 'bfloat16',
    num_heads: 32,
    num_kv_heads: 8,
    head_dim: 128,
    window_size: 128,
    batch_size: 2,
    kv_len: 513,
    latency_us: 30,
  },
  attention_encoder: {
    gpu: 'h100_sxm',
    framework: 'sglang',
    attn_dtype: 'bfloat16',
    num_heads: 16,
    head_dim: 80,
    batch_size: 1,
    isl: 1024,
    latency_us: 20,
  },
  moe: {
    gpu: 'h100_sxm',
    framework: 'trtllm',
    kernel_source: 'moe_torch_flow_cutlass',
    dtype: 'fp8_block',
    distribution: 'power_law_1.2',
    hidden_size: 4096,
    inter_size: 1536,
    topk: 8,
    num_experts: 128,
    moe_tp_size: 2,
    moe_ep_size: 4,
    num_tokens: 64,
    latency_us: 90,
  },
  mla: {
    phase: 'generation',
    gpu: 'h100_sxm',
    framework: 'trtllm',
    kernel_source: 'default',
    mla_dtype: 'bfloat16',
    kv_cache_dtype: 'fp8',
    num_heads: 16,
    batch_size: 8,
    q_len: 1,
    kv_len: 1025,
    latency_us: 15,
  },
  mla_bmm: {
    op: 'mla_gen_post',
    gpu: 'h100_sxm',
    framework: 'trtllm',
    dtype: 'bfloat16',
    num_heads: 16,
    num_tokens: 32,
    latency_us: 6,
  },
  nccl: {
    gpu: 'h100_sxm',
    framework: 'nccl',
    op: 'alltoall',
    dtype: 'int8',
    num_gpus: 4,
    message_elements: 1024,
    message_bytes: 1024,
    latency_us: 9,
  },
  allreduce_custom: {
    gpu: 'h100_sxm',
    framework: 'vllm',
    kernel_source: 'vLLM_custom_graph',
    op: 'all_reduce',
    dtype: 'bfloat16',
    num_gpus: 2,
    message_bytes: 512,
    latency_us: 6,
  },
  collectives: {
    gpu: 'a100_sxm',
    source: 'vidur',
    topology: 'a100_dgx',
    op: 'send_recv',
    dtype: 'float16',
    num_gpus: 2,
    devices_per_node: 1,
    message_bytes: 18432,
    latency_us: 41,
  },
  elementwise: {
    gpu: 'a100_sxm',
    source: 'vidur',
    op: 'silu_and_mul',
    dtype: 'float16',
    rows: 4,
    cols: 1376,
    latency_us: 3,
  },
  eager_ops: {
    hardware: 'NVIDIA L40S',
    problem: '30_Softsign',
    inputs: '[[16, 16384]]',
    init: '[]',
    mean_us: 53.6,
  },
}

describe('measuredRow', () => {
  it('reads a row of every file', () => {
    for (const op of MEASURED_OPS) {
      const { call, options, latencyUs, gpu } = measuredRow(op, FIRST[op])
      expect(options.l2).toBe('warm')
      expect(latencyUs).toBe(FIRST[op].latency_us ?? FIRST[op].mean_us)
      expect(roofline.supports(call, findHardware(gpu!)), op).toBe(true)
    }
  })

  it('says what the columns mean', () => {
    const call = (op: MeasuredOp) => measuredRow(op, FIRST[op]).call
    expect(call('gemm')).toEqual({ op: 'matmul', m: 8, n: 4096, k: 1024, dtype: 'bf16' })
    expect(call('gemm_fp32')).toMatchObject({ op: 'bmm', batch: 2, dtype: 'fp32' })
    expect(call('attention_context')).toMatchObject({
      phase: 'prefill',
      queryLen: 512,
      kvDtype: 'fp8_e4m3',
    })
    expect(call('attention_generation')).toMatchObject({ queryLen: 1, kvLen: 513, window: 128 })
    expect(call('attention_encoder')).toMatchObject({ causal: false, kvHeads: 16 })
    expect(call('moe')).toMatchObject({
      tokens: 64,
      inter: 1536,
      tensorParallel: 2,
      scaling: 'block',
    })
    expect(call('mla')).toMatchObject({ variant: 'mla', headDim: 576, headDimV: 512, kvHeads: 1 })
    expect(call('mla_bmm')).toMatchObject({ op: 'bmm', batch: 16, m: 32, n: 128, k: 512 })
    expect(call('nccl')).toEqual({ op: 'all_to_all', elements: 1024, devices: 4, dtype: 'int8' })
    expect(call('elementwise')).toEqual({ op: 'silu_mul', rows: 4, cols: 1376, dtype: 'fp16' })
    expect(measuredRow('collectives', FIRST.collectives).options).toMatchObject({
      source: 'vidur/a100_dgx',
      devicesPerNode: 1,
    })
  })

  it('names the column that is wrong', () => {
    const bad = (row: Row, change: Row) => () => measuredRow('gemm', { ...row, ...change })
    expect(bad(FIRST.gemm, { m: 'x' })).toThrow('column m: "x" is not a positive integer')
    expect(bad(FIRST.gemm, { m: undefined })).toThrow('column m: is missing')
    expect(bad(FIRST.gemm, { dtype: 'int3' })).toThrow('column dtype: "int3" is not one of')
    expect(bad(FIRST.gemm, { latency_us: 0 })).toThrow('column latency_us')
  })
})

describe('evaluate', () => {
  /** Predicts 10 us with an interval from 9 to 12, but not beyond m = 100. */
  const ten: LatencyModel = {
    name: 'ten',
    supports: () => true,
    estimate: (call, hardware) => {
      if (call.op === 'matmul' && call.m > 100)
        return roofline.estimate({ ...call, m: -1 }, hardware)
      return { ...roofline.estimate(call, hardware), latencyS: 10e-6, p10S: 9e-6, p90S: 12e-6 }
    },
  }
  const row = (latency_us: number, change: Row = {}): Row => ({
    ...FIRST.gemm,
    latency_us,
    ...change,
  })
  const rows = [
    row(10),
    row(8),
    row(12.5),
    row(20, { gpu: 'a100_sxm' }),
    row(5, { m: 200 }),
    row(5, { gpu: 'abacus' }),
  ]

  it('gives errors as shares, in all and by group, and counts rows without an answer', () => {
    const { overall, groups } = evaluate(rows, { deviceOf: findHardware, op: 'gemm', model: ten })
    expect(overall).toMatchObject({ count: 6, answered: 4 })
    expect(overall.mape).toBeCloseTo((0 + 0.25 + 0.2 + 0.5) / 4, 12)
    expect(overall.medianApe).toBeCloseTo(0.225, 12)
    expect(overall.bias).toBeCloseTo(-0.1, 12)
    expect(overall.insideP10P90).toBe(0.25)
    expect(
      groups.map(({ gpu, dtype, count, answered }) => ({ gpu, dtype, count, answered })),
    ).toEqual([
      { gpu: 'a100_sxm', dtype: 'bfloat16', count: 1, answered: 1 },
      { gpu: 'abacus', dtype: 'bfloat16', count: 1, answered: 0 },
      { gpu: 'h100_sxm', dtype: 'bfloat16', count: 4, answered: 3 },
    ])
    expect(groups[1]!.mape).toBeNull()
  })

  it('keeps the rows that meet all conditions and groups by any column', () => {
    const { overall, groups } = evaluate(rows, {
      deviceOf: findHardware,
      op: 'gemm',
      model: ten,
      where: { gpu: 'h100_sxm', m: '8' },
      groupBy: ['m'],
    })
    expect(overall.count).toBe(3)
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({ m: 8, count: 3 })
  })

  it('takes a device for rows without one', () => {
    const { gpu: _, ...bare } = row(10)
    expect(
      evaluate([bare], { deviceOf: findHardware, op: 'gemm', model: ten }).overall.answered,
    ).toBe(0)
    const hardware = findHardware('h100_sxm')
    expect(
      evaluate([bare], { deviceOf: findHardware, op: 'gemm', model: ten, hardware }).overall
        .answered,
    ).toBe(1)
  })

  it('says which row cannot be read', () => {
    expect(() =>
      evaluate([row(1), row(-3)], { deviceOf: findHardware, op: 'gemm', model: ten }),
    ).toThrow('row 2: column latency_us')
  })
})
