import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCall } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { donorCost } from './blend.js'
import { createCalibrated } from './calibrated.js'

const model = createCalibrated()
const norm: OpCall = { op: 'softmax', rows: 4096, cols: 8192, dtype: 'bf16' }
const on = (device: string) => model.estimate(norm, findHardware(device), { source: 'pytorch' })

it('all devices of pooled rows speak for one without rows, and the answer says so', () => {
  expect(on('a40').notes?.[0]).toMatch(/^no rows of a40: rows of \w+ and \d+ other devices/)
  expect(on('h100_sxm').notes?.[0]).not.toMatch(/other devices/)
})

it('a device between two others is answered between them', () => {
  const [slow, between, fast] = [on('l40s'), on('a100_pcie'), on('h100_sxm')]
  expect(between.latencyS).toBeLessThan(slow.latencyS)
  expect(between.latencyS).toBeGreaterThan(fast.latencyS)
})

it('its own rows cost nothing, few rows of another cost more than many', () => {
  const [h100, h200] = [findHardware('h100_sxm'), findHardware('h200_sxm')]
  expect(donorCost(h100, h100, 1)).toBe(0)
  expect(donorCost(h100, h200, 10)).toBeGreaterThan(donorCost(h100, h200, 10_000))
})
