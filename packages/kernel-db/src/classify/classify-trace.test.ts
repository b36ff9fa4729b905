import { describe, expect, it } from 'vitest'
import { kernel, launchedBy, op, s, t, trace } from '../../fixtures/hand-made.js'
import { classifyTrace } from './classify-trace.js'

const NVJET = 'nvjet_hsh_128x256_64x4_1x2_h_bz_coopA_NNT'
const SPLIT_K =
  'void cublasLt::splitKreduce_kernel<32, 16, int, float, __nv_bfloat16, float, __nv_bfloat16, true, false, false>(int)'
const MM = op('aten::mm', t('4,8 bf16'), t('8,2 bf16'))

/** What a trace's kernels do: the operation, in brackets where another kernel is charged. */
function summary(kernels: Parameters<typeof trace>[0]): string[] {
  return classifyTrace(trace(kernels)).map(({ op, call, auxiliary }) =>
    auxiliary === true ? `(${op})` : call === undefined ? `${op}?` : `${op}`,
  )
}

describe('classifyTrace', () => {
  it('charges the work of a call once', () => {
    expect(summary([kernel(NVJET, MM), kernel(SPLIT_K, MM)])).toEqual(['matmul', '(matmul)'])
    // The second kernel of a cumulative sum initialises; the scan proper is charged.
    const cumsum = op('aten::cumsum', t('1024 int64'), s(0), s(''))
    expect(
      summary([
        kernel('void at_cuda_detail::cub::DeviceScanInitKernel<int>(int)', cumsum),
        kernel('void at_cuda_detail::cub::DeviceScanKernel<int>(int)', cumsum),
      ]),
    ).toEqual(['(scan)', 'scan'])
  })

  it('charges the longest of several kernels that a rule takes for the same', () => {
    const sort = op('aten::sort', t('100000 fp32'), s(-1), s(false))
    const radix = (name: string, durationNs: number) =>
      kernel(`void cub::${name}<int>(int)`, sort, { durationNs })
    expect(
      summary([
        radix('DeviceRadixSortHistogramKernel', 1000),
        radix('DeviceRadixSortOnesweepKernel', 9000),
        radix('DeviceRadixSortOnesweepKernelB', 5000),
      ]),
    ).toEqual(['(sort)', 'sort', '(sort)'])
  })

  it('counts a fill before a product to the product', () => {
    const fill = kernel('Memset (Device)', MM, {
      kind: 'memset',
      bytes: 16,
      name: 'Memset (Device)',
    })
    expect(summary([fill, kernel(NVJET, MM)])).toEqual(['(memset)', 'matmul'])
    const alone = op('aten::zero_', t('64 bf16'))
    expect(summary([{ ...fill, op: alone }])).toEqual(['memset'])
  })

  it('takes equal operators for one call until the first kernel comes again', () => {
    expect(
      summary([kernel(NVJET, MM), kernel(SPLIT_K, MM), kernel(NVJET, MM), kernel(SPLIT_K, MM)]),
    ).toEqual(['matmul', '(matmul)', 'matmul', '(matmul)'])
  })

  it("goes by the parser's numbers of calls where there are some", () => {
    const numbered = (opInstance: number) =>
      kernel('void cub::DeviceRadixSortOnesweepKernel<int>(int)', op('aten::sort', t('9 fp32')), {
        opInstance,
      })
    expect(summary([numbered(1), numbered(2)])).toEqual(['sort', 'sort'])
    expect(summary([numbered(1), numbered(1)])).toEqual(['sort', '(sort)'])
  })

  it('keeps the kernels of a graph apart, whatever replays it', () => {
    const DEEPGEMM =
      'void deep_gemm::fp8_gemm_kernel<512u, 256u, 128u, 160u, 128u, 0u, 64u, 1u, 4u, 128u, 128u, 2u, false, (deep_gemm::GemmType)0>(int)'
    const replayed = {
      ...op('replay', t('4,4 bf16')),
    }
    const kernels = [1, 1].map((opInstance) =>
      kernel(DEEPGEMM, replayed, { opInstance, launch: launchedBy('cudaGraphLaunch') }),
    )
    expect(classifyTrace(trace(kernels)).map(({ auxiliary }) => auxiliary)).toEqual([
      undefined,
      undefined,
    ])
  })

  it('answers equal kernels alike, and different ones for themselves', () => {
    const other = op('aten::mm', t('4,8 bf16'), t('8,16 bf16'))
    const kernels = [kernel(NVJET, MM), kernel(NVJET, other), kernel(NVJET, MM), kernel(NVJET)]
    expect(
      classifyTrace(trace(kernels)).map(({ call }) => (call?.op === 'matmul' ? call.n : undefined)),
    ).toEqual([2, 16, 2, undefined])
  })

  it('knows copies of different sizes', () => {
    const copy = (bytes: number) =>
      kernel('Memcpy DtoD (Device -> Device)', undefined, { kind: 'memcpy', bytes })
    expect(
      classifyTrace(trace([copy(8), copy(16), copy(8)])).map(({ call }) => call),
    ).toMatchObject([{ bytes: 8 }, { bytes: 16 }, { bytes: 8 }])
  })

  it('has one answer for each kernel of an empty trace and of a long one', () => {
    expect(classifyTrace(trace([]))).toEqual([])
    const many = Array.from({ length: 20_000 }, (_, i) => kernel(NVJET, MM, { opInstance: i }))
    expect(classifyTrace(trace(many))).toHaveLength(20_000)
  })
})
