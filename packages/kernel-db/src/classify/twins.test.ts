import type { KernelEvent } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, op, t, trace } from '../../fixtures/hand-made.js'
import { classifyTrace } from './classify-trace.js'

const GEMM = 'sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize128x128x64_execute_kernel__5x_cublas'
const ADD =
  'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<c10::BFloat16>, std::array<char*, 3ul> >(int)'
const NORM = 'void flashinfer::norm::RMSNormKernel<8u, __nv_bfloat16>(int)'

/** A layer: norm, product, addition, product, as launched in the profile. */
function layer(rows: number, more: Partial<KernelEvent> = {}): KernelEvent[] {
  const mm = (k: number, n: number) => op('aten::mm', t(`${rows},${k} bf16`), t(`${k},${n} bf16`))
  const x = t(`${rows},64 bf16`)
  const grid = {
    grid: [rows, 1, 1] as [number, number, number],
    block: [128, 1, 1] as [number, number, number],
  }
  return [
    kernel(NORM, op('sgl_kernel::rmsnorm', x, x, t('64 bf16')), { ...grid, ...more }),
    // Persistent kernels have the same grid for any size.
    kernel(GEMM, mm(64, 256), { ...grid, ...more }),
    kernel(ADD, op('aten::add', t(`${rows},256 bf16`), t(`${rows},256 bf16`)), {
      ...grid,
      ...more,
    }),
    kernel(GEMM, mm(256, 64), { ...grid, ...more }),
  ]
}

/** The same kernels, launched before the profile. */
function lost(kernels: KernelEvent[], withGrid = true): KernelEvent[] {
  return kernels.map(({ op: _, launch: __, grid, block, ...rest }) => ({
    ...rest,
    shapesFrom: 'none',
    ...(withGrid ? { grid: grid!, block: block! } : {}),
  }))
}

const calls = (...kernels: KernelEvent[][]) =>
  classifyTrace(trace(kernels.flat())).map(({ call }) => call)

describe('kernels launched before the profile', () => {
  it('have the dimensions of the same kernels in the same place', () => {
    const operations = classifyTrace(trace([...lost(layer(8)), ...layer(8), ...layer(8)]))
    expect(operations.slice(1, 4).map(({ call }) => call)).toEqual(
      operations.slice(5, 8).map(({ call }) => call),
    )
    expect(operations[1]!.call).toMatchObject({ m: 8, n: 256, k: 64 })
    expect(operations[3]!.call).toMatchObject({ m: 8, n: 64, k: 256 })
    expect(operations[1]!.missing).toBe(
      'dimensions of the same kernel between the same neighbours elsewhere in the trace',
    )
  })

  it('have none where the grid differs', () => {
    expect(calls(lost(layer(16)), layer(8)).slice(0, 4)).toEqual(Array(4).fill(undefined))
  })

  it('have none where their twins do not agree', () => {
    const other = layer(8)
    other[1] = kernel(GEMM, op('aten::mm', t('8,64 bf16'), t('64,512 bf16')), {
      grid: [8, 1, 1],
      block: [128, 1, 1],
    })
    expect(calls(lost(layer(8)), layer(8), layer(8), other, layer(8))[1]).toBeUndefined()
  })

  it('need a like duration where no grid is recorded', () => {
    const known = [...layer(8), ...layer(8)]
    const slow = lost(layer(8, { durationNs: 5000 }), false)
    expect(calls(lost(layer(8), false), known)[1]).toBeDefined()
    expect(calls(slow, known).slice(0, 4)).toEqual(Array(4).fill(undefined))
  })
})
