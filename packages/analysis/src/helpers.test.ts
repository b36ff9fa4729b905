import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { helpedKernels } from './helpers.js'

const call = { op: 'matmul', m: 8, n: 8, k: 8, dtype: 'bf16' } as const
const gemm = (at: number, more: Partial<Activity> = {}): Activity => ({
  at: [at, at + 10],
  does: 'matmul',
  call,
  ...more,
})
const sum = (at: number, more: Partial<Activity> = {}): Activity => ({
  at: [at, at + 2],
  does: 'matmul',
  auxiliary: true,
  ...more,
})
const helped = (activities: Activity[]) => {
  const { trace, operations } = handMade(activities)
  return [...helpedKernels(trace, operations)]
}

describe('a helper', () => {
  it('goes with the last kernel of its operation before it on its stream', () => {
    expect(helped([gemm(0), gemm(20), { at: [35, 36], does: 'elementwise' }, sum(40)])).toEqual([
      -1, -1, -1, 1,
    ])
    expect(helped([gemm(0), gemm(20, { stream: 20 }), sum(40)])).toEqual([-1, -1, 0])
  })

  it('goes with the next one where none came before', () => {
    expect(helped([sum(0), sum(4), gemm(20)])).toEqual([2, 2, -1])
  })

  it('goes with the kernel of its operator call where calls are numbered', () => {
    expect(
      helped([gemm(0, { opInstance: 1 }), gemm(20, { opInstance: 2 }), sum(40, { opInstance: 1 })]),
    ).toEqual([-1, -1, 0])
  })

  it('that fills goes with the kernel of its call, or with the next on its stream, whatever that does', () => {
    const fill = (at: number, more: Partial<Activity> = {}): Activity =>
      sum(at, { does: 'memset', kind: 'memset', ...more })
    expect(
      helped([fill(0, { opInstance: 2 }), gemm(20), gemm(40, { opInstance: 2 }), fill(60)]),
    ).toEqual([2, -1, -1, -1])
    expect(helped([gemm(0), fill(15), gemm(20)])).toEqual([-1, 2, -1])
  })

  it('of one operator does not go with a kernel of another', () => {
    const of = (op: string) => ({ op })
    expect(helped([gemm(0, of('aten::mm')), sum(12, of('aten::bmm')), sum(14)])).toEqual([
      -1, -1, 0,
    ])
    const fill = sum(0, { does: 'memset', kind: 'memset', ...of('aten::convolution_backward') })
    expect(helped([fill, gemm(20, of('aten::mul')), gemm(40, of('aten::mm'))])).toEqual([
      -1, -1, -1,
    ])
  })

  it('of nothing in the trace goes with nothing', () => {
    expect(helped([sum(0), { at: [10, 20], does: 'elementwise' }])).toEqual([-1, -1])
  })
})
