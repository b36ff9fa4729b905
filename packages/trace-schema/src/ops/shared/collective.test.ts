import { expect, it } from 'vitest'
import { busFactor } from './collective.js'

it.each([
  ['all_reduce', 4, 1.5],
  ['all_gather', 4, 0.75],
  ['reduce_scatter', 8, 0.875],
  ['all_to_all', 2, 0.5],
  ['broadcast', 8, 1],
  ['send', 2, 1],
] as const)('bus factor of %s over %i ranks is %f', (kind, ranks, factor) => {
  expect(busFactor(kind, ranks)).toBe(factor)
})
