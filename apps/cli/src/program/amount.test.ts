import { describe, expect, it } from 'vitest'
import { countOf, readAmount } from './amount.js'
import { positiveInteger, positiveNumber, wholeNumber } from './options.js'

describe('an amount', () => {
  it.each([
    ['4096', 4096],
    ['4k', 4000],
    ['4K', 4096],
    ['1.5M', 1.5 * 2 ** 20],
    ['1.1k', 1100],
    ['25.6k', 25_600],
    ['2g', 2e9],
    ['1e3', 1000],
    ['-2k', -2000],
  ])('%s is %d', (text, value) => {
    expect(readAmount(text)).toEqual({ value, isBytes: false })
  })

  it.each([
    ['64MB', 64e6],
    ['64mB', 64e6],
    ['64MiB', 64 * 2 ** 20],
    ['512B', 512],
    ['1.5 GB', 1.5e9],
  ])('%s is %d bytes', (text, value) => {
    expect(readAmount(text)).toEqual({ value, isBytes: true })
  })

  it.each(['', 'k', '4kk', '4Mi', '4x', '0x10', '4 k b', 'NaN', '1e', 'four'])(
    '%j is not one',
    (text) => {
      expect(readAmount(text)).toBeUndefined()
    },
  )

  it('is what number flags take, where it fits', () => {
    expect([positiveInteger('4k'), wholeNumber('2K'), positiveNumber('0.5')]).toEqual([
      4000, 2048, 0.5,
    ])
    expect(() => positiveInteger('1.5')).toThrow('not a positive integer')
    expect(() => wholeNumber('-1k')).toThrow('not a whole number')
    expect(() => positiveInteger('4MB')).toThrow('4MB is an amount of bytes')
  })
})

it('counts are amounts without bytes', () => {
  expect(['4k', '12', '64MB', 'many'].map(countOf)).toEqual([4000, 12, undefined, undefined])
})
