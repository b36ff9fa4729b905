import type { OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { handMade } from '../fixtures/hand-made.js'
import {
  byFamily,
  byName,
  byOperation,
  byOperator,
  byScope,
  byStream,
  groupTime,
} from './groups.js'
import { byModule } from './modules.js'

const call: OpCall = { op: 'matmul', m: 1, n: 1, k: 1, dtype: 'bf16' }
const { trace, operations } = handMade([
  { at: [0, 10], name: 'gemm', op: 'aten::mm', parents: ['aten::matmul'], family: 'gemm', call },
  { at: [5, 15], name: 'gemm', op: 'aten::mm', family: 'gemm', call, stream: 8 },
  { at: [20, 22], name: 'add', op: 'aten::add', scopes: ['step', 'loss'] },
  { at: [22, 23], name: 'mystery', does: null, family: 'other', scopes: ['step'] },
])

describe('groups of time', () => {
  it('sum durations and, apart from them, time that members share once', () => {
    expect(byName(trace)[0]).toMatchObject({
      key: 'gemm',
      count: 2,
      sumNs: 20_000,
      busyNs: 15_000,
      share: 20 / 23,
      minNs: 10_000,
      maxNs: 10_000,
    })
  })

  it('go by operation, with unknown kernels apart', () => {
    expect(byOperation(trace, operations).map(({ key, op, family }) => [key, op, family])).toEqual([
      ['matmul', 'matmul', 'gemm'],
      ['elementwise', 'elementwise', 'elementwise'],
      ['unknown', null, 'other'],
    ])
  })

  it('go by family and stream', () => {
    expect(byFamily(trace, operations).map(({ key }) => key)).toEqual([
      'gemm',
      'elementwise',
      'other',
    ])
    expect(byStream(trace).map(({ key }) => key)).toEqual([
      'device 0 stream 7',
      'device 0 stream 8',
    ])
  })

  it('go by operator: its own kernels, and those of the operators that it calls', () => {
    expect(byOperator(trace)).toMatchObject([
      { key: 'aten::mm', sumNs: 20_000, totalNs: 20_000 },
      { key: 'aten::matmul', count: 0, sumNs: 0, totalCount: 1, totalNs: 10_000 },
      { key: 'aten::add', sumNs: 2_000 },
    ])
  })

  it('go by annotation scope: direct, and with inner scopes', () => {
    expect(byScope(trace)).toMatchObject([
      { key: 'step', sumNs: 1_000, totalNs: 3_000 },
      { key: 'loss', sumNs: 2_000, totalNs: 2_000 },
    ])
  })

  it('go by any key, leaving out what has none', () => {
    const groups = groupTime(trace, operations, ({ op }) => op?.name ?? null)
    expect(groups.map(({ key }) => key)).toEqual(['aten::mm', 'aten::add'])
  })
})

describe('byModule', () => {
  const layers = handMade([
    { at: [0, 10], modules: ['Model_0', 'DecoderLayer_0', 'Linear_0'] },
    { at: [10, 13], modules: ['Model_0', 'DecoderLayer_0'] },
    { at: [20, 30], modules: ['Model_0', 'DecoderLayer_1', 'Linear_1'] },
    { at: [30, 31] },
  ]).trace

  it('is a tree of instances with total and own time', () => {
    const { roots, outside } = byModule(layers)
    expect(outside).toEqual({ count: 1, sumNs: 1_000 })
    expect(roots).toMatchObject([
      {
        name: 'Model_0',
        count: 3,
        totalNs: 23_000,
        selfNs: 0,
        children: [
          { name: 'DecoderLayer_0', totalNs: 13_000, selfNs: 3_000 },
          { name: 'DecoderLayer_1', totalNs: 10_000, selfNs: 0 },
        ],
      },
    ])
  })

  it('adds up instances by class, where asked', () => {
    const [model] = byModule(layers, { by: 'class' }).roots
    expect(model).toMatchObject({
      name: 'Model',
      children: [{ name: 'DecoderLayer', totalNs: 23_000, children: [{ name: 'Linear' }] }],
    })
  })

  it('reads module frames of call stacks, which come innermost first', () => {
    const { trace } = handMade([
      {
        at: [0, 1],
        callStack: ['nn.Module: Linear_0', 'model.py(3): forward', 'nn.Module: Model_0'],
      },
    ])
    expect(byModule(trace).roots).toMatchObject([
      { name: 'Model_0', children: [{ name: 'Linear_0' }] },
    ])
  })
})
