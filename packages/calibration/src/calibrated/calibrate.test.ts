import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCallOf } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { type CalibrationRow, calibrate } from './calibrate.js'
import { calibrated, createCalibrated } from './calibrated.js'
import { parseProfile } from './profile.js'

const h100 = findHardware('h100_sxm')
const gemm = (m: number, n: number, k: number): OpCallOf<'matmul'> => ({
  op: 'matmul',
  m,
  n,
  k,
  dtype: 'bf16',
})
/** A board that computes at 0.7 of the speed, and is otherwise what the profiles describe. */
const slowBoard = (call: OpCallOf<'matmul'>) => {
  const { latencyS, parts } = calibrated.estimate(call, h100)
  return (latencyS + parts.computeS * (1 / 0.7 - 1)) * 1e6
}
const rowsOf = (shapes: [number, number, number][]): CalibrationRow[] =>
  shapes.map(([m, n, k]) => ({
    call: gemm(m, n, k),
    latencyUs: slowBoard(gemm(m, n, k)),
    hardware: h100,
  }))

function grid(ms: number[], nks: number[]): [number, number, number][] {
  return ms.flatMap((m) => nks.flatMap((n) => nks.map((k): [number, number, number] => [m, n, k])))
}

describe('calibrate', () => {
  it('shifts the built-in core with a handful of rows, also for shapes that were not measured', () => {
    const rows = rowsOf(grid([2048, 8192], [4096, 8192]))
    const { profile, report } = calibrate(rows, { name: 'my board' })
    const model = createCalibrated({ profiles: [profile] })
    const unseen = gemm(4096, 5120, 7168)
    const off = (found: number) => Math.abs(found / (slowBoard(unseen) / 1e6) - 1)
    expect(off(model.estimate(unseen, h100).latencyS)).toBeLessThan(0.12)
    expect(off(calibrated.estimate(unseen, h100).latencyS)).toBeGreaterThan(0.2)
    const [section] = report.sections
    expect(section).toMatchObject({ family: 'gemm', kind: 'bf16', source: 'own', rows: 8 })
    expect(section!.before!.mape).toBeGreaterThan(0.2)
    expect(section!.after.mape).toBeLessThan(0.1)
  })

  it('one row is enough to fit, and does not run away', () => {
    const { profile } = calibrate(rowsOf([[4096, 4096, 4096]]), { name: 'one row' })
    const model = createCalibrated({ profiles: [profile] })
    for (const call of [gemm(1, 4096, 4096), gemm(8192, 8192, 8192), gemm(64, 256, 65536)]) {
      const ratio = model.estimate(call, h100).latencyS / calibrated.estimate(call, h100).latencyS
      expect(ratio).toBeGreaterThan(0.6)
      expect(ratio).toBeLessThan(1.7)
    }
  })

  it('tells where an answer is far beyond the longest row, and is less sure of it', () => {
    const rows = rowsOf(grid([2048, 8192], [4096, 8192]))
    const { profile } = calibrate(rows, { name: 'my board', everywhere: true })
    const longest = Math.max(...rows.map(({ latencyUs }) => latencyUs))
    expect(profile.sections[0]!.devices[0]!.longestUs).toBeCloseTo(longest, 0)
    const model = createCalibrated({ profiles: [profile] })
    const near = model.estimate(gemm(8192, 8192, 8192), h100)
    const far = model.estimate(gemm(819_200, 8192, 8192), h100)
    const sureness = ({ p10S, p90S }: typeof near) => Math.log(p90S / p10S)
    const notesOf = ({ notes = [] }: typeof near) => notes.join()
    expect(notesOf(near)).not.toContain('beyond')
    expect(notesOf(far)).toMatch(/far beyond what was measured: the longest row takes .* ms/)
    expect(sureness(far)).toBeGreaterThan(sureness(near) + 0.5)
    // The same on a device a few times as slow is not beyond.
    const slower = model.estimate(gemm(8192, 8192, 8192), findHardware('l4'))
    expect(notesOf(slower)).not.toContain('beyond')
  })

  it('merges repeated shapes by their median and counts what it cannot use', () => {
    const [row] = rowsOf([[4096, 4096, 4096]])
    const noisy = [0.9, 1, 7].map((factor) => ({ ...row!, latencyUs: row!.latencyUs * factor }))
    const bad = [
      { ...row!, latencyUs: Number.NaN },
      { ...row!, latencyUs: -1 },
      { ...row!, call: { ...gemm(4, 4, 4), m: 1.5 } },
    ]
    const { profile, report } = calibrate([...noisy, ...bad], { name: 'noise' })
    expect(report.skipped).toBe(3)
    expect(report.sections[0]?.rows).toBe(1)
    expect(profile).toEqual(calibrate([row!], { name: 'noise' }).profile)
  })

  it('many rows make their own correction, the same bytes each time', () => {
    const rows = rowsOf(grid([16, 64, 256, 1024, 4096], [512, 1024, 2048, 4096, 8192]))
    const once = calibrate(rows, { name: 'grid' }).profile
    expect(JSON.stringify(calibrate(rows, { name: 'grid' }).profile)).toBe(JSON.stringify(once))
    const model = createCalibrated({ profiles: [parseProfile(JSON.stringify(once))] })
    const call = gemm(512, 4096, 2048)
    expect(model.estimate(call, h100).latencyS / (slowBoard(call) / 1e6)).toBeCloseTo(1, 0.8)
    expect(model.estimate(call, h100).profile).toBe('grid 1')
  })

  it('refuses an empty list', () => {
    expect(() => calibrate([], { name: 'none' })).toThrow('no row')
  })
})
