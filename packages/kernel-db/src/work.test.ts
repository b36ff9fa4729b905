// FLOPs and bytes of real kernels, worked out by hand from the shapes that the profiler records. The
// conventions are those of docs/kernels.md, "Work".
import { opWork } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, op, s, t, trace } from '../fixtures/hand-made.js'
import { classify } from './classify/classify.js'
import { classifyTrace } from './classify/classify-trace.js'

const K = 1024
const NVJET = 'nvjet_tst_128x128_64x6_2x1_v_bz_TNT'
const FLASH = 'void pytorch_flash::flash_fwd_kernel<Flash_fwd_kernel_traits<128> >(int)'
const NORM = 'void flashinfer::norm::FusedAddRMSNormKernel<8u, __nv_bfloat16>(int)'
const SILU =
  'void flashinfer::activation::act_and_mul_kernel<__nv_bfloat16, &(silu(float const&))>(int)'
const COPY =
  'void at::native::elementwise_kernel<128, 4, at::native::gpu_kernel_impl_nocast<at::native::direct_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda(c10::BFloat16)#1}>(int)::{lambda(int)#1}>(int)'

function work(name: string, operator: Parameters<typeof kernel>[1]) {
  const { call, missing } = classify(kernel(name, operator))
  expect(missing).toBeUndefined()
  const { flops, readBytes, writeBytes } = opWork(call!)
  return { flops, bytes: readBytes + writeBytes }
}

const sdpa = (q: string, kv: string, causal: boolean) =>
  op('aten::_scaled_dot_product_flash_attention', t(q), t(kv), t(kv), s(0), s(causal), s(false))

