import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { testbedFiles, testbedMeasured } from '../../../test/testbed.js'
import { readRecordedRequests, readRecordedTokens } from '../../compare/measured-run.js'
import { prepareComparison } from '../../compare/prepare-comparison.js'
import { testbedCsv, testbedTables } from '../../compare/testbed.js'

describeWithCorpus('the testbed, which compares Vidur with a real run', () => {
  const folder = corpus('serving/gpu-simulate-test')
  const file = (path: string) => ({
    source: path,
    text: readFileSync(`${folder}/${path}`, 'utf8'),
  })
  const run = (path: string) => ({
    ...readRecordedRequests(file(`${path}/request_metrics.csv`)),
    tokens: readRecordedTokens(file(`${path}/token_metrics.csv`)),
  })

  test('its tables of spaced2s, byte for byte', () => {
    const tables = testbedTables(run('spaced2s/real_run'), run('spaced2s/vidur_run'))
    const table = (name: string) => file(`spaced2s/compare/tables/${name}_percentiles.csv`).text
    expect(testbedCsv(tables.ttft)).toBe(table('ttft'))
    expect(testbedCsv(tables.tokenLatency)).toBe(table('token_latency'))
  })

  test("Vidur's raw metrics are the run that the testbed made of them", () => {
    for (const name of ['spaced2s/vidur_run', 'burst4']) {
      const raw = name === 'burst4' ? '2025-12-31_04-48-26-655185' : '2026-01-02_13-49-26-726026'
      const { requests: vidur } = readRecordedRequests(
        file(`${name}/vidur_raw/${raw}/request_metrics.csv`),
      )
      const { requests: standard } = readRecordedRequests(file(`${name}/request_metrics.csv`))
      expect(vidur.length).toBe(standard.length)
      for (const [i, request] of vidur.entries()) {
        expect(request.id).toBe(standard[i]!.id)
        expect(request.firstTokenNs).toBeCloseTo(standard[i]!.firstTokenNs, -1)
        expect(request.finishedNs).toBeCloseTo(standard[i]!.finishedNs, -1)
      }
    }
  })

  test('a measured run, a recorded one and two engines, on one workload', () => {
    const { runs, compare, requests } = prepareComparison(
      `${testbedMeasured}
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
      testbedFiles,
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
})
