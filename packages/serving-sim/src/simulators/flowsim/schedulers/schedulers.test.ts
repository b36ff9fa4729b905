import { expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'
import type { SchedulerOptions } from '../options.js'

test('chunked prefill: the budget is shared by decodes and chunks', () => {
  const { batches } = simulateFlowsim(
    [request(0), request(1, { arrivalNs: 1, inputTokens: 100 })],
    options([instance({ scheduler: { maxNumBatchedTokens: 30 } })]),
  )
  expect(
    batches!.slice(0, 4).map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens]),
  ).toEqual([
    [20, 0],
    [29, 1],
    [29, 1],
    [29, 1],
  ])
})

test('sglang: a step prefills or decodes, prompts first, cut at the budget', () => {
  const late = { arrivalNs: 2_000_000, outputTokens: 1 }
  const { batches } = simulateFlowsim(
    [
      request(0, { inputTokens: 8, outputTokens: 4 }),
      request(1, { ...late, inputTokens: 100 }),
      request(2, late),
    ],
    options([
      instance({ scheduler: { policy: 'sglang', maxNumBatchedTokens: 64, maxWaitingSteps: 0 } }),
    ]),
  )
  expect(batches!.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens])).toEqual([
    [8, 0],
    [0, 1],
    [64, 0],
    [56, 0],
    [0, 1],
    [0, 1],
  ])
})

test('sglang with a receive interval: new requests wait for so many steps of decoding', () => {
  const late = { arrivalNs: 2_000_000, outputTokens: 1 }
  const { batches } = simulateFlowsim(
    [request(0, { inputTokens: 8, outputTokens: 9 }), request(1, late), request(2, late)],
    options([instance({ scheduler: { policy: 'sglang', maxNumSeqs: 2, maxWaitingSteps: 3 } })]),
  )
  // It looks after a prefill too: the third request finds no place and has to wait for another look.
  expect(batches!.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens])).toEqual([
    [8, 0],
    [0, 1],
    [0, 1],
    [0, 1],
    [20, 0],
    [20, 0],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
  ])
})

test('a request that reserves its whole output waits until all of it fits, and is never evicted', () => {
  const run = (reservation: SchedulerOptions['reservation']) =>
    simulateFlowsim(
      [0, 1, 2].map((id) => request(id, { inputTokens: 16, outputTokens: 64 })),
      options([instance({ kv: { blocks: 40 }, scheduler: { reservation } })]),
    )
  const eager = run('as-needed')
  const patient = run('whole-output')
  expect(eager.report.preemptions).toBeGreaterThan(0)
  expect(eager.requests.record(2).scheduledNs).toBe(0)
  // Twenty blocks each: two run, the third one after them.
  expect(patient.report.preemptions).toBe(0)
  expect(patient.requests.record(2).scheduledNs).toBe(patient.requests.record(0).finishedNs)
  expect(patient.report.requests).toEqual({ completed: 3 })
})

test('a request that reserves its prompt waits until all of it fits, not its first chunk alone', () => {
  const run = (reservation: SchedulerOptions['reservation']) =>
    simulateFlowsim(
      [0, 1].map((id) => request(id, { inputTokens: 48, outputTokens: 4 })),
      options([
        instance({ kv: { blocks: 20 }, scheduler: { reservation, maxNumBatchedTokens: 56 } }),
      ]),
    ).requests
  // Twelve blocks for each prompt: beside the first one there is room for eight tokens of the second.
  expect(run('as-needed').record(1).scheduledNs).toBe(0)
  const patient = run('prompt')
  expect(patient.record(1).scheduledNs).toBe(patient.record(0).finishedNs)
})

test('balance: prompts wait until each replica has one, or for so many steps', () => {
  const late = { arrivalNs: 2_000_000, outputTokens: 1 }
  const prefills = (balanceSteps: number, others: number) =>
    simulateFlowsim(
      [
        ...[0, 1].map((id) => request(id, { inputTokens: 8, outputTokens: 12 })),
        ...Array.from({ length: others }, (_, i) => request(2 + i, late)),
      ],
      options([instance({ kv: { replicas: 2 }, scheduler: { balanceSteps } })]),
    )
      .batches!.flatMap(({ prefillTokens }, step) => (prefillTokens > 0 ? [step] : []))
      .slice(1)
  expect(prefills(0, 1)).toEqual([2])
  expect(prefills(4, 1)).toEqual([6])
  expect(prefills(4, 2)).toEqual([2])
})

test('balance: what was prefilled elsewhere has nothing to wait for', () => {
  const e2e = (balanceSteps: number) => {
    const scheduler = { balanceSteps }
    const instances = [
      instance({ name: 'p', role: 'prefill' }),
      instance({ name: 'd', role: 'decode', kv: { replicas: 2 }, scheduler }),
    ]
    const arrivals = [0, 1, 2].map((i) => request(i, { arrivalNs: i * 5e6, outputTokens: 12 }))
    return simulateFlowsim(arrivals, options(instances)).report.e2e
  }
  expect(e2e(60)).toEqual(e2e(0))
})