describe('work', () => {
  it('of a product is 2mnk, each matrix moved once', () => {
    expect(work(NVJET, op('aten::mm', t('256,512 bf16'), t('512,1024 bf16')))).toEqual({
      flops: 2 * 256 * 1024 * 512,
      bytes: 2 * (256 * 512 + 512 * 1024 + 256 * 1024),
    })
    expect(work(NVJET, op('aten::bmm', t('8,16,512 bf16'), t('8,512,64 bf16')))).toEqual({
      flops: 8 * 2 * 16 * 64 * 512,
      bytes: 8 * 2 * (16 * 512 + 512 * 64 + 16 * 64),
    })
  })

  it('of a product in 8 bits moves half the bytes, and writes 16 bits', () => {
    const scaled = op(
      'sgl_kernel::fp8_scaled_mm',
      t('16,7168 fp8_e4m3'),
      t('7168,2112 fp8_e4m3'),
      t('16,1 fp32'),
      t('1,2112 fp32'),
      s(15),
    )
    expect(work(NVJET, scaled)).toEqual({
      flops: 2 * 16 * 2112 * 7168,
      bytes: 16 * 7168 + 7168 * 2112 + 2 * 16 * 2112,
    })
  })

  it('of causal prefill is that of the pairs below the diagonal: half, and the diagonal', () => {
    const causal = work(FLASH, sdpa('1,32,1024,128 bf16', '1,8,1024,128 bf16', true))
    const pairs = (K * (K + 1)) / 2
    expect(causal).toEqual({
      flops: 2 * pairs * 32 * (128 + 128),
      bytes: 2 * K * 128 * (32 + 8 + 8 + 32),
    })
    const full = work(FLASH, sdpa('1,32,1024,128 bf16', '1,8,1024,128 bf16', false))
    expect(full.flops).toBe(2 * K * K * 32 * 256)
    expect(full.bytes).toBe(causal.bytes)
    expect(causal.flops / full.flops).toBeCloseTo(0.5, 3)
  })

  it('of one decode step is that of all keys, causal or not', () => {
    for (const causal of [true, false]) {
      expect(work(FLASH, sdpa('4,32,1,128 bf16', '4,8,2048,128 bf16', causal))).toEqual({
        flops: 2 * 4 * 2048 * 32 * 256,
        bytes: 2 * 4 * 128 * (32 + 2048 * 8 * 2 + 32),
      })
    }
  })

  it('of a chunk of a prompt counts the keys before it in full', () => {
    // 256 new queries after 768 keys: each sees those and what came before it in the chunk.
    const { flops } = work(FLASH, sdpa('1,32,256,128 bf16', '1,8,1024,128 bf16', true))
    expect(flops).toBe(2 * (256 * 768 + (256 * 257) / 2) * 32 * 256)
  })

  it('of experts is that of topk rows for each token, with the weights of those that get one', () => {
    const experts = op(
      'sglang::inplace_fused_experts',
      t('32,7168 bf16'),
      t('256,1024,7168 bf16'),
      t('256,7168,512 bf16'),
      t('32,8 fp32'),
      t('32,8 int32'),
    )
    const kernels = [kernel('fused_moe_kernel', experts), kernel('fused_moe_kernel', experts)]
    const [up, down] = classifyTrace(trace(kernels)).map(({ call }) => opWork(call!))
    const rows = 32 * 8
    // A token goes to 8 different experts of 256, so 32 tokens pass by (1 − 8/256)³² of them.
    const active = 256 * (1 - (248 / 256) ** 32)
    expect(up!.flops).toBe(2 * rows * 1024 * 7168)
    expect(up!.readBytes).toBeCloseTo(2 * (rows * 7168 + active * 1024 * 7168), 0)
    expect(down!.flops).toBe(2 * rows * 7168 * 512)
    expect(down!.writeBytes).toBe(2 * rows * 7168)
  })

  it('of a norm with a residual reads and writes both', () => {
    const x = t('64,4096 bf16')
    const norm = op('sgl_kernel::fused_add_rmsnorm', x, x, t('4096 bf16'), s(1e-6), s(false))
    expect(work(NORM, norm)).toEqual({ flops: 4 * 64 * 4096, bytes: 4 * 2 * 64 * 4096 })
  })

  it('of a gated activation reads twice what it writes', () => {
    const gated = op('sgl_kernel::silu_and_mul', t('64,512 bf16'), t('64,1024 bf16'))
    expect(work(SILU, gated)).toEqual({ flops: 6 * 64 * 512, bytes: 3 * 2 * 64 * 512 })
  })

  it('of a copy, a concatenation and a lookup is in bytes alone', () => {
    const copy = op('aten::copy_', t('64,512 bf16'), t('64,512 bf16'), s(false))
    expect(work(COPY, copy)).toEqual({ flops: 0, bytes: 2 * 2 * 64 * 512 })
    const lookup = op('aten::embedding', t('128256,4096 bf16'), t('32 int64'))
    const GATHER = 'void at::native::vectorized_gather_kernel<16, long>(int)'
    // 32 rows of the table, not the table; and 32 indices.
    expect(work(GATHER, lookup)).toEqual({ flops: 0, bytes: 2 * 2 * 32 * 4096 + 32 * 8 })
  })

  it('of quantisation writes fewer bytes and a scale for each group', () => {
    const quantize = op(
      'sgl_kernel::sgl_per_token_group_quant_fp8',
      t('64,7168 bf16'),
      t('64,7168 fp8_e4m3'),
      t('64,56 fp32'),
      s(128),
    )
    const QUANT =
      'void per_token_group_quant_8bit_kernel<__nv_bfloat16, c10::Float8_e4m3fn, true>(int)'
    expect(work(QUANT, quantize).bytes).toBe(64 * 7168 * (2 + 1) + 64 * 56 * 4)
  })

  it('of an all-reduce on 8 ranks sends 7/4 of the tensor', () => {
    const { call } = classify(
      kernel('void vllm::cross_device_reduce_2stage<__nv_bfloat16, 8>(int)', {
        ...op('_C_custom_ar::all_reduce', s(1), t('32,7168 bf16'), t('32,7168 bf16')),
      }),
    )
    expect(opWork(call!)).toMatchObject({ flops: 32 * 7168, networkBytes: 1.75 * 2 * 32 * 7168 })
  })

  it('of an operator in several kernels is charged once', () => {
    const mm = op('aten::mm', t('16,7168 bf16'), t('7168,256 bf16'))
    const sum =
      'void cublasLt::splitKreduce_kernel<32, 16, int, float, __nv_bfloat16, float, __nv_bfloat16, true, false, false>(int)'
    const operations = classifyTrace(trace([kernel(NVJET, mm), kernel(sum, mm)]))
    const flops = operations.flatMap(({ call }) => (call === undefined ? [] : opWork(call).flops))
    expect(flops).toEqual([2 * 16 * 256 * 7168])
  })
})
