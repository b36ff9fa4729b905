import { prepareServing } from '@flowsim/serving-sim'
import { describe, expect, it } from 'vitest'
import { judge, parseLimit } from './limits.js'

const result = prepareServing(
  JSON.stringify({
    seed: 1,
    workload: {
      type: 'synthetic',
      requests: 200,
      arrival: { process: 'poisson', ratePerS: 40 },
      inputTokens: 100,
      outputTokens: { distribution: 'uniform', min: 1, max: 20 },
      classes: [
        { name: 'gold', share: 0.5 },
        { name: 'rest', share: 0.5 },
      ],
    },
    stepTime: { type: 'linear', perStepUs: 1000, perPrefillTokenUs: 10, perDecodeUs: 200 },
    kv: { blocks: 400 },
  }),
  { source: 'test', readText: () => '' },
).run()

describe('a limit', () => {
  it.each([
    ['ttft.p99S<=1', { latency: 'ttft', at: 99, mostS: 1, sloClass: null }],
    ['tpot.meanS <= 0.04', { latency: 'tpot', at: 'mean', mostS: 0.04 }],
    ['gold:e2e.p97.5S<20', { latency: 'e2e', at: 97.5, mostS: 20, sloClass: 'gold' }],
    ['e2e.maxS<=1e1', { at: 100, mostS: 10 }],
  ])('%s', (text, parts) => {
    expect(parseLimit(text)).toMatchObject(parts)
  })

  it.each([
    'ttft<=1',
    'ttft.p101S<=1',
    'ttft.p99S>=1',
    'ttft.p99S<=0',
    'ttft.p99S<=1e999',
    'ttft.p99S<=x',
    '',
  ])('that cannot be is refused: %s', (text) => {
    expect(() => parseLimit(text)).toThrow(/is not a limit, such as/)
  })

  it('of a percentile that a report has is judged by the same value', () => {
    const { report } = result
    for (const latency of ['ttft', 'tpot', 'e2e'] as const) {
      for (const [at, field] of [
        ['p50', 'p50S'],
        ['p99', 'p99S'],
        ['mean', 'meanS'],
        ['max', 'maxS'],
      ] as const) {
        const [found] = judge([parseLimit(`${latency}.${at}S<=100`)], result)
        expect(found!.valueS).toBeCloseTo(report[latency]![field], 12)
      }
    }
  })

  it('is met up to its value, and of a class looks at the class alone', () => {
    const value = result.report.classes!.find(({ name }) => name === 'gold')!.ttft!.p50S
    const of = (mostS: number) => judge([parseLimit(`gold:ttft.p50S<=${mostS}`)], result)[0]!
    expect(of(value).valueS).toBeCloseTo(value, 12)
    expect([of(value * 1.001).met, of(value * 0.999).met]).toEqual([true, false])
    expect(judge([parseLimit('nobody:ttft.p50S<=1')], result)[0]).toMatchObject({
      valueS: null,
      met: false,
    })
  })
})
