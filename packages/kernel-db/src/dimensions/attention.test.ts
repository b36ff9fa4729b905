import { attentionPairs, type OpCallOf } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, named, op, s, t, trace } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'
import { classifyTrace } from '../classify/classify-trace.js'

const FLASH = 'void pytorch_flash::flash_fwd_kernel<Flash_fwd_kernel_traits<64, 128, 64, 4> >(int)'

describe('attention over whole sequences', () => {
  it('reads FlashAttention, [batch, length, heads, width]', () => {
    const { call } = classify(
      kernel(
        FLASH,
        op(
          'aten::_flash_attention_forward',
          t('16,559,16,64 bf16'),
          t('16,559,16,64 bf16'),
          t('16,559,16,64 bf16'),
          s(''),
          s(''),
          s(559),
          s(559),
          s('0.'),
          s(true),
        ),
      ),
    )
    expect(call).toEqual({
      op: 'attention',
      phase: 'prefill',
      batch: 16,
      queryLen: 559,
      kvLen: 559,
      heads: 16,
      kvHeads: 16,
      headDim: 64,
      causal: true,
      dtype: 'bf16',
    })
  })

  it('reads scaled_dot_product_attention, [batch, heads, length, width], and grouped heads', () => {
    const q = t('2,32,128,128 bf16')
    const kv = t('2,8,512,128 bf16')
    const { call } = classify(
      kernel(
        'cudnn_generated_fort_native_sdpa_sm90_flash_fprop_wgmma_f16_knob_7_64x128x128_4x1x1_cga1x1x1_kernel0_0',
        op('aten::_scaled_dot_product_cudnn_attention', q, kv, kv, s(''), s(false), s(0), s(false)),
      ),
    )
    expect(call).toMatchObject({
      batch: 2,
      heads: 32,
      kvHeads: 8,
      queryLen: 128,
      kvLen: 512,
      causal: false,
    })
  })

  it('knows a backward kernel', () => {
    const x = t('2,512,8,64 fp16')
    const { call } = classify(
      kernel(
        'void pytorch_flash::flash_bwd_dq_dk_dv_loop_seqk_parallel_kernel<Flash_bwd_kernel_traits<64> >(int)',
        op('aten::_flash_attention_backward', x, x, x, x, x, t('2,8,512 fp32')),
      ),
    )
    expect(call).toMatchObject({ direction: 'backward', batch: 2, heads: 8, queryLen: 512 })
  })

  it('calls one query for each sequence a decode', () => {
    const q = t('4,1,8,64 fp16')
    const kv = t('4,100,8,64 fp16')
    const { call } = classify(kernel(FLASH, op('aten::_flash_attention_forward', q, kv, kv)))
    expect(call).toMatchObject({ phase: 'decode', batch: 4, queryLen: 1, kvLen: 100 })
  })
})

describe('attention over ragged sequences', () => {
  it("takes sequences from FlashInfer's offsets and means over them", () => {
    const { call } = classify(
      kernel(
        'void flashinfer::PrefillWithKVCacheKernel<flashinfer::CollectiveMainloop<int>, false, true, 2>(int)',
        op(
          'batch_prefill_with_kv_cache_dtype_q_bf16_head_dim_qk_192::ragged_run',
          t('1024 uint8'),
          t('1024 uint8'),
          s(''),
          t('1024,32,192 bf16'),
          t('1024,32,192 bf16'),
          t('1024,32,128 bf16'),
          t('5 int32'),
          t('5 int32'),
          t('1024,32,128 bf16'),
          s(''),
          s(1),
          s(0),
          s(-1),
        ),
      ),
    )
    expect(call).toMatchObject({
      phase: 'prefill',
      batch: 4,
      queryLen: 256,
      kvLen: 256,
      heads: 32,
      headDim: 192,
      headDimV: 128,
      causal: true,
    })
  })

  it('takes key lengths from the pages that a paged kernel lists', () => {
    const { call, missing } = classify(
      kernel(
        'void flashinfer::BatchDecodeWithPagedKVCacheKernel<(flashinfer::PosEncodingMode)0, 2u, 4u>(int)',
        op(
          'batch_decode_with_kv_cache_dtype_q_bf16::run',
          t('1024 uint8'),
          t('1024 uint8'),
          s(''),
          t('32,32,128 bf16'),
          t('9000,16,8,128 bf16'),
          t('9000,16,8,128 bf16'),
          t('33 int32'),
          t('640 int32'),
        ),
      ),
    )
    expect(call).toMatchObject({
      phase: 'decode',
      batch: 32,
      queryLen: 1,
      kvLen: 320,
      kvHeads: 8,
      paged: true,
    })
    expect(missing).toBe('key lengths rounded up to pages of 16')
  })

  it('says that a table of pages does not tell lengths, and what it does tell', () => {
    const { call, missing } = classify(
      kernel(
        'void vllm::paged_attention_v1_kernel<unsigned short, unsigned short, 128, 16, 128>(int)',
        op(
          '_C::paged_attention_v1',
          t('8,32,128 bf16'),
          t('8,32,128 bf16'),
          t('9000,8,16,16,8 bf16'),
          t('9000,8,128,16 bf16'),
          s(8),
          s(0.088),
          t('8,64 int32'),
          t('8 int32'),
          s(16),
          s(''),
        ),
      ),
    )
    expect(call).toBeUndefined()
    expect(missing).toBe('8 sequences with 8 query tokens; key lengths are not in the trace')
  })

  it('takes the longest length where only that is recorded, and says so', () => {
    const { call, missing } = classify(
      kernel(
        'void vllm::paged_attention_v1_kernel<unsigned short, unsigned short, 128, 16, 128>(int)',
        op(
          '_C::paged_attention_v1',
          t('8,32,128 bf16'),
          t('8,32,128 bf16'),
          t('9000,8,16,16,8 bf16'),
          t('9000,8,128,16 bf16'),
          s(8),
          s(0.088),
          t('8,64 int32'),
          t('8 int32'),
          s(16),
          s(1024),
        ),
      ),
    )
    expect(call).toMatchObject({ phase: 'decode', batch: 8, kvLen: 1024, heads: 32, kvHeads: 8 })
    expect(missing).toBe('key lengths taken as the longest of them')
  })

  it('keeps the window of a layer', () => {
    const x = t('2,512,8,64 fp16')
    const { call } = classify(
      kernel(FLASH, op('flash_attn::_flash_attn_forward', x, x, x, s(0), s(1), s(true), s(127))),
    )
    expect(call).toMatchObject({ window: 128 })
  })
})

