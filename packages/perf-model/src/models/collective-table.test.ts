import type { OpCall } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findHardware } from '../hardware/find.js'
import { type CollectiveTime, withCollectiveTimes } from './collective-table.js'
import { roofline } from './roofline.js'
import { rooflineSpread } from './spread.js'

const h100 = findHardware('h100_sxm')
const source = { source: 'net.csv' }
const row = (bytes: number, us: number, more: Partial<CollectiveTime> = {}): CollectiveTime => ({
  ...{ op: 'all_reduce', devices: 8, bytes, latencyS: us / 1e6 },
  ...more,
})
const call = (bytes: number, devices = 8): OpCall => ({
  ...{ op: 'all_reduce', devices, elements: bytes / 2, dtype: 'bf16' },
})
const model = withCollectiveTimes(roofline, [row(4096, 30), row(1024, 12), row(2048, 20)], source)
const us = (each: OpCall) => model.estimate(each, h100).latencyS * 1e6

describe('a table of collectives', () => {
  it('gives its own times, and straight lines in bytes between and beyond them', () => {
    expect([1024, 2048, 4096].map((bytes) => us(call(bytes)))).toEqual([12, 20, 30])
    expect(us(call(1536))).toBeCloseTo(16, 9)
    expect(us(call(3072))).toBeCloseTo(25, 9)
    expect(us(call(8192))).toBeCloseTo(50, 9)
    // Below the smallest size latency is all that is known.
    expect(us(call(2))).toBe(12)
  })

  it('says whose time it is, and that it is all on the network', () => {
    const estimate = model.estimate(call(2048), h100)
    expect(estimate).toMatchObject({
      ...{ model: 'collectives', profile: 'net.csv', bound: 'network' },
      parts: { computeS: 0, memoryS: 0, launchS: 0, networkS: 20e-6 },
      notes: ['time of net.csv'],
    })
    expect([estimate.p10S, estimate.p90S]).toEqual(
      rooflineSpread(call(2048), 'network').map((factor) => 20e-6 * factor),
    )
    expect(model.estimate(call(8192), h100).notes).toEqual(['time of net.csv, beyond its sizes'])
    expect(model.estimate(call(2), h100).notes).toEqual(['time of net.csv, below its sizes'])
  })

  it('leaves everything else to the other model, and says so of collectives', () => {
    const gemm: OpCall = { op: 'matmul', m: 8, n: 8, k: 8, dtype: 'bf16' }
    expect(model.estimate(gemm, h100)).toEqual(roofline.estimate(gemm, h100))
    const four = roofline.estimate(call(2048, 4), h100)
    const gathered = { ...call(2048), op: 'all_gather' } as OpCall
    expect(model.estimate(call(2048, 4), h100)).toEqual({
      ...four,
      notes: ['net.csv has no all_reduce of 4 devices: roofline', ...(four.notes ?? [])],
    })
    expect(model.estimate(gathered, h100).model).toBe('roofline')
    expect(model.name).toBe('roofline')
  })

  it('answers where the device has no links described', () => {
    const alone = { ...h100, system: { devices: 1, topology: 'none' } } as unknown as typeof h100
    expect(model.supports(call(2048), alone)).toBe(true)
    expect(model.estimate(call(2048), alone).latencyS).toBe(20e-6)
    expect(model.supports(call(2048, 4), alone)).toBe(roofline.supports(call(2048, 4), alone))
  })

  it('asks the other model for what it lacks only', () => {
    const asked: OpCall[] = []
    const slow = {
      name: 'slow',
      supports: () => true,
      estimate: roofline.estimate.bind(roofline),
      prepare: (questions: Iterable<{ call: OpCall }>) => {
        for (const question of questions) asked.push(question.call)
      },
    }
    const calls = [call(2048), call(2048, 4)]
    withCollectiveTimes(slow, [row(1, 1)], source).prepare!(
      calls.map((each) => ({ call: each, hardware: h100 })),
    )
    expect(asked).toEqual([call(2048, 4)])
  })

  it('never falls with bytes where its times do not', () => {
    const rising = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 1e6 })), {
        minLength: 1,
        maxLength: 8,
      })
      .map((steps) => {
        let [bytes, time] = [0, 1]
        return steps.map(([more, longer]) => {
          bytes += 2 * more
          time += longer
          return row(bytes, time)
        })
      })
    const size = fc.integer({ min: 1, max: 1e7 }).map((n) => 2 * n)
    fc.assert(
      fc.property(rising, size, size, (rows, a, b) => {
        const table = withCollectiveTimes(roofline, rows, source)
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map(
          (bytes) => table.estimate(call(bytes), h100).latencyS,
        )
        expect(large! - small!).toBeGreaterThanOrEqual(-1e-15)
      }),
    )
  })

  it.each<[string, CollectiveTime[], RegExp]>([
    ['nothing', [], /net\.csv: holds no time/],
    ['two times of one message', [row(8, 1), row(8, 2)], /all_reduce 8, 8 bytes: has two times/],
    ['a time of nothing', [row(8, 0)], /0 s is not a time/],
    ['an endless time', [row(8, Infinity)], /is not a time/],
    ['a message without bytes', [row(0, 1)], /0 bytes/],
  ])('refuses %s', (_, rows, why) => {
    expect(() => withCollectiveTimes(roofline, rows, source)).toThrow(why)
  })
})
