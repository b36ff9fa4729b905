// The measured run of the simulator testbed, in tests.
import { readFileSync } from 'node:fs'
import { corpus } from '../../../tests/corpus.js'

/** What comparisons with it are prepared with. */
export const testbedFiles = {
  source: 'compare.yaml',
  readText: (path: string) => readFileSync(corpus(`serving/gpu-simulate-test/${path}`), 'utf8'),
}

/** The section of a comparison that names it. */
export const testbedMeasured = `
measured:
  requests: spaced2s/real_run/request_metrics.csv
  tokens: spaced2s/real_run/token_metrics.csv
  settings: { maxBatchTokens: 16, maxBatchSize: 16, blockSize: 16, precision: bf16 }
`
