import type { StepTimeModel } from '@flowsim/trace-schema'
import { expect, test } from 'vitest'
import { instance, options, request, stepTime } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'

test('a lone request: one prefill, then a step for each further token', () => {
  const { requests, batches, report } = simulateFlowsim([request(0)], options([instance()]))
  expect(batches!.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens])).toEqual([
    [20, 0],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
  ])
  const prefillNs = 1e6 + 20e3
  const decodeNs = (context: number) => 1e6 + 1e3 + context * 10
  expect(requests.record(0)).toMatchObject({
    scheduledNs: 0,
    firstTokenNs: prefillNs,
    finishedNs: prefillNs + decodeNs(20) + decodeNs(21) + decodeNs(22) + decodeNs(23),
    outputTokens: 5,
    state: 'completed',
  })
  expect(report.tpot!.p50S).toBeCloseTo(decodeNs(21.5) / 1e9, 9)
})

test('requests that arrive together are in the first batch together', () => {
  const { batches } = simulateFlowsim([request(0), request(1)], options([instance()]))
  expect(batches![0]).toMatchObject({ startNs: 0, size: 2, prefillTokens: 40 })
})

test('the CPU adds to a step, or hides behind the device', () => {
  const run = (overlapped: boolean, outputTokens: number) =>
    simulateFlowsim(
      [request(0, { outputTokens })],
      options([instance({ cpuOverhead: { perStepNs: 500_000, perSequenceNs: 100, overlapped } })]),
    ).requests.record(0).finishedNs
  expect(run(false, 1)).toBe(1_020_000 + 500_100)
  // The first step has no step before it to hide behind.
  expect(run(true, 1)).toBe(1_020_000 + 500_100)
  expect(run(false, 2)! - run(false, 1)!).toBe(1_001_200 + 500_100)
  expect(run(true, 2)! - run(true, 1)!).toBe(1_001_200)
})

test('the host work that the step-time model knows counts too', () => {
  const hosted = { ...stepTime, hostNs: () => 700_000 }
  const { requests } = simulateFlowsim(
    [request(0, { outputTokens: 1 })],
    options([instance({ stepTime: hosted })]),
  )
  expect(requests.record(0).finishedNs).toBe(1_020_000 + 700_000)
})

test('steps run in CUDA graphs: of their size, filled up to the next one, or eagerly', () => {
  const seen: [number, string, number][] = []
  const spy: StepTimeModel = {
    name: 'spy',
    stepNs(batch) {
      seen.push([batch.tokens, batch.launch, batch.padding])
      return 1e6
    },
  }
  const run = (padsToGraph: boolean) => {
    seen.length = 0
    const graphs = { decodeGraphs: [1, 2, 4], prefillGraphs: { upTo: 40 }, padsToGraph }
    simulateFlowsim(
      [0, 1, 2, 3, 4].map((id) => request(id, { inputTokens: 10, outputTokens: 3 - (id % 2) })),
      options([instance({ stepTime: spy, graphs })]),
    )
    return [...seen]
  }
  // Fifty prompt tokens, five decodes, three decodes.
  expect(run(true)).toEqual([
    [50, 'eager', 0],
    [5, 'eager', 0],
    [3, 'graph', 1],
  ])
  expect(run(false)).toEqual([
    [50, 'eager', 0],
    [5, 'eager', 0],
    [3, 'eager', 0],
  ])
  const seenAlone = () => {
    seen.length = 0
    const graphs = { decodeGraphs: { upTo: 8 }, prefillGraphs: [16, 32], padsToGraph: true }
    simulateFlowsim(
      [request(0, { outputTokens: 2 })],
      options([instance({ stepTime: spy, graphs })]),
    )
    return seen
  }
  expect(seenAlone()).toEqual([
    [20, 'piecewise', 12],
    [1, 'graph', 0],
  ])
})

test('each replica of the attention runs its share of a step in a graph', () => {
  const seen: [number, string, number][] = []
  const spy: StepTimeModel = {
    name: 'spy',
    stepNs(batch) {
      seen.push([batch.tokens, batch.launch, batch.padding])
      return 1e6
    },
  }
  const graphs = { decodeGraphs: [1, 2, 4], prefillGraphs: [], padsToGraph: true }
  simulateFlowsim(
    [0, 1, 2, 3, 4].map((id) => request(id, { inputTokens: 8, outputTokens: 2 })),
    options([instance({ stepTime: spy, graphs, kv: { replicas: 2 } })]),
  )
  expect(seen).toEqual([
    [40, 'eager', 0],
    [5, 'graph', 3],
  ])
})

test('a step that was scheduled while the one before ran has nothing that came after', () => {
  const started = (asyncScheduling: boolean, arrivalNs: number) =>
    simulateFlowsim(
      [request(0, { outputTokens: 20 }), request(1, { arrivalNs })],
      options([instance({ scheduler: { asyncScheduling } })]),
    ).requests.record(1).scheduledNs!
  // Steps of the first request: 1.02 ms, then a little more than 1 ms each.
  const [soon, later] = [started(false, 1_500_000), started(true, 1_500_000)]
  expect(soon).toBeGreaterThan(2e6)
  expect(soon).toBeLessThan(2.1e6)
  expect(later - soon).toBeGreaterThan(1e6)
  expect(later - soon).toBeLessThan(1.01e6)
  // Before the step before started is soon enough; so is an idle engine.
  expect(started(true, 0)).toBe(0)
  expect(started(true, 50_000_000)).toBe(50_000_000)
})

test('a pipeline has as many batches under way as stages', () => {
  const { batches } = simulateFlowsim(
    [request(0), request(1)],
    options([instance({ pipelineStages: 2 })]),
  )
  const [first, second] = batches!
  expect(first!.size).toBe(1)
  expect(second!.startNs).toBeGreaterThan(first!.startNs)
  expect(second!.startNs).toBeLessThan(first!.startNs + first!.durationNs)
})
