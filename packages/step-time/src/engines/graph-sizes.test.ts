import { expect, test } from 'vitest'
import { findEngine } from './catalogue.js'
import { graphSizes } from './graph-sizes.js'

test('a size is itself, a range has every step from the first to the last', () => {
  expect(graphSizes(['1', '2', '8..24/8', '32..40/16'])).toEqual([1, 2, 8, 16, 24, 32])
})

test("vLLM's sizes are those that its documentation lists", () => {
  const sizes = graphSizes(findEngine('vllm', '0.19.0').graphs.decode)
  expect(sizes.slice(0, 5)).toEqual([1, 2, 4, 8, 16])
  expect(sizes.slice(32, 35)).toEqual([240, 248, 256])
  expect(sizes.at(-1)).toBe(512)
  expect(sizes).toHaveLength(3 + 31 + 17)
})
