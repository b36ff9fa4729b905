import { findHardware } from '@flowsim/perf-model/hardware'
import { expect, it } from 'vitest'
import { noTime } from '../family.js'
import { traitsOf } from '../traits.js'
import { pointwise } from './pointwise.js'

const parameters = Object.fromEntries(pointwise.parameters.map(({ name, start }) => [name, start]))

/** Microseconds of rows of 16,384 elements in 32 bits, each shared by so many threads. */
function total(rows: number, rowThreads: number, passes = 1, kernels = 1): number {
  const time = noTime()
  pointwise.core(traitsOf(findHardware('h100_sxm')), 'eager-rows/pytorch', parameters).time(
    {
      rows,
      cols: 16_384,
      bytes: rows * 16_384 * 8,
      flops: rows * 16_384 * 8,
      strided: false,
      operation: 0,
      rowThreads,
      passes,
      passBytes: rows * 16_384 * 4,
      vector: 4,
      kernels,
      warm: false,
    },
    time,
  )
  return time.total
}

it('a few rows take as long as their threads walk, however idle the memory is', () => {
  expect(total(8, 128) / total(1, 128)).toBeLessThan(1.1)
  expect(total(8, 128)).toBeGreaterThan(3 * total(8, 1024))
})

it('many rows take what the memory takes, whoever shares them', () => {
  expect(total(1 << 16, 256) / total(1 << 16, 1024)).toBeLessThan(1.3)
})

it('what is gone through twice is read again where the rows under way do not fit into the cache', () => {
  // 256 rows of 64 kB fit into 50 MB, those of 132 units with two threads each do not.
  expect(total(1 << 16, 1024, 2) / total(1 << 16, 1024)).toBeLessThan(1.25)
  expect(total(1 << 16, 128, 2) / total(1 << 16, 128)).toBeGreaterThan(1.3)
})

it('rows under way that fit into the first cache of their unit are not read again from memory', () => {
  // Two rows of 64 kB on a unit with 1,024 threads each.
  expect(total(1 << 16, 1024, 2) / total(1 << 16, 1024)).toBeLessThan(1.05)
})

it('every kernel of an operation has its floor', () => {
  expect(total(8, 1024, 1, 3) - total(8, 1024)).toBeCloseTo(2 * parameters.floorUs!, 6)
})
