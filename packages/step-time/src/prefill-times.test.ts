import { expect, it } from 'vitest'
import { prefillOf } from './graph-step-time.js'
import { PrefillTimes } from './prefill-times.js'

const batch = {
  ...prefillOf(1),
  prefillSequences: 2,
  prefillTokens: 30,
  prefillKeys: 40,
  prefillPairs: 500,
}

it('batches of prompts that differ in one sum have a time each', () => {
  const times = new PrefillTimes()
  times.set(batch, 7)
  expect(times.get({ ...batch })).toBe(7)
  for (const sum of ['prefillSequences', 'prefillTokens', 'prefillKeys', 'prefillPairs'] as const) {
    expect(times.get({ ...batch, [sum]: batch[sum] + 1 })).toBeUndefined()
  }
})

it('forgets when it is full, and goes on', () => {
  const times = new PrefillTimes()
  for (let i = 0; i <= 65_536; i++) times.set({ ...batch, prefillPairs: i }, i)
  expect(times.get({ ...batch, prefillPairs: 1 })).toBeUndefined()
  expect(times.get({ ...batch, prefillPairs: 65_536 })).toBe(65_536)
})
