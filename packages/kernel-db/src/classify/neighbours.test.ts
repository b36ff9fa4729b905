// What one kernel of a trace tells of another: experts in parts, rows that were written, groups of ranks, charging.
import type { KernelTrace } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, named, op, s, t, trace } from '../../fixtures/hand-made.js'
import { classifyTrace } from './classify-trace.js'

const NVJET = 'nvjet_hsh_128x256_64x4_1x2_h_bz_coopA_NNT'
const calls = (kernels: Parameters<typeof trace>[0], more: Partial<KernelTrace> = {}) =>
  classifyTrace(trace(kernels, more)).map(({ call }) => call)

describe('rows that a kernel before wrote', () => {
  const DEEPGEMM =
    'void deep_gemm::fp8_gemm_kernel<4096u, 7168u, 128u, 160u, 128u, 0u, 64u, 1u, 4u, 128u, 128u, 2u, false, (deep_gemm::GemmType)0>(int)'
  const NORM = 'void flashinfer::norm::RMSNormKernel<8u, __nv_bfloat16>(int)'
  const norm = (rows: number, more = {}) => {
    const x = t(`${rows},7168 bf16`)
    return kernel(NORM, op('sgl_kernel::rmsnorm', x, x, t('7168 bf16')), more)
  }
  const product = kernel(DEEPGEMM)
  const rows = (...kernels: Parameters<typeof trace>[0]) => {
    const call = calls(kernels).at(-1)
    return call?.op === 'matmul' ? call.m : undefined
  }
  const other = kernel('Memset (Device)', undefined, { kind: 'memset', bytes: 16 })

  it('are those of the last one, on the same stream, among the eight before', () => {
    expect(rows(norm(12), norm(20), product)).toBe(20)
    expect(rows(norm(12, { stream: 8 }), product)).toBeUndefined()
    expect(rows(norm(12, { device: 1 }), product)).toBeUndefined()
    expect(rows(norm(12), ...Array(8).fill(other), product)).toBe(12)
    expect(rows(norm(12), ...Array(9).fill(other), product)).toBeUndefined()
  })

  it('are also those of a product as wide', () => {
    const mm = kernel(NVJET, op('aten::mm', t('9,8 bf16'), t('8,7168 bf16')))
    expect(rows(mm, product)).toBe(9)
    expect(rows(kernel(NVJET, op('aten::mm', t('9,7168 bf16'), t('7168,8 bf16'))), product)).toBe(
      undefined,
    )
  })
})

describe('experts in parts', () => {
  const layer = (tokens: number, pairs: number, numbered = true) => {
    const experts = op(
      'vllm::inplace_fused_experts',
      t(`${tokens},512 bf16`),
      t('8,256,512 bf16'),
      t('8,512,128 bf16'),
      t(`${tokens},2 fp32`),
      t(`${tokens},2 int32`),
    )
    const one = kernel('fused_moe_kernel', experts, numbered ? { opInstance: 1 } : {})
    return calls(Array(2 * pairs).fill(one)).map((call) =>
      call?.op === 'grouped_gemm' ? [call.m, call.n] : undefined,
    )
  }

  it('of a usual size have the rest in the last', () => {
    expect(layer(20000, 3).map((call) => call![0])).toEqual([
      16384, 16384, 16384, 16384, 7232, 7232,
    ])
    expect(layer(100000, 2).map((call) => call![0])).toEqual([131072, 131072, 68928, 68928])
    expect(layer(32768, 1)).toEqual([
      [65536, 256],
      [65536, 512],
    ])
  })

  it('of another size are as alike as they can be', () => {
    expect(layer(100, 3).map((call) => call![0])).toEqual([68, 68, 68, 68, 64, 64])
  })

  it('cannot be told from several calls without their numbers', () => {
    expect(layer(20000, 3, false).map((call) => call![0])).toEqual(Array(6).fill(40000))
  })
})

