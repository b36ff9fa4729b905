import { readFileSync } from 'node:fs'
import { findHardware } from '@flowsim/perf-model/hardware'
import { expect, it } from 'vitest'
import { calibrated } from './index.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

it('shows in the README what the model answers', () => {
  const { latencyS, p10S, p90S } = calibrated.estimate(
    { op: 'matmul', m: 256, n: 4096, k: 4096, dtype: 'bf16' },
    findHardware('NVIDIA H100 80GB HBM3'),
  )
  for (const number of [latencyS, p10S, p90S]) expect(readme).toContain(String(number))
})
