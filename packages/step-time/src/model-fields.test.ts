import { expect, test } from 'vitest'
import { modelFields } from './model-fields.js'

test('a link is refused with which a step would not end within the time that can be counted', () => {
  const isLink = (bandwidthGBps: number) => modelFields.link.safeParse({ bandwidthGBps }).success
  for (const one of [0, -1, 1e-300, 1e-7, 1e7, Number.NaN]) expect(isLink(one)).toBe(false)
  for (const one of [1e-6, 16, 1e6]) expect(isLink(one)).toBe(true)
})
