import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { readCsv, readJson } from '../../test/csv.js'
import { testbedFiles, testbedMeasured } from '../../test/testbed.js'
import { WeightedSamples } from '../core/weighted-samples.js'
import { prepareComparison } from './prepare-comparison.js'
import { relativeError, scoreMetric, verdictOf } from './scorer.js'

describe('the scorer', () => {
  test('errors and verdicts', () => {
    expect(relativeError(0, 0)).toBe(0)
    expect(relativeError(0, 1)).toBe(Number.POSITIVE_INFINITY)
    expect(relativeError(2, 1)).toBe(0.5)
    expect([0.05, 0.0501, 0.09, 0.0901].map((error) => verdictOf(error))).toEqual([
      'pass',
      'warn',
      'warn',
      'fail',
    ])
  })

  test('the worst percentile decides', () => {
    const score = scoreMetric([1, 1, 1, 1], [1, 1, 1, 1.2], [0.5, 1])!
    expect(score.percentiles.map(({ error }) => error)).toEqual([0, expect.closeTo(0.2, 12)])
    expect(score.verdict).toBe('fail')
    expect(score.meanBias).toBeCloseTo(0.05, 12)
  })

  test('values with counts are those values', () => {
    const samples = new WeightedSamples()
    samples.add(1, 3)
    samples.add(5)
    expect(scoreMetric(samples, [1, 1, 1, 5])!.worst).toBe(0)
    expect(scoreMetric([], [1])).toBeNull()
  })
})

describe('settings', () => {
  const workload =
    'workload: { type: synthetic, requests: 3, arrival: { process: at-once }, inputTokens: 8, outputTokens: 3 }'
  const stepTime = 'stepTime: { type: linear, perStepUs: 100 }'
  const files = (texts: Record<string, string> = {}) => ({
    source: 'compare.yaml',
    readText: (path: string) => texts[path]!,
  })

  test('every value that enters is compared, stated or by default', () => {
    const { comparison } = prepareComparison(
      `${workload}
runs:
  - { name: a, ${stepTime}, kv: { blocks: 100 } }
  - { name: same, ${stepTime}, kv: { blocks: 100 }, scheduler: { order: fcfs } }
  - { name: b, ${stepTime}, kv: { blocks: 100 }, scheduler: { order: shortest-prompt, watermark: 0.01 }, tokenOverheadMs: 1 }
  - { name: two, ${stepTime}, kv: { blocks: 100 }, instances: [{ count: 2 }] }
`,
      files(),
    ).compare()
    const [same, b, two] = comparison.runs
    expect(same).toMatchObject({ mismatches: [], unknown: [] })
    expect(b!.mismatches).toEqual([
      { setting: 'scheduler.order', reference: 'fcfs', candidate: 'shortest-prompt' },
      { setting: 'scheduler.watermark', reference: 0, candidate: 0.01 },
      { setting: 'tokenOverheadMs', reference: 0, candidate: 1 },
    ])
    expect(b!.caveats[0]).toBe(
      'scheduler.order is shortest-prompt, in a fcfs: the runs are not of the same setup',
    )
    // Only a cluster has a router, whose settings the other side does not state.
    expect(two!.mismatches).toEqual([{ setting: 'instances', reference: 1, candidate: 2 }])
    expect(two!.unknown).toContain('routing.policy')
  })

  test('a simulated run without CPU overhead gets a warning beside a measured one, whatever the simulator', () => {
    const texts = {
      'real.csv':
        'request_id,arrival_time_ns,first_token_time_ns,completion_time_ns,num_prefill_tokens,num_decode_tokens,status\n' +
        'r0,0,1000000,3000000,8,3,ok\n',
    }
    const { comparison } = prepareComparison(
      `measured: { requests: real.csv, settings: { others: { scheduler.order: priority } } }
runs:
  - { name: without, ${stepTime}, kv: { blocks: 100 } }
  - { name: each, ${stepTime}, kv: { blocks: 100 }, cpuOverhead: { perStepUs: 5 } }
  - { name: sequences, ${stepTime}, kv: { blocks: 100 }, cpuOverhead: { perSequenceUs: 5 } }
`,
      files(texts),
    ).compare()
    const warned = comparison.runs.map(({ caveats }) =>
      caveats.some((caveat) => caveat.startsWith('CPU overhead is not modelled')),
    )
    expect(warned).toEqual([true, false, false])
    expect(comparison.runs[0]!.mismatches).toEqual([
      { setting: 'scheduler.order', reference: 'priority', candidate: 'fcfs' },
    ])
  })
})

describeWithCorpus('the testbed', () => {
  const folder = corpus('serving/gpu-simulate-test')
  test('its scorer on its fixture', () => {
    const path = `${folder}/paper-fidelity`
    const expected = readJson<{
      percentiles: number[]
      thresholds: { pass: number; warn: number }
      expected: Record<string, { pct_error: number; verdict: string }>
    }>(`${path}/fixture_expected.json`)
    const column = (name: string, metric: string) =>
      readCsv(`${path}/fixture_${name}_request_metrics.csv`).map((row) => Number(row[metric]))
    for (const [metric, { pct_error: error, verdict }] of Object.entries(expected.expected)) {
      const score = scoreMetric(
        column('real', metric),
        column('sim', metric),
        expected.percentiles,
        expected.thresholds,
      )!
      expect(score.worst).toBeCloseTo(error, 12)
      expect(score.verdict).toBe(verdict)
    }
  })

  test('its scores of Llama 2 7B: errors and verdicts of every metric', () => {
    const { metrics } = readJson<{
      metrics: Record<
        string,
        Record<'p50' | 'p95', { real: number; sim: number; pct_error: number }> & {
          verdict: string
        }
      >
    }>(`${folder}/paper-fidelity/llama2_7b_dynamic_medium_scores.json`)
    for (const { p50, p95, verdict } of Object.values(metrics)) {
      for (const { real, sim, pct_error: error } of [p50, p95]) {
        expect(relativeError(real, sim)).toBeCloseTo(error, 12)
      }
      expect(verdictOf(Math.max(p50.pct_error, p95.pct_error))).toBe(verdict)
    }
  })

  test('faults of a run are told where the run is', () => {
    const compare = (text: string) => () => prepareComparison(text, testbedFiles)
    expect(
      compare(
        `${testbedMeasured}runs:\n  - name: ours\n    stepTim: { type: linear, perStepUs: 1 }\n`,
      ),
    ).toThrow('compare.yaml:8:5: unknown field stepTim; did you mean stepTime?')
    expect(compare('runs:\n  - name: a\n    stepTime: { type: linear, perStepUs: 1 }\n')).toThrow(
      'workload is missing',
    )
    expect(
      compare(
        `${testbedMeasured}reference: them\nruns:\n  - { name: a, requests: burst4/request_metrics.csv }\n`,
      ),
    ).toThrow('no run is named them; there are measured, a')
  })
})
