import { expect, it } from 'vitest'
import { counted } from './counted.js'

it('a count agrees with its noun', () => {
  expect([0, 1, 2].map((count) => counted(count, 'kernel'))).toEqual([
    '0 kernels',
    '1 kernel',
    '2 kernels',
  ])
  expect(counted(2, 'launch', 'launches')).toBe('2 launches')
})
