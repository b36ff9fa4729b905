import { expect, test } from 'vitest'
import { instance, options, request, routing, stepTime } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'
import type { FlowsimOptions } from '../options.js'

const many = Array.from({ length: 40 }, (_, i) =>
  request(i, { arrivalNs: i * 200_000, prefixGroup: `g${i % 2}`, prefixTokens: 16 }),
)
const pair = () => [instance({ name: 'a' }), instance({ name: 'b' })]

test('round robin takes turns', () => {
  const { requests } = simulateFlowsim(many, options(pair()))
  expect([...requests].slice(0, 4).map((record) => record.instance)).toEqual(['a', 'b', 'a', 'b'])
})

test('a prefix-aware router keeps a prefix where it is', () => {
  const run = (policy: 'prefix-aware' | 'random') =>
    simulateFlowsim(many, options(pair(), { routing: routing(policy) })).report.cachedTokens!
  expect(run('prefix-aware')).toBeGreaterThanOrEqual(run('random'))
})

test('a faster instance gets more of a balanced load', () => {
  const fast = instance({
    name: 'fast',
    stepTime: { name: 'fast', stepNs: (batch) => stepTime.stepNs(batch) / 4 },
  })
  const { instances } = simulateFlowsim(
    many.map((one) => ({ ...one, outputTokens: 20 })),
    options([fast, instance({ name: 'slow' })], {
      routing: routing('least-loaded'),
    }),
  )
  const [a, b] = instances
  expect(a!.requests.completed!).toBeGreaterThan(b!.requests.completed!)
})

test('prefill and decode on different instances: the KV takes its time between them', () => {
  const run = (bandwidthBytesPerS: number) =>
    simulateFlowsim(
      [request(0)],
      options([instance({ name: 'p', role: 'prefill' }), instance({ name: 'd', role: 'decode' })], {
        transfer: { latencyNs: 1000, bandwidthBytesPerS },
      }),
    )
  const { requests, batches } = run(5e9)
  // 5 blocks of 1 MB at 5 GB/s.
  expect(requests.record(0)).toMatchObject({
    firstTokenNs: 1_020_000 + 1000 + 1_000_000,
    instance: 'd',
    state: 'completed',
  })
  expect(batches!.map((batch) => batch.instance)).toEqual(['p', 'd', 'd', 'd', 'd'])
  const slower = run(1e9).requests.record(0).firstTokenNs!
  expect(slower).toBe(1_020_000 + 1000 + 5_000_000)
})

test('the autoscaler adds instances under load and lets them go', () => {
  const autoscaling = {
    min: 1,
    max: 2,
    intervalNs: 2_000_000,
    startupNs: 5_000_000,
    upKvUse: 0.8,
    upQueue: 2,
    downKvUse: 0.5,
    downStabilisationNs: 10_000_000,
  }
  const late = request(99, { arrivalNs: 500_000_000 })
  const { instances, native, report } = simulateFlowsim(
    [...many, late],
    options(pair(), {
      autoscaling: { prefill: autoscaling, decode: null },
      routing: routing('least-loaded'),
    }),
  )
  expect(report.requests).toEqual({ completed: 41 })
  expect(instances[1]!.requests.completed).toBeGreaterThan(0)
  const seconds = native!.instanceSeconds as number
  expect(seconds).toBeGreaterThan(report.durationS)
  expect(seconds).toBeLessThan(1.5 * report.durationS)
})

test('the pools of a disaggregated cluster scale by themselves', () => {
  const autoscaling = {
    min: 1,
    max: 2,
    intervalNs: 2_000_000,
    startupNs: 1_000_000,
    upKvUse: 0.5,
    upQueue: 2,
    downKvUse: 0.5,
    downStabilisationNs: 10_000_000,
  }
  const members = [
    ...['p0', 'p1'].map((name) => instance({ name, role: 'prefill' })),
    ...['d0', 'd1'].map((name) => instance({ name, role: 'decode' })),
  ]
  const stepsOf = (scaling: FlowsimOptions['autoscaling'], outputTokens: number) =>
    simulateFlowsim(
      many.map((one) => ({ ...one, outputTokens })),
      options(members, { autoscaling: scaling, routing: routing('least-loaded') }),
    ).instances.map(({ steps }) => steps)
  const worked = (steps: number[]) => steps.map((count) => count > 0)
  const both = { prefill: autoscaling, decode: autoscaling }
  // Long answers fill the decode side, a queue of prompts the other one.
  expect(worked(stepsOf(both, 40))).toEqual([true, true, true, true])
  expect(worked(stepsOf({ ...both, prefill: { ...autoscaling, max: 1 } }, 40))).toEqual([
    true,
    false,
    true,
    true,
  ])
  const patient = { ...autoscaling, upKvUse: 1, upQueue: 1000 }
  expect(worked(stepsOf({ ...both, decode: patient }, 40))).toEqual([true, true, true, false])
})

test('admission: a bucket, a queue, and shedding of what is not urgent', () => {
  const run = (admission: FlowsimOptions['admission']) =>
    simulateFlowsim(
      many.map((one, i) => ({ ...one, arrivalNs: 0, priority: i % 2 })),
      options([instance()], { admission }),
    ).requests
  const base = { burstTokens: 100, tokensPerS: 0, maxQueue: 5, maxKvUse: 0.5, shedPriority: 1 }
  const rejected = (table: ReturnType<typeof run>) =>
    [...table].filter(({ state }) => state === 'rejected')
  expect(rejected(run({ ...base, policy: 'token-bucket' })).length).toBe(35)
  expect(rejected(run({ ...base, policy: 'queue-limit' })).length).toBe(35)
  const shed = rejected(run({ ...base, policy: 'shed' }))
  expect(shed.length).toBeGreaterThan(0)
  expect(shed.every(({ id }) => Number(id.slice(1)) % 2 === 1)).toBe(true)
})

test('goodput counts what met the limits of its class', () => {
  const { report } = simulateFlowsim(
    [request(0, { sloClass: 'fast' }), request(1, { sloClass: 'slow' })],
    {
      ...options([instance()]),
      slo: { fast: { ttftS: 0.001 }, default: { ttftS: 1, tpotS: 1, e2eS: 1 } },
    },
  )
  expect(report.goodput!.attainment).toBe(0.5)
  expect(report.classes!.map(({ name, attainment }) => [name, attainment])).toEqual([
    ['fast', 0],
    ['slow', 1],
  ])
})
