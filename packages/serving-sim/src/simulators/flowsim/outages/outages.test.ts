import { describe, expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { fault, prepare } from '../../../../test/prepare.js'
import { FAILURES } from '../defaults.js'
import { simulateFlowsim } from '../engine.js'
import type { OutageOptions } from './options.js'

const outages = (overrides: Partial<OutageOptions> = {}): OutageOptions => ({
  meanNs: 1e9,
  downNs: 0.25e9,
  requests: 'retry',
  ...overrides,
})
const traffic = (count: number, gapNs = 10e6) =>
  Array.from({ length: count }, (_, i) => request(i, { arrivalNs: i * gapNs }))
const run = (count: number, outage: OutageOptions | null, instances = 1) =>
  simulateFlowsim(
    traffic(count),
    options(
      Array.from({ length: instances }, (_, i) => instance({ name: `i${i}`, outages: outage })),
    ),
  )

describe('failures of instances', () => {
  test('one that never fails within a run is one without failures', () => {
    const { requests } = run(50, outages({ meanNs: 1e30 }))
    expect([...requests]).toEqual([...run(50, null).requests])
  })

  test('it is down for downNs / (meanNs + downNs) of the time', () => {
    const { report } = run(30_000, outages())
    // Three hundred seconds with some 240 failures: 3 √240 of them either way is three standard deviations.
    const { failures, downS } = report.features!
    expect(failures).toBeGreaterThan(0)
    expect(Math.abs(downS! / report.durationS - 0.2)).toBeLessThan(0.2 * (3 / Math.sqrt(240)))
  })

  test('every request is served in the end where clients ask again, later than without failures', () => {
    const { report } = run(5_000, outages())
    expect(report.requests).toEqual({ completed: 5_000 })
    expect(report.features!.droppedRequests).toBeGreaterThan(0)
    expect(report.ttft!.p99S).toBeGreaterThan(run(5_000, null).report.ttft!.p99S)
  })

  test('lost requests are counted so, one for each that an instance held', () => {
    const { report } = run(5_000, outages({ requests: 'lose' }))
    const { completed = 0, failed = 0 } = report.requests
    expect(failed).toBeGreaterThan(0)
    expect(completed + failed).toBe(5_000)
    expect(failed).toBe(report.features!.droppedRequests)
  })

  test('others take over: nobody waits for a restart', () => {
    const slow = outages({ downNs: 5e9, meanNs: 20e9 })
    const three = run(5000, slow, 3).report
    expect(three.features!.failures).toBeGreaterThan(2)
    expect(three.ttft!.p99S).toBeLessThan(run(5000, slow).report.ttft!.p99S / 10)
  })
})

describe('the section failures', () => {
  const config = (failures: string, more = '') => `
workload: { type: synthetic, requests: 5, users: 1, inputTokens: 8, outputTokens: 2 }
stepTime: { type: linear, perStepUs: 1000 }
kv: { blocks: 100 }
failures: ${failures}
${more}`

  test("the time between failures of a device is that of Llama 3's training", () => {
    expect(FAILURES.mtbfHours.value).toBe(Math.round((16_384 * 54 * 24) / 419))
    const { assumptions } = prepare(config('{ startS: 30 }'))
    expect(assumptions.map(({ setting }) => setting)).toContain('failures.mtbfHours')
  })

  test.each([
    ['{}', '', /failures.startS/],
    ['{ startS: 1 }', 'autoscaling: { max: 2 }', /leave failures out/],
    ['{ startS: 1 }', 'instances: [{ role: prefill }, { role: decode }]', /leave failures out/],
  ])('%s %s is refused in one line', (failures, more, message) => {
    expect(fault(config(failures, more))).toMatch(message)
  })
})
