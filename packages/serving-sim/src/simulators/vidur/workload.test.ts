import { expect, test } from 'vitest'
import { readTrace } from '../../workload/read-trace.js'
import { vidurRequests } from './generator.js'

test("Vidur's Poisson gaps are capped, so its rate is 5 % high", () => {
  const requests = vidurRequests({
    requests: 20_000,
    interval: { type: 'poisson', qps: 2 },
    length: { type: 'uniform', minTokens: 100, maxTokens: 200, prefillToDecodeRatio: 3 },
    seed: 42,
  })
  const last = requests.at(-1)!.arrivedAtS
  expect(Math.abs((last * 2) / 20_000 - 0.9502)).toBeLessThan(0.02)
  for (const { prefillTokens, decodeTokens } of requests) {
    expect(prefillTokens + decodeTokens).toBeGreaterThanOrEqual(99)
    expect(prefillTokens + decodeTokens).toBeLessThanOrEqual(200)
  }
  const zipf = vidurRequests({
    requests: 500,
    interval: { type: 'static' },
    length: {
      type: 'zipf',
      minTokens: 1024,
      maxTokens: 4096,
      theta: 0.6,
      prefillToDecodeRatio: 20,
    },
    seed: 42,
  })
  expect(zipf.every(({ arrivedAtS }) => arrivedAtS === 0)).toBe(true)
  expect(Math.min(...zipf.map(({ prefillTokens }) => prefillTokens))).toBeGreaterThan(900)
})

test("gamma gaps are scipy's from numpy's generator, which lengths do not draw from", () => {
  const draw = (length: { type: 'fixed' } | { type: 'uniform' }) =>
    vidurRequests({
      requests: 3,
      interval: { type: 'gamma', qps: 5, cv: 0.5 },
      length:
        length.type === 'fixed'
          ? { type: 'fixed', prefillTokens: 100, decodeTokens: 10 }
          : { type: 'uniform', minTokens: 100, maxTokens: 200, prefillToDecodeRatio: 3 },
      seed: 42,
    }).map(({ arrivedAtS }) => arrivedAtS)
  // numpy.random.seed(42); numpy.random.standard_gamma(4.0, 3) / (5 · 4), summed.
  const gammas = [4.702413898135869, 3.4082319010143296, 3.2363247099682337]
  const expected = [0, 1, 2].map((i) => gammas.slice(0, i + 1).reduce((a, b) => a + b) / 20)
  for (const got of [draw({ type: 'fixed' }), draw({ type: 'uniform' })]) {
    for (const [i, arrival] of got.entries()) expect(arrival).toBeCloseTo(expected[i]!, 12)
  }
})

test('replay traces are known by their header', () => {
  const text = 'arrived_at,num_prefill_tokens,num_decode_tokens\n0.0,7,2\n0.25,8.0,3.0\n'
  const { format, requests } = readTrace(text, { source: 'trace.csv' })
  expect(format).toBe('vidur')
  expect(requests[1]).toMatchObject({ arrivalNs: 250_000_000, inputTokens: 8, outputTokens: 3 })
})
