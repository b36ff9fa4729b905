import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { findHardware } from './hardware.js'
import { PerfModelError, roofline, tile } from './index.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const gemm = { op: 'matmul', m: 256, n: 4096, k: 4096, dtype: 'bf16' } as const

it('shows in the README what the models answer', () => {
  const h100 = findHardware('NVIDIA H100 80GB HBM3')
  const lower = roofline.estimate(gemm, h100)
  const laidOut = tile.estimate(gemm, h100)
  const exact = tile.estimate({ ...gemm, dtype: 'fp16' }, findHardware('A100_4_fp16'), {
    mode: 'heuristic-GPU',
  })
  for (const number of [lower.latencyS, lower.p10S, lower.p90S, laidOut.latencyS, exact.latencyS]) {
    expect(readme).toContain(number.toFixed(20).replace(/0+$/, '').slice(0, 18))
  }
  expect(readme).toContain(laidOut.notes?.[0])
  expect(() => roofline.estimate({ ...gemm, dtype: 'fp8_e4m3' }, findHardware('a100_sxm'))).toThrow(
    PerfModelError,
  )
})