describe("attention in a step that the engine's annotation describes", () => {
  const SCOPE =
    'execute_8192_context_9(sq8155sk8430sqsq7475785sqsk7671310)_generation_37(sq37sk34489sqsq37sqsk34489)'
  const attend = (scopes: string[]) =>
    classify(
      kernel(
        'kernel_unified_attention_2d',
        op(
          'vllm::unified_attention_with_output',
          t('8192,64,64 bf16'),
          t('8192,8,64 bf16'),
          t('8192,8,64 bf16'),
          t('8192,64,64 bf16'),
        ),
        { scopes },
      ),
    )

  it("takes sequences, lengths and pairs from vLLM's sums", () => {
    const { call, missing } = attend(['step 3', SCOPE, 'inner'])
    expect(call).toMatchObject({
      phase: 'mixed',
      batch: 46,
      queryLen: 8192 / 46,
      kvLen: (8430 + 34489) / 46,
      heads: 64,
      kvHeads: 8,
      paged: true,
    })
    // Σ q·k − (q² − q)/2 over prompts, and one row of keys for each sequence that grows.
    const pairs = 7671310 - (7475785 - 8155) / 2 + 34489
    expect(attentionPairs(call as OpCallOf<'attention'>)).toBe(pairs)
    expect(missing).toBe("lengths from the step's annotation")
  })

  it('has no lengths without it', () => {
    expect(attend([]).call).toBeUndefined()
    expect(attend([]).missing).toBe(
      '8192 query tokens; neither sequences nor key lengths are in the trace',
    )
  })

  it("does not believe a step that has more tokens than the kernel's queries", () => {
    const small = classify(
      kernel(
        'kernel_unified_attention_2d',
        op(
          'vllm::unified_attention_with_output',
          t('16,64,64 bf16'),
          t('16,8,64 bf16'),
          t('16,8,64 bf16'),
        ),
        { scopes: [SCOPE] },
      ),
    )
    expect(small.call).toBeUndefined()
  })
})

describe('latent attention', () => {
  const mla = (causal: boolean) =>
    `void flashinfer::mla::hopper::BatchMLAPageAttentionHopperKernel<flashinfer::mla::hopper::HopperKernelTraits<${causal}, 4u, 512u, 64u> >(int)`
  const operator = (tokens: number, listed: number) =>
    op(
      'batch_mla_attention_dtype_q_bf16::run',
      t('1024 uint8'),
      t('1024 uint8'),
      s(''),
      t(`${tokens},32,512 bf16`),
      t(`${tokens},32,64 bf16`),
      t('100000,1,512 bf16'),
      t('100000,1,64 bf16'),
      t(`${listed} int32`),
      t(`${tokens},32,512 bf16`),
    )

  it('has one key head, and finds the sequences in the index that was built for it', () => {
    const operations = classifyTrace(
      trace([
        kernel('create_flashinfer_kv_indices_triton', undefined, {
          shapesFrom: 'annotation',
          tensors: [named('kv_indptr', '33 int32'), named('kv_indices', '32800 int32')],
        }),
        kernel(mla(true), operator(32, 32800)),
      ]),
    )
    expect(operations[1]!.call).toEqual({
      op: 'attention',
      phase: 'decode',
      variant: 'mla',
      batch: 32,
      queryLen: 1,
      kvLen: 1025,
      heads: 32,
      kvHeads: 1,
      headDim: 576,
      headDimV: 512,
      causal: true,
      paged: true,
      dtype: 'bf16',
    })
  })

  it('takes a kernel without a mask for a decode of one token each', () => {
    const { call } = classify(kernel(mla(false), operator(32, 32800)))
    expect(call).toMatchObject({ phase: 'decode', batch: 32, kvLen: 1025, causal: false })
  })

  it('is not given where the sequences are not known', () => {
    expect(classify(kernel(mla(true), operator(32, 32800))).call).toBeUndefined()
  })
})
