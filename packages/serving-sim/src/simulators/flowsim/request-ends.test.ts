import { expect, test } from 'vitest'
import { instance, options, request } from '../../../test/cluster.js'
import { simulateFlowsim } from './engine.js'

test('too long for the cache, for the model or for the batch', () => {
  const run = (overrides: Parameters<typeof instance>[0], inputTokens: number, outputTokens = 5) =>
    simulateFlowsim(
      [request(0, { inputTokens, outputTokens }), request(1)],
      options([instance(overrides)]),
    ).report.requests
  expect(run({}, 161)).toEqual({ unservable: 1, completed: 1 })
  expect(run({ scheduler: { maxModelLen: 50 } }, 50)).toEqual({ unservable: 1, completed: 1 })
  expect(run({ scheduler: { policy: 'vllm-v0' } }, 65)).toEqual({ unservable: 1, completed: 1 })
  expect(run({ scheduler: { maxModelLen: 50 } }, 40, 30)).toEqual({
    length_capped: 1,
    completed: 1,
  })
  // It fits, but not with all that it wants to say.
  expect(run({}, 150, 30)).toEqual({ length_capped: 1, completed: 1 })
})

test('deadlines end requests that wait and requests that run', () => {
  const { requests } = simulateFlowsim(
    [
      request(0, { outputTokens: 100, inputTokens: 10, deadlineNs: 20_500_000 }),
      request(1, { deadlineNs: 500 }),
    ],
    options([instance({ scheduler: { maxNumSeqs: 1 } })]),
  )
  expect(requests.record(0)).toMatchObject({ state: 'timed_out', outputTokens: 20 })
  expect(requests.record(1)).toMatchObject({ state: 'timed_out', finishedNs: 500 })
})

test('a session ends with its first failure', () => {
  const { report } = simulateFlowsim(
    [
      request(0, { session: 's', inputTokens: 500 }),
      request(1, { session: 's' }),
      request(2, { session: 's' }),
    ],
    options([instance()]),
  )
  expect(report.requests).toEqual({ unservable: 1, rejected: 2 })
})

test('at the horizon the rest is left where it is', () => {
  const { report, warnings } = simulateFlowsim(
    [request(0, { outputTokens: 100 }), request(1, { outputTokens: 100 })],
    options([instance({ scheduler: { maxNumSeqs: 1 } })], { horizonNs: 10_000_000 }),
  )
  expect(report.requests).toEqual({ running: 1, waiting: 1 })
  expect(report.durationS).toBe(0.01)
  expect(warnings).toEqual(['2 requests had not finished when the run ended'])
})
