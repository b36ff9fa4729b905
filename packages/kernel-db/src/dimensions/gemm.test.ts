import { describe, expect, it } from 'vitest'
import { kernel, named, op, s, t, trace } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'
import { classifyTrace } from '../classify/classify-trace.js'

const NVJET = 'nvjet_hsh_128x256_64x4_1x2_h_bz_coopA_NNT'
const call = (...args: Parameters<typeof op>) => classify(kernel(NVJET, op(...args))).call

describe('matrix products', () => {
  it('has m, n and k from both operands', () => {
    expect(call('aten::mm', t('8944,1024 bf16'), t('1024,2816 bf16'))).toEqual({
      op: 'matmul',
      m: 8944,
      n: 2816,
      k: 1024,
      dtype: 'bf16',
    })
  })

  it('knows a linear layer with bias, and what the tensors are', () => {
    const { call, tensors } = classify(
      kernel(NVJET, op('aten::addmm', t('768 bf16'), t('128,3072 bf16'), t('3072,768 bf16'), s(1))),
    )
    expect(call).toEqual({ op: 'matmul', m: 128, n: 768, k: 3072, dtype: 'bf16', bias: true })
    expect(tensors.map(({ name, role }) => [name, role])).toEqual([
      ['bias', 'input'],
      ['a', 'input'],
      ['b', 'input'],
    ])
  })

  it('flattens the rows of aten::linear, whose weight lies as [n, k]', () => {
    expect(call('aten::linear', t('4,16,512 fp16'), t('2048,512 fp16'), s(''))).toMatchObject({
      m: 64,
      n: 2048,
      k: 512,
    })
  })

  it('batches', () => {
    expect(call('aten::bmm', t('32,1,128 bf16'), t('32,128,512 bf16'))).toEqual({
      op: 'bmm',
      batch: 32,
      m: 1,
      n: 512,
      k: 128,
      dtype: 'bf16',
    })
  })

  it('reads an operand once that a whole batch shares', () => {
    const shared = (text: string, strides: number[]) => ({ ...t(text), strides })
    const left = shared('32,4,128 bf16', [0, 128, 1])
    expect(call('aten::bmm', left, t('32,128,512 bf16'))).toMatchObject({
      op: 'bmm',
      batch: 32,
      shared: 'left',
    })
    // Shared weights make one product of all rows.
    const right = shared('32,128,512 bf16', [0, 512, 1])
    expect(call('aten::bmm', t('32,4,128 bf16'), right)).toMatchObject({
      op: 'matmul',
      m: 128,
      n: 512,
      k: 128,
    })
  })

  it('unpacks eight 4-bit weights from each int32, along n for AWQ', () => {
    const awq = op(
      'vllm::awq_gemm',
      t('16,4096 fp16'),
      t('4096,512 int32'),
      t('32,4096 fp16'),
      t('32,512 int32'),
      s(8),
    )
    expect(classify(kernel('gemm_forward_4bit_cuda_m16n64k32', awq)).call).toMatchObject({
      op: 'matmul',
      m: 16,
      n: 4096,
      k: 4096,
      weightDtype: 'int4',
    })
  })

  it('multiplies a matrix by a vector', () => {
    expect(call('aten::mv', t('64,32 fp32'), t('32 fp32'))).toMatchObject({ m: 64, n: 1, k: 32 })
    expect(call('aten::mv', t('64,32 fp32'), t('31 fp32'))).toBeUndefined()
    expect(call('aten::dot', t('32 fp32'), t('32 fp32'))).toMatchObject({ m: 1, n: 1, k: 32 })
  })

  it('tells tf32 products by the name of the kernel', () => {
    const tf32 = 'void cutlass::Kernel2<cutlass_80_tensorop_s1688gemm_128x128_16x5_nn_align4>(int)'
    const simt = 'ampere_sgemm_128x64_tn'
    const mm = op('aten::mm', t('8,16 fp32'), t('16,4 fp32'))
    expect(classify(kernel(tf32, mm)).call).toMatchObject({ dtype: 'tf32', outDtype: 'fp32' })
    expect(classify(kernel(simt, mm)).call).toEqual({
      op: 'matmul',
      m: 8,
      n: 4,
      k: 16,
      dtype: 'fp32',
    })
  })

  it('reads the scales and the result of aten::_scaled_mm', () => {
    const scaled = (a: string, b: string) =>
      call(
        'aten::_scaled_mm',
        t('64,7168 fp8_e4m3'),
        t('7168,2112 fp8_e4m3'),
        t(a),
        t(b),
        s(''),
        s(''),
        s(15),
        s(true),
      )
    const product = { op: 'matmul', m: 64, n: 2112, k: 7168, dtype: 'fp8_e4m3' }
    expect(scaled(' fp32', ' fp32')).toEqual({ ...product, scaling: 'tensor' })
    expect(scaled('64,1 fp32', '1,2112 fp32')).toEqual({ ...product, scaling: 'channel' })
    expect(scaled('64,56 fp32', '56,17 fp32')).toEqual({ ...product, scaling: 'block' })
  })

  it("knows the engines' quantised products", () => {
    const CUTLASS = 'void cutlass::device_kernel<cutlass::gemm::kernel::GemmUniversal<int> >(int)'
    const by = (name: string, ...args: ReturnType<typeof t>[]) =>
      classify(kernel(CUTLASS, op(name, ...args))).call
    expect(
      by(
        'sgl_kernel::fp8_blockwise_scaled_mm',
        t('16,7168 fp8_e4m3'),
        t('7168,4096 fp8_e4m3'),
        t('16,56 fp32'),
        t('56,32 fp32'),
      ),
    ).toMatchObject({ op: 'matmul', m: 16, n: 4096, k: 7168, scaling: 'block' })
    expect(
      by(
        '_C::cutlass_scaled_mm',
        t('16,4096 bf16'),
        t('16,512 int8'),
        t('512,4096 int8'),
        t('16,1 fp32'),
        t('4096,1 fp32'),
      ),
    ).toEqual({
      op: 'matmul',
      m: 16,
      n: 4096,
      k: 512,
      dtype: 'int8',
      scaling: 'channel',
    })
    // 4-bit values lie two to a byte along k.
    expect(
      by(
        '_C::cutlass_scaled_fp4_mm',
        t('16,4096 bf16'),
        t('16,256 uint8'),
        t('4096,256 uint8'),
        t('128,32 fp8_e4m3'),
        t('4096,32 fp8_e4m3'),
        t('1 fp32'),
      ),
    ).toMatchObject({ m: 16, n: 4096, k: 512, dtype: 'fp4_e2m1' })
  })

  it('takes the sizes of repacked weights from values', () => {
    const MARLIN = 'void marlin::Marlin<__nv_bfloat16, 4, 256, 1, 8, 8, 4, false>(int4 const*)'
    const { call } = classify(
      kernel(
        MARLIN,
        op(
          '_C::gptq_marlin_gemm',
          t('7,4096 bf16'),
          s(''),
          t('256,22016 int32'),
          t('32,11008 bf16'),
          s(1125899906909960),
          s(7),
          s(11008),
          s(4096),
        ),
      ),
    )
    expect(call).toMatchObject({ m: 7, n: 11008, k: 4096, dtype: 'bf16', weightDtype: 'int4' })
  })

  it('takes n and k out of the name, and m from the operand', () => {
    const DEEPGEMM =
      'void deep_gemm::fp8_gemm_kernel<4096u, 7168u, 128u, 160u, 128u, 0u, 64u, 32u, 4u, 128u, 128u, 2u, false, (deep_gemm::GemmType)0>(int)'
    const { call } = classify(
      kernel(DEEPGEMM, undefined, {
        shapesFrom: 'annotation',
        tensors: [named('a', '1024,7168 fp8_e4m3')],
      }),
    )
    expect(call).toMatchObject({ n: 4096, k: 7168, m: 1024 })
    expect(classify(kernel(DEEPGEMM)).missing).toBe(
      'm is not in the trace; the name gives n = 4096, k = 7168',
    )
  })

  it('takes m from the kernel that wrote the operand just before, and says so', () => {
    const operations = classifyTrace(
      trace([
        kernel(
          'void per_token_group_quant_8bit_kernel<__nv_bfloat16, c10::Float8_e4m3fn, true>(int)',
          op(
            'sgl_kernel::sgl_per_token_group_quant_fp8',
            t('512,7168 bf16'),
            t('512,7168 fp8_e4m3'),
            t('512,56 fp32'),
            s(128),
          ),
        ),
        kernel(
          'void deep_gemm::fp8_gemm_kernel<4096u, 7168u, 128u, 160u, 128u, 0u, 64u, 1u, 4u, 128u, 128u, 2u, false, (deep_gemm::GemmType)0>(int)',
        ),
      ]),
    )
    expect(operations[1]!.call).toMatchObject({ op: 'matmul', m: 512, n: 4096, k: 7168 })
    expect(operations[1]!.missing).toContain('kernel before')
  })

  it('groups', () => {
    const GROUPED =
      'void cutlass::device_kernel<cutlass::gemm::kernel::GemmUniversal<cutlass::gemm::GroupProblemShape<cute::tuple<int, int, int> > > >(int)'
    expect(
      classify(
        kernel(
          GROUPED,
          op(
            'sgl_kernel::cutlass_moe_mm',
            t('4096,1408 bf16'),
            t('4096,2048 fp8_e4m3'),
            t('64,2048,1408 fp8_e4m3'),
            t('4096,1 fp32'),
            t('64,1 fp32'),
          ),
        ),
      ).call,
    ).toMatchObject({ op: 'grouped_gemm', groups: 64, m: 4096, n: 1408, k: 2048 })
  })

  it('says why there are no dimensions', () => {
    const { call, missing } = classify(kernel(NVJET, op('aten::mm', t('3,4 bf16'), t('5,6 bf16'))))
    expect(call).toBeUndefined()
    expect(missing).toBe('m, n and k do not follow from [3, 4] and [5, 6]')
    expect(classify(kernel(NVJET)).missing).toBe('the trace holds no tensor shapes for this kernel')
    expect(classify(kernel(NVJET, op('aten::mm', t('3,4'), t('4,6')))).missing).toBe(
      'the trace names no element type',
    )
  })
})
