import { describe, expect, it } from 'vitest'
import { kernel, op, s, t, trace } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'
import { classifyTrace } from '../classify/classify-trace.js'

const FP8 = op(
  'sglang::inplace_fused_experts',
  t('1024,7168 bf16'),
  t('32,4096,7168 fp8_e4m3'),
  t('32,7168,2048 fp8_e4m3'),
  t('1024,8 fp32'),
  t('1024,8 int32'),
)
const calls = (kernels: Parameters<typeof trace>[0]) =>
  classifyTrace(trace(kernels)).map(({ call }) => call)

describe('experts', () => {
  it('run an up projection, then a down projection, on topk rows for each token', () => {
    const up = { op: 'grouped_gemm', groups: 32, m: 8192, n: 4096, k: 7168 }
    const down = { op: 'grouped_gemm', groups: 32, m: 8192, n: 7168, k: 2048 }
    expect(
      calls([
        kernel('fused_moe_kernel', FP8),
        kernel(
          'void flashinfer::activation::act_and_mul_kernel<bf16, &(float silu(float const&))>(int)',
          FP8,
        ),
        kernel('fused_moe_kernel', FP8),
        kernel('_moe_sum_reduce_kernel', FP8),
        kernel('fused_moe_kernel', FP8),
        kernel('fused_moe_kernel', FP8),
      ]).filter((call) => call?.op === 'grouped_gemm'),
    ).toMatchObject([up, down, up, down])
  })

  it('multiply 8-bit weights with 8-bit activations', () => {
    const [first] = calls([kernel('fused_moe_kernel', FP8), kernel('fused_moe_kernel', FP8)])
    expect(first).toMatchObject({ dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3' })
  })

  it('run in one kernel of AITER, or in two that say which they are', () => {
    const fused = op(
      'aiter::fused_moe_',
      t('128,7168 bf16'),
      t('257,512,7168 fp8_e4m3'),
      t('257,7168,256 fp8_e4m3'),
      t('128,9 fp32'),
      t('128,9 int32'),
    )
    const answer = (name: string) => classify(kernel(name, fused)).call
    expect(answer('_ZN5aiter47fmoe_fp8_blockscale_g1u1_novs_silu_1tg_ps_32x256E')).toMatchObject({
      op: 'moe',
      tokens: 128,
      hidden: 7168,
      inter: 256,
      topk: 9,
      experts: 257,
      dtype: 'fp8_e4m3',
    })
    expect(answer('_ZN5aiter48fmoe_stage1_bf16_pertokenFp8_g1u1_64x128_2tg_pf2E')).toMatchObject({
      op: 'grouped_gemm',
      m: 1152,
      n: 512,
      k: 7168,
    })
    expect(answer('mfma_moe2_afp8_wfp8_bf16_64x128x128')).toMatchObject({
      op: 'grouped_gemm',
      m: 1152,
      n: 7168,
      k: 256,
    })
  })

  it('unpack 4-bit weights', () => {
    const packed = op(
      'vllm::inplace_fused_experts',
      t('16,2048 bf16'),
      t('8,1024,1024 uint8'),
      t('8,2048,256 uint8'),
      t('16,2 fp32'),
      t('16,2 int32'),
    )
    const AWQ = 'fused_moe_kernel_gptq_awq'
    expect(calls([kernel(AWQ, packed), kernel(AWQ, packed)])).toMatchObject([
      { topk: 2, m: 32, n: 1024, k: 2048, weightDtype: 'int4' },
      { m: 32, n: 2048, k: 512, weightDtype: 'int4' },
    ])
  })

  it('work through a long batch in parts', () => {
    const long = op(
      'vllm::inplace_fused_experts',
      t('40000,512 bf16'),
      t('8,256,512 bf16'),
      t('8,512,128 bf16'),
      t('40000,2 fp32'),
      t('40000,2 int32'),
    )
    const kernels = [0, 1].map((opInstance) =>
      [0, 1, 2, 3].map(() => kernel('fused_moe_kernel', long, { opInstance })),
    )
    const rows = calls(kernels.flat()).map((call) => (call?.op === 'grouped_gemm' ? call.m : 0))
    // 40000 tokens in parts of 32768; each part twice, up and down, topk 2.
    expect(rows).toEqual([65536, 65536, 14464, 14464, 65536, 65536, 14464, 14464])
  })

  it('are one kernel in AITER', () => {
    const { call } = classify(
      kernel(
        '_ZN5aiter48fmoe_stage1_bf16_pertokenFp8_g1u1_64x128_2tg_pf2E.kd',
        op(
          'aiter::fmoe_g1u1',
          t('64,7168 bf16'),
          t('64,7168 fp8_e4m3'),
          t('32,4096,7168 fp8_e4m3'),
          t('32,7168,2048 fp8_e4m3'),
          t('512 int32'),
          t('512 fp32'),
          t('16 int32'),
          t('1 int32'),
          s(8),
        ),
      ),
    )
    expect(call).toMatchObject({
      op: 'moe',
      tokens: 64,
      hidden: 7168,
      inter: 2048,
      topk: 8,
      experts: 32,
    })
  })

  it('take their types from the name of a Triton matmul, and no sizes from nowhere', () => {
    const operation = classify(
      kernel('_matmul_ogs_NNT_bf16xbf16xmxfp4_128x128x128x1_swiglu', undefined, {
        launch: { api: 'hipGraphLaunch', pid: 1, tid: 1, startNs: 0, durationNs: 1 },
      }),
    )
    expect(operation).toMatchObject({ op: 'grouped_gemm', family: 'moe' })
    expect(operation.missing).toBe('the trace holds no tensor shapes for this kernel')
  })
})

describe('routing', () => {
  it('chooses topk of the experts', () => {
    const { call } = classify(
      kernel(
        'void vllm::moe::topkGatingSoftmax<8, 128, 4, 16>(int)',
        op('sgl_kernel::topk_softmax', t('64,8 fp32'), t('64,8 int32'), t('64,128 fp32'), s(true)),
      ),
    )
    expect(call).toEqual({ op: 'moe_route', tokens: 64, experts: 128, topk: 8, dtype: 'fp32' })
  })

  it('sorts pairs of token and expert', () => {
    const { call, family } = classify(
      kernel(
        'void moe_align_block_size_kernel<int>(int)',
        op('sgl_kernel::moe_align_block_size', t('64,8 int32'), s(128), s(64)),
      ),
    )
    expect(family).toBe('moe')
    expect(call).toEqual({ op: 'sort', rows: 1, cols: 512, dtype: 'int32' })
  })

  it('sums what the experts made of a token', () => {
    const { call } = classify(
      kernel(
        '_moe_sum_reduce_kernel',
        op('sgl_kernel::moe_sum_reduce', t('64,8,7168 bf16'), t('64,7168 bf16')),
      ),
    )
    expect(call).toEqual({ op: 'moe_permute', tokens: 64, hidden: 7168, topk: 8, dtype: 'bf16' })
  })
})
