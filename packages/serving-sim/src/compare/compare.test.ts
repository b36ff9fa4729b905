import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { readCsv, readJson } from '../../test/csv.js'
import { WeightedSamples } from '../core/weighted-samples.js'
import { readRecordedRequests, readRecordedTokens } from './measured-run.js'
import { prepareComparison } from './prepare-comparison.js'
import { relativeError, scoreMetric, verdictOf } from './scorer.js'
import { testbedCsv, testbedTables } from './testbed.js'

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

describeWithCorpus('the testbed', () => {
  const folder = corpus('serving/gpu-simulate-test')
  const file = (path: string) => ({
    file: path,
    text: readFileSync(`${folder}/${path}`, 'utf8'),
  })
  const run = (path: string) => ({
    requests: readRecordedRequests(file(`${path}/request_metrics.csv`)),
    tokens: readRecordedTokens(file(`${path}/token_metrics.csv`)),
  })

  test('its tables of spaced2s, byte for byte', () => {
    const tables = testbedTables(run('spaced2s/real_run'), run('spaced2s/vidur_run'))
    const table = (name: string) => file(`spaced2s/compare/tables/${name}_percentiles.csv`).text
    expect(testbedCsv(tables.ttft)).toBe(table('ttft'))
    expect(testbedCsv(tables.tokenLatency)).toBe(table('token_latency'))
  })

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

  test("Vidur's raw metrics are the run that the testbed made of them", () => {
    for (const name of ['spaced2s/vidur_run', 'burst4']) {
      const raw = name === 'burst4' ? '2025-12-31_04-48-26-655185' : '2026-01-02_13-49-26-726026'
      const vidur = readRecordedRequests(file(`${name}/vidur_raw/${raw}/request_metrics.csv`))
      const standard = readRecordedRequests(file(`${name}/request_metrics.csv`))
      expect(vidur.length).toBe(standard.length)
      for (const [i, request] of vidur.entries()) {
        expect(request.id).toBe(standard[i]!.id)
        expect(request.firstTokenNs).toBeCloseTo(standard[i]!.firstTokenNs, -1)
        expect(request.finishedNs).toBeCloseTo(standard[i]!.finishedNs, -1)
      }
    }
  })

  const files = { readText: (path: string) => readFileSync(`${folder}/${path}`, 'utf8') }
  const measured = `
measured:
  requests: spaced2s/real_run/request_metrics.csv
  tokens: spaced2s/real_run/token_metrics.csv
  settings: { maxBatchTokens: 16, maxBatchSize: 16, blockSize: 16, precision: bf16 }
`

  test('a measured run, a recorded one and two engines, on one workload', () => {
    const { runs, compare, requests } = prepareComparison(
      `${measured}
runs:
  - name: vidur-recorded
    requests: spaced2s/vidur_run/request_metrics.csv
    tokens: spaced2s/vidur_run/token_metrics.csv
  - name: ours
    stepTime: { type: linear, perStepUs: 13000, perPrefillTokenUs: 300 }
    kv: { blocks: 1000 }
    scheduler: { maxNumBatchedTokens: 16, maxNumSeqs: 16 }
  - name: vidur
    engine: vidur
    vidur:
      model: meta-llama/Llama-2-7b-hf
      scheduler: { type: sarathi }
      predictor: { type: closed-form }
`,
      'compare.yaml',
      files,
    )
    expect(runs).toEqual(['measured', 'vidur-recorded', 'ours', 'vidur'])
    expect(requests.length).toBe(8)
    const { comparison } = compare()
    const [recorded, ours, vidur] = comparison.runs
    // 1.97 ms against 17.28 ms.
    expect(recorded!.ttft!.percentiles[0]!.error).toBeCloseTo(1 - 1_967_610 / 17_283_962.5, 9)
    expect(recorded!.verdict).toBe('fail')
    expect(ours!.tpot!.worst).toBeLessThan(0.09)
    expect(ours!.mismatches).toEqual([])
    expect(vidur!.mismatches.map(({ setting }) => setting)).toEqual([
      'maxBatchTokens',
      'maxBatchSize',
      'precision',
    ])
    expect(vidur!.caveats.join('\n')).toContain('maxBatchTokens is 512, in measured 16')
    expect(vidur!.caveats.join('\n')).toContain('CPU overhead is not modelled')
  })

  test('faults of a run are told where the run is', () => {
    const compare = (text: string) => () => prepareComparison(text, 'compare.yaml', files)
    expect(
      compare(`${measured}runs:\n  - name: ours\n    stepTim: { type: linear, perStepUs: 1 }\n`),
    ).toThrow('compare.yaml:8:5: unknown field stepTim; did you mean stepTime?')
    expect(compare('runs:\n  - name: a\n    stepTime: { type: linear, perStepUs: 1 }\n')).toThrow(
      'workload is missing',
    )
    expect(
      compare(
        `${measured}reference: them\nruns:\n  - { name: a, requests: burst4/request_metrics.csv }\n`,
      ),
    ).toThrow('reference "them" is none of measured, a')
  })
})
