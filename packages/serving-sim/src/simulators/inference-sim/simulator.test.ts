import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { readJson } from '../../../test/csv.js'
import { fault, prepare } from '../../../test/prepare.js'
import type { PrepareOptions } from '../../config/prepare.js'

describeWithCorpus('inference-sim from files', () => {
  const folder = corpus('serving/blis')
  const fromCorpus: PrepareOptions = {
    source: 'run.yaml',
    readText: (path) => readFileSync(corpus(path), 'utf8'),
  }

  test('the scenario of its README', () => {
    const { report, native } = prepare(
      `
engine: inference-sim-2025
workload: { type: guidellm, file: serving/blis/old-seed-scenario.requestgenconfig.yaml }
inferenceSim2025:
  maxNumRunningReqs: 8192
  totalKvBlocks: 64173
  maxNumScheduledTokens: 4096
  blockSizeInTokens: 16
  regressionCoeffs: [0.006857138483067575, 3.82496271961672e-05, 5.517393223466091e-05]
  queuingCoeffs: [4.87273847, 8956.34427]
  finishedCoeffs: [0.0470950911, 1297.25103]
`,
      fromCorpus,
    ).run()
    expect(report.requests).toEqual({ completed: 1284, waiting: 716 })
    expect(report.e2e!.meanS.toFixed(6)).toBe('30.550837')
    expect(report.e2e!.p99S.toFixed(6)).toBe('74.076961')
    expect(report.kvBlocks!.peak).toBe(64008)
    expect(native).toMatchObject({ total: { completedRequests: 1284, requestRatePerS: 10 } })
  })

  test('a cluster of four, drawn from the seed', () => {
    const { native } = prepare(
      `
engine: inference-sim
workload:
  type: inference-sim
  ratePerS: 100
  requests: 200
  promptTokens: { mean: 512, stdev: 256, min: 2, max: 7000 }
  outputTokens: { mean: 128, stdev: 64, min: 2, max: 7000 }
  prefixTokens: 128
inferenceSim:
  modelConfig: models/llama-3.1-8b-instruct.json
  hardware: H100
  latencyModel: roofline
  numInstances: 4
`,
      fromCorpus,
    ).run()
    const expected = readJson<{ aggregate: Record<string, number> }>(
      `${folder}/head/h7-cluster4-round-robin.expected.json`,
    ).aggregate
    const { cluster } = native as { cluster: Record<string, number> }
    for (const name of ['e2e_mean_ms', 'ttft_p99_ms', 'itl_p95_ms', 'total_input_tokens']) {
      expect(cluster[name]).toBeCloseTo(expected[name]!, 9)
    }
  })

  test('heads that do not divide', () => {
    expect(
      fault(
        `
engine: inference-sim
workload: { type: guidellm, file: serving/blis/old/s1-fixed-lengths.requestgenconfig.yaml }
inferenceSim:
  modelConfig: models/llama-3.1-8b-instruct.json
  hardware: H100
  tensorParallel: 3
`,
        fromCorpus,
      ),
    ).toBe('run.yaml:7:19: 32 heads do not divide over 3 tensor-parallel devices')
  })

  test('a model that does not fit', () => {
    expect(
      fault(
        `
engine: inference-sim
workload: { type: guidellm, file: serving/blis/old/s1-fixed-lengths.requestgenconfig.yaml }
inferenceSim: { modelConfig: models/llama-3.1-70b-instruct.json, hardware: H100 }
`,
        fromCorpus,
      ),
    ).toMatch(/weights of 131\.\d GiB leave no room for a KV cache on 1 devices of 80 GiB/)
  })
})
