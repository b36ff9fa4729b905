import { StepBatch } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { UseTally } from './use-tally.js'

const work = (batch: StepBatch) => ({
  computeNs: 3 * batch.prefillTokenSum,
  memoryNs: 100 + batch.decodes,
})

it('what is counted of one step in seventeen stands for all of them', () => {
  const tally = new UseTally({ hardware: 'h', powerW: null, work })
  const batch = new StepBatch()
  batch.addPrefill(10, 0, 10)
  batch.addDecode(100)
  for (let step = 0; step < 1000; step++) tally.add(batch, 50)
  expect(tally.busyNs).toBe(50_000)
  expect(tally.work!.computeNs).toBeCloseTo(30_000, 6)
  expect(tally.work!.memoryNs).toBeCloseTo(101_000, 6)
})

it('the first steps are counted one by one', () => {
  const tally = new UseTally({ hardware: 'h', powerW: null, work })
  for (let tokens = 1; tokens <= 100; tokens++) {
    const batch = new StepBatch()
    batch.addPrefill(tokens, 0, tokens)
    tally.add(batch, 1)
  }
  expect(tally.work!.computeNs).toBe((3 * 100 * 101) / 2)
})

it('of a device that is not known it knows the time alone', () => {
  const tally = new UseTally(null)
  tally.add(new StepBatch(), 7)
  expect(tally).toMatchObject({ busyNs: 7, work: null })
})
