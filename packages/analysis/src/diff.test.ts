import type { OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { diffTraces } from './diff.js'

const call = (m: number): OpCall => ({ op: 'matmul', m, n: 8, k: 8, dtype: 'bf16' })
const gemm = (at: [number, number], more: Partial<Activity> = {}): Activity => ({
  at,
  name: 'sm90_gemm',
  op: 'aten::mm',
  family: 'gemm',
  call: call(4),
  modules: ['DecoderLayer_0'],
  ...more,
})

describe('diffTraces', () => {
  it('pairs kernels by operation, operator, layer and shape, whatever their names', () => {
    const diff = diffTraces(
      handMade([gemm([0, 10]), gemm([10, 20])]),
      handMade([gemm([0, 5], { name: 'nvjet' }), gemm([10, 15], { name: 'nvjet' })]),
    )
    expect(diff.rows).toEqual([
      {
        op: 'matmul',
        family: 'gemm',
        operator: 'aten::mm',
        shape: 'm=4 n=8 k=8 bf16',
        shapeB: null,
        match: 'exact',
        a: { count: 2, sumNs: 20_000, kernels: ['sm90_gemm'] },
        b: { count: 2, sumNs: 10_000, kernels: ['nvjet'] },
        deltaNs: -10_000,
        ratio: 0.5,
      },
    ])
    expect(diff.matchedShare.exact).toEqual({ a: 1, b: 1 })
  })

  it.each([
    ['shape', { modules: ['DecoderLayer_1'] }],
    ['operation_shape', { op: 'vllm::gemm' }],
    ['operator', { call: call(99) }],
    ['operation', { call: call(99), op: 'vllm::gemm' }],
  ])('loosens the match to %s where it must', (match, change: Partial<Activity>) => {
    const first: Activity = { at: [0, 1], modules: ['DecoderLayer_0'] }
    const diff = diffTraces(
      handMade([first, gemm([1, 11])]),
      handMade([first, gemm([1, 13], change)]),
    )
    expect(diff.rows[0]).toMatchObject({ match, deltaNs: 2_000 })
  })

  it('names the other shape where shapes differ', () => {
    const diff = diffTraces(
      handMade([gemm([0, 10])]),
      handMade([gemm([0, 12], { call: call(99) })]),
    )
    expect(diff.rows[0]).toMatchObject({
      shape: 'm=4 n=8 k=8 bf16',
      shapeB: 'm=99 n=8 k=8 bf16',
    })
  })

  it('pairs unknown kernels by name, and lists what only one trace has', () => {
    const diff = diffTraces(
      handMade([
        { at: [0, 1], name: 'mystery', does: null },
        { at: [1, 4], name: 'gone', does: null },
      ]),
      handMade([
        { at: [0, 2], name: 'mystery', does: null },
        { at: [2, 4], name: 'new', does: null },
      ]),
    )
    expect(diff.rows.map(({ match, deltaNs }) => [match, deltaNs])).toEqual([
      ['only_a', -3_000],
      ['only_b', 2_000],
      ['name', 1_000],
    ])
  })

  it('compares means where one trace has more repeats', () => {
    const diff = diffTraces(handMade([gemm([0, 10])]), handMade([gemm([0, 10]), gemm([10, 20])]))
    expect(diff.rows).toMatchObject([
      { match: 'only_b', b: { count: 1 } },
      { match: 'exact', ratio: 1 },
    ])
  })

  it('compares layers and breakdowns', () => {
    const diff = diffTraces(handMade([gemm([0, 10])]), handMade([gemm([0, 4]), gemm([8, 10])]))
    expect(diff.layers).toEqual([{ index: 0, aNs: 10_000, bNs: 6_000, deltaNs: -4_000 }])
    expect(diff.a.busyNs).toBe(10_000)
    expect(diff.b.idleNs).toBe(4_000)
  })

  it('finds nothing between a trace and itself', () => {
    const one = handMade([gemm([0, 10]), { at: [10, 11], name: 'x', does: null }])
    const diff = diffTraces(one, one)
    expect(diff.rows.every(({ deltaNs, ratio }) => deltaNs === 0 && ratio === 1)).toBe(true)
  })
})
