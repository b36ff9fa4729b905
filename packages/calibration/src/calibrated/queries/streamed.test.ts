import type { OpCall } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import type { PointwiseQuery } from '../families/pointwise.js'
import { streamedQuery } from './streamed.js'

const query = (call: OpCall) => streamedQuery(call, {}).query as PointwiseQuery

it('a copy from 32 bits to 16 moves vectors, one the other way single elements', () => {
  const copy = (dtype: 'bf16' | 'fp32', outDtype: 'bf16' | 'fp32', strided?: true) =>
    query({ op: 'copy', elements: 1 << 20, dtype, outDtype, ...(strided && { strided }) }).strided
  expect(copy('fp32', 'bf16')).toBe(false)
  expect(copy('bf16', 'fp32')).toBe(true)
  expect(copy('fp32', 'bf16', true)).toBe(true)
})

it('a softmax of long rows goes through them three times, a gradient twice, short rows stay in registers', () => {
  const softmax = (cols: number, direction?: 'backward') =>
    query({ op: 'softmax', rows: 64, cols, dtype: 'fp32', ...(direction && { direction }) })
  expect(softmax(50_257)).toMatchObject({ passes: 3, passBytes: 64 * 50_257 * 4 })
  expect(softmax(50_257, 'backward')).toMatchObject({ passes: 2, passBytes: 64 * 50_257 * 8 })
  expect(softmax(512)).toMatchObject({ passes: 1, passBytes: 0 })
})

it('a reduction reads its rows once', () => {
  const sum = { op: 'reduce', function: 'sum', rows: 4096, cols: 4096, dtype: 'fp32' } as const
  expect(query(sum)).toMatchObject({ passes: 1, passBytes: 0 })
})
