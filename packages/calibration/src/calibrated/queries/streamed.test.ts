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

const softmax = (cols: number, dtype: 'fp32' | 'bf16' = 'fp32', direction?: 'backward') =>
  query({ op: 'softmax', rows: 64, cols, dtype, ...(direction && { direction }) })

it('a softmax reads rows once that fit registers or shared memory, longer ones three times', () => {
  expect(softmax(512)).toMatchObject({ passes: 1, passBytes: 0 })
  expect(softmax(9_215).passes).toBe(1)
  expect(softmax(12_000).passes).toBe(1)
  expect(softmax(12_001).passes).toBe(3)
  expect(softmax(24_000, 'bf16').passes).toBe(1)
  expect(softmax(24_004, 'bf16').passes).toBe(3)
  expect(softmax(50_257)).toMatchObject({ passes: 3, passBytes: 64 * 50_257 * 4 })
})

it('the gradient of a softmax reads the gradient alone twice where it does not fit shared memory', () => {
  expect(softmax(12_000, 'fp32', 'backward').passes).toBe(1)
  expect(softmax(50_257, 'fp32', 'backward')).toMatchObject({
    passes: 2,
    passBytes: 64 * 50_257 * 4,
  })
})

it('group norms are of several kernels, and so are layer norms of rows that are not whole vectors', () => {
  const norm = (op: 'groupnorm' | 'layernorm', cols: number, direction?: 'backward') =>
    query({ op, rows: 64, cols, dtype: 'fp32', ...(direction && { direction }) }).kernels
  expect(norm('groupnorm', 4096)).toBe(3)
  expect(norm('groupnorm', 4096, 'backward')).toBe(4)
  expect(norm('layernorm', 768)).toBe(1)
  expect(norm('layernorm', 770)).toBe(2)
  expect(norm('layernorm', 770, 'backward')).toBe(1)
})

it('kernels of engines load vectors of 16 bytes, those of PyTorch four elements', () => {
  const call = { op: 'rmsnorm', rows: 64, cols: 4096, dtype: 'bf16' } as const
  const vector = (source: string) =>
    (streamedQuery(call, { source }).query as PointwiseQuery).vector
  expect(vector('engine')).toBe(8)
  expect(vector('pytorch')).toBe(4)
})

it('a reduction reads its rows once', () => {
  const sum = { op: 'reduce', function: 'sum', rows: 4096, cols: 4096, dtype: 'fp32' } as const
  expect(query(sum)).toMatchObject({ passes: 1, passBytes: 0 })
})
