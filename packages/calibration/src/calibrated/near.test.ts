import { findHardware } from '@flowsim/perf-model/hardware'
import { expect, it } from 'vitest'
import { evaluate } from '../evaluate/index.js'
import { type CalibrationRow, calibrate } from './calibrate.js'
import { calibrated, createCalibrated } from './calibrated.js'
import { NearRows, storeRows } from './near.js'

const h100 = findHardware('h100_sxm')
const gemm = (m: number, n: number, k: number) =>
  ({ op: 'matmul', m, n, k, dtype: 'bf16' }) as const
const timesOf = (call: ReturnType<typeof gemm>) => calibrated.estimate(call, h100).latencyS

// Small multiplications that take three times as long, as with slow launches.
const odd: CalibrationRow[] = [1, 2, 4, 8].flatMap((m) =>
  [512, 768].map((n) => ({
    call: gemm(m, n, 512),
    latencyUs: 3e6 * timesOf(gemm(m, n, 512)),
    hardware: h100,
  })),
)
const own = createCalibrated({ profiles: [calibrate(odd, { name: 'small' }).profile] })

it('a few odd rows change shapes like theirs, and nothing else', () => {
  const near = gemm(4, 640, 512)
  const ratio = (call: ReturnType<typeof gemm>) =>
    own.estimate(call, h100).latencyS / calibrated.estimate(call, h100).latencyS
  expect(ratio(near)).toBeGreaterThan(2)
  expect(own.estimate(near, h100).profile).toBe('small 1')
  for (const call of [gemm(512, 4096, 4096), gemm(8192, 8192, 8192), gemm(4, 28672, 8192)]) {
    expect(ratio(call)).toBeCloseTo(1, 2)
    expect(own.estimate(call, h100).profile).toBe('gemm-h100_sxm 1')
  }
})

it('the interval holds both answers where both have a say', () => {
  const between = gemm(4, 1536, 1024)
  const { p10S, p90S, latencyS, notes } = own.estimate(between, h100)
  const other = calibrated.estimate(between, h100)
  expect(latencyS).toBeGreaterThan(other.latencyS)
  expect(p90S / p10S).toBeGreaterThan(other.p90S / other.p10S)
  expect(notes?.[0]).toMatch(/% small 1, the rest gemm-h100_sxm 1/)
})

it('evaluate uses the profile whatever framework a row names, and tells rows that were fitted', () => {
  const rows = odd.map(({ call, latencyUs }) => {
    const { m, n, k } = call as ReturnType<typeof gemm>
    const named = { gpu: 'h100_sxm', framework: 'trtllm', dtype: 'bfloat16' }
    return { ...named, m, n, k, latency_us: latencyUs }
  })
  const far = { ...rows[0]!, m: 4096, n: 4096, k: 4096, latency_us: 200 }
  const { overall } = evaluate([...rows, far], { deviceOf: findHardware, op: 'gemm', model: own })
  expect(overall).toMatchObject({ count: 9, answered: 9, fitted: 8 })
  expect(overall.mape).toBeLessThan(0.5)
})

it('places of rows survive being stored', () => {
  const queries = [gemm(1, 64, 65_536), gemm(3, 28_672, 512)]
  const rows = new NearRows(storeRows(queries))
  for (const query of queries) expect(rows.shareOf(query).isRow).toBe(true)
  expect(rows.shareOf(gemm(3, 28_672, 640)).isRow).toBe(false)
  expect(rows.shareOf(gemm(3, 64, 64)).share).toBe(0)
  expect(() => new NearRows({ width: 3, places: 'AAAA' })).toThrow('cut short')
})
