import { buildStep, builtInModel } from '@flowsim/model-graph'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { VisionEncoder } from '@flowsim/serving-sim'
import { describe, expect, test } from 'vitest'
import { latencyOf } from './latency-of.js'
import { modelStepTime } from './model-step-time.js'

const context = { readText: () => '', blockSize: 16, at: () => ({ source: 'test' }) }
const deploy = (fields: Record<string, unknown> = {}) =>
  modelStepTime().deploy(
    { type: 'model', model: 'qwen3-vl-8b', hardware: 'h100_sxm', ...fields },
    context,
  ).vision as VisionEncoder

describe('the vision tower of a model', () => {
  test('models without one take no images', () => {
    expect(deploy({ model: 'llama-3.1-8b' })).toBe('none')
  })

  test('an image of 1280 × 720 is 880 tokens of Qwen3-VL, each handed over at four levels', () => {
    const { tokensOf, tokenBytes } = deploy()
    expect(tokensOf({ width: 1280, height: 720 })).toBe(880)
    expect(tokenBytes).toBe(4 * 4096 * 2)
  })

  test('its time is that of its operations, one after the other', () => {
    const tower = builtInModel('qwen3-vl-8b')!.towers![0]!
    const { ops } = buildStep(tower.model, { batch: [{ newTokens: 4 * 8000, sampled: false }] })
    const latency = latencyOf(
      { model: '', hardware: '', latencyModel: 'roofline' } as Parameters<typeof latencyOf>[0],
      context,
    )
    const hardware = findHardware('h100_sxm')
    const sumS = ops.reduce(
      (sum, { call, count }) => sum + count * latency.estimate(call, hardware).latencyS,
      0,
    )
    const { encodeNs } = deploy({ latencyModel: 'roofline' })
    expect(encodeNs!([8000]) / 1e9).toBeCloseTo(sumS, 4)
  })

  test('equal images: products grow with patches, attention with each image by itself', () => {
    const { encodeNs } = deploy({ latencyModel: 'roofline' })
    const [one, four, whole] = [[4000], [4000, 4000, 4000, 4000], [16_000]].map((tokens) =>
      encodeNs!(tokens),
    )
    expect(four! / one!).toBeCloseTo(4, 1)
    // Four times the pairs of patches in one image.
    expect(whole!).toBeGreaterThan(1.5 * four!)
  })

  test('small images take at least as long as the host launches the kernels of a tower', () => {
    const { encodeNs } = deploy({ hostOpUs: 1000 })
    expect(encodeNs!([4])).toBe(encodeNs!([8]))
  })

  test('replicas share the images, devices the tower', () => {
    const alone = deploy().encodeNs!
    expect(deploy({ dataParallel: 2, tensorParallel: 1 }).encodeNs!([900, 900, 900])).toBe(
      alone([900, 900]),
    )
    expect(deploy({ tensorParallel: 2 }).encodeNs!([4000])).toBeLessThan(0.8 * alone([4000]))
  })
})
