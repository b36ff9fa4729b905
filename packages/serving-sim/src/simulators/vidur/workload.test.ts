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

test('replay traces are known by their header', () => {
  const text = 'arrived_at,num_prefill_tokens,num_decode_tokens\n0.0,7,2\n0.25,8.0,3.0\n'
  const { format, requests } = readTrace(text, { source: 'trace.csv' })
  expect(format).toBe('vidur')
  expect(requests[1]).toMatchObject({ arrivalNs: 250_000_000, inputTokens: 8, outputTokens: 3 })
})
