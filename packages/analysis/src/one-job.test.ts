import { expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { notOneJob } from './one-job.js'

const BASE = 1_754_000_000n * 10n ** 9n
const HOUR = 3_600n * 10n ** 9n

/** A trace of products of these widths. */
function made(widths: number[], more: { name?: string; base?: bigint; source?: string } = {}) {
  const { name = 'NVIDIA H100', base = BASE, source = 'a.json' } = more
  const activities = widths.map(
    (n, i): Activity => ({
      at: [100 * i, 100 * i + 50],
      does: 'matmul',
      call: { op: 'matmul', m: 8, n, k: 2 * n, dtype: 'bf16' },
    }),
  )
  return handMade(activities, { source, devices: [{ id: 0, name }], baseTimeNs: String(base) })
}

it('ranks of like devices, at one time, of one model are one job', () => {
  expect(
    notOneJob([made([1, 2, 3]), made([3, 4, 5]), made([1, 2, 3], { base: BASE + 9n })]),
  ).toEqual([])
  expect(notOneJob([made([1])])).toEqual([])
  expect(notOneJob([])).toEqual([])
})

it('other devices, dates and models are not, and each is said once', () => {
  const b200 = made([1, 2, 3], { name: 'NVIDIA B200', source: 'b.json' })
  expect(notOneJob([made([1, 2, 3]), b200, b200])).toEqual([
    'a.json ran on NVIDIA H100, b.json on NVIDIA B200',
  ])
  const later = made([1, 2, 3], { base: BASE + 2n * HOUR, source: 'b.json' })
  expect(notOneJob([made([1, 2, 3]), later])).toEqual([
    'a.json is of 2025-07-31 22:13 UTC, b.json of 2025-08-01 00:13 UTC',
  ])
  expect(notOneJob([later, made([1, 2, 3])])).toHaveLength(1)
  const other = made([4, 5, 6], { source: 'b.json' })
  expect(notOneJob([made([1, 2, 3]), other])[0]).toMatch(/b\.json .* they run other models$/)
})

it('what a trace does not tell speaks against nothing', () => {
  const nameless = made([1, 2, 3], { name: '' })
  expect(notOneJob([made([1, 2, 3]), nameless])).toEqual([])
  // A clock that counts from the start of the machine.
  expect(notOneJob([made([1, 2, 3]), made([1, 2, 3], { base: 5n * HOUR })])).toEqual([])
  expect(notOneJob([made([1, 2, 3]), made([4])])).toEqual([])
})