describe('sequences that an index lists', () => {
  const attend = (...tensors: ReturnType<typeof named>[]) => {
    const mla =
      'void flashinfer::mla::hopper::BatchMLAPageAttentionHopperKernel<flashinfer::mla::hopper::HopperKernelTraits<true, 4u, 512u, 64u> >(int)'
    const operator = op(
      'batch_mla_attention_dtype_q_bf16::run',
      t('1024 uint8'),
      t('1024 uint8'),
      s(''),
      t('8,32,512 bf16'),
      t('8,32,64 bf16'),
      t('100,1,512 bf16'),
      t('100,1,64 bf16'),
      t('40 int32'),
      t('8,32,512 bf16'),
    )
    const index = kernel('create_flashinfer_kv_indices_triton', undefined, { tensors })
    const call = calls([index, kernel(mla, operator)])[1]
    return call?.op === 'attention' ? [call.batch, call.kvLen] : undefined
  }

  it('are one fewer than its offsets, by either spelling', () => {
    for (const end of ['', '_ptr']) {
      expect(
        attend(named(`kv_indptr${end}`, '5 int32'), named(`kv_indices${end}`, '40 int32')),
      ).toEqual([4, 10])
    }
  })

  it('are not known without both, without any, or of an index of another size', () => {
    expect(attend(named('kv_indices', '40 int32'))).toBeUndefined()
    expect(attend(named('kv_indptr', '5 int32'))).toBeUndefined()
    expect(attend(named('kv_indptr', '1 int32'), named('kv_indices', '40 int32'))).toBeUndefined()
    expect(attend(named('kv_indptr', '5 int32'), named('kv_indices', '41 int32'))).toBeUndefined()
  })
})

describe('ranks of a group', () => {
  const devices = (
    processGroups: KernelTrace['processGroups'],
    worldSize: number | null = null,
  ) => {
    const reduce = kernel(
      'void (anonymous namespace)::multimem_all_reduce_kernel<c10::BFloat16, 16>(c10::BFloat16*)',
      op('symm_mem::multimem_all_reduce_', t('4096 bf16'), s('sum'), s('tp')),
    )
    const [call] = calls([reduce], { processGroups, worldSize })
    return call !== undefined && 'devices' in call ? call.devices : undefined
  }

  it('are known by its name, before what another is for, and by its size before a list', () => {
    expect(devices([{ name: 'tp', size: 4, ranks: [0, 1] }])).toBe(4)
    expect(devices([{ name: 'tp', ranks: [0, 1] }])).toBe(2)
    expect(devices([{ name: '1', description: 'tp', size: 4 }])).toBe(4)
    expect(
      devices([
        { name: '1', description: 'tp', size: 4 },
        { name: '2', description: 'tp', size: 8 },
      ]),
    ).toBe(4)
    expect(
      devices([
        { name: '1', description: 'tp', size: 4 },
        { name: 'tp', size: 8 },
      ]),
    ).toBe(8)
    expect(devices([{ name: 'tp' }], 16)).toBe(16)
    expect(devices([])).toBeUndefined()
  })
})

describe('what a call is charged for', () => {
  const MM = op('aten::mm', t('4,8 bf16'), t('8,2 bf16'))
  const summary = (...kernels: Parameters<typeof trace>[0]) =>
    classifyTrace(trace(kernels)).map(({ op, call, auxiliary, missing }) =>
      auxiliary === true
        ? [op, 'helper', call, missing]
        : [op, call === undefined ? 'none' : 'charged'],
    )
  const part = (durationNs: number, opInstance = 1) => kernel(NVJET, MM, { durationNs, opInstance })
  const helper = ['matmul', 'helper', undefined, undefined]

  it('is the longest kernel, the first of several as long', () => {
    expect(summary(part(5), part(9), part(7))).toEqual([helper, ['matmul', 'charged'], helper])
    expect(summary(part(5), part(5))).toEqual([['matmul', 'charged'], helper])
    expect(summary(part(5), part(5, 2))).toEqual([
      ['matmul', 'charged'],
      ['matmul', 'charged'],
    ])
  })

  it('is not a fill beside work, but is where there is nothing else', () => {
    const fill = (opInstance = 1) =>
      kernel('Memset (Device)', MM, { kind: 'memset', bytes: 16, opInstance })
    expect(summary(fill(), part(5))).toEqual([
      ['memset', 'helper', undefined, undefined],
      ['matmul', 'charged'],
    ])
    expect(summary(fill(), fill())).toEqual([
      ['memset', 'charged'],
      ['memset', 'helper', undefined, undefined],
    ])
    const unknown = kernel('nobody_knows', { ...op('acme::x', t('4')) }, { opInstance: 1 })
    expect(summary(fill(), unknown)[0]).toEqual(['memset', 'charged'])
  })
})
