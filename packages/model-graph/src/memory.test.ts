import { describe, expect, it } from 'vitest'
import { findModel, listModels } from './catalogue/catalogue.js'
import { fitSequences } from './fit.js'
import { memoryUse } from './memory.js'
import { countParameters } from './weights.js'

const GIB = 2 ** 30

describe('memoryUse', () => {
  it.each(listModels())('holds every parameter of $name once on one device', ({ name }) => {
    const model = findModel(name)
    const { weightBytes } = memoryUse(model, { dtypes: 'fp16' })
    expect(weightBytes).toBeCloseTo(2 * countParameters(model).total, -3)
  })

  it.each([
    ['llama-3.1-8b', 32 * 2 * 8 * 128 * 2],
    ['llama-3.1-70b', 80 * 2 * 8 * 128 * 2],
    ['llama-2-7b', 32 * 2 * 32 * 128 * 2],
    ['deepseek-v3', 61 * 576 * 2],
    // An indexer keeps one FP8 key and its fp32 scale beside the latent.
    ['glm-5', 78 * (576 * 2 + 128 + 4)],
    ['qwen3.5-397b-a17b', 15 * 2 * 2 * 256 * 2],
  ])('keeps %s at %i bytes of KV for a token', (name, bytes) => {
    expect(memoryUse(findModel(name)).kvBytesPerToken).toBe(bytes)
  })

  it('divides weights and KV over tensor parallelism, repeated heads excepted', () => {
    const model = findModel('llama-3.1-70b')
    const at = (tensor: number) => memoryUse(model, { parallelism: { tensor } })
    // Norms are on every device.
    expect(8 * at(8).weightBytes - at(1).weightBytes).toBe(7 * 161 * 8192 * 2)
    expect(at(8).kvBytesPerToken).toBe(at(1).kvBytesPerToken / 8)
    expect(at(16).kvBytesPerToken).toBe(at(8).kvBytesPerToken)
  })

  it('keeps latent KV whole on every tensor rank and divides it over context', () => {
    const model = findModel('deepseek-v3')
    const whole = memoryUse(model).kvBytesPerToken
    expect(memoryUse(model, { parallelism: { tensor: 8 } }).kvBytesPerToken).toBe(whole)
    expect(memoryUse(model, { parallelism: { context: 2 } }).kvBytesPerToken).toBe(whole / 2)
  })

  it('divides experts over the devices that share them', () => {
    const model = findModel('deepseek-v3')
    const experts = 58 * 256 * 3 * 7168 * 2048
    const weights = (expert: number) =>
      memoryUse(model, { parallelism: { data: expert, expert }, dtypes: 'fp16' }).weightBytes
    expect(weights(1) - weights(8)).toBe(2 * experts * (1 - 1 / 8))
  })

  it('stores FP8 checkpoints in a byte a weight, scales and plain parts besides', () => {
    const { weightBytes } = memoryUse(findModel('deepseek-v3'))
    // 688.6 GB is the size of the published checkpoint with its multi-token prediction layer of
    // 14 B parameters, 671 + 14 = 685 B.
    expect(weightBytes / 1e9).toBeGreaterThan(671)
    expect(weightBytes / 1e9).toBeLessThan(688.6 - 11)
  })

  it('stores gpt-oss-120b in the 65 GB of its checkpoint', () => {
    expect(memoryUse(findModel('gpt-oss-120b')).weightBytes / 1e9).toBeCloseTo(65.2, 0)
  })

  it('tells stages of a pipeline apart', () => {
    const model = findModel('llama-3.1-8b')
    const { weightBytesByStage, weightBytes } = memoryUse(model, { parallelism: { pipeline: 2 } })
    expect(weightBytesByStage[1]! - weightBytesByStage[0]!).toBe(4096 * 2)
    expect(weightBytes).toBe(weightBytesByStage[1])
  })

  it('keeps only the window of local layers, and a state for linear ones', () => {
    const oss = memoryUse(findModel('gpt-oss-20b'))
    const perLayer = 2 * 8 * 64 * 2
    expect(oss.sequenceBytes(1000)).toBe(12 * perLayer * (1000 + 128))
    const next = memoryUse(findModel('qwen3-next-80b-a3b'))
    expect(next.stateBytesPerSequence).toBe(36 * (32 * 128 * 128 * 4 + 3 * 8192 * 2))
    expect(next.sequenceBytes(0)).toBe(next.stateBytesPerSequence)
  })

  it('needs more for activations the more tokens a step has', () => {
    const { activationBytes } = memoryUse(findModel('llama-3.1-8b'))
    expect(activationBytes(8192, 1)).toBeGreaterThan(activationBytes(64, 64))
    expect(activationBytes(8192, 1) / GIB).toBeLessThan(2)
  })

  it('needs more for the logits of a large batch the more copies of them there are', () => {
    const { activationBytes } = memoryUse(findModel('llama-3.1-8b'))
    const logits = (bytes: number) => activationBytes(8192, 1024, bytes) - 8192 * 4096 * 2
    expect(logits(10)).toBe(1024 * 128_256 * 10)
    expect(logits(20)).toBe(2 * logits(10))
  })
})

describe('fitSequences', () => {
  const memory = memoryUse(findModel('llama-3.1-8b'))

  it('fills the room with sequences of the asked length, or with one as long as can be', () => {
    const roomBytes = 131072 * 50_000
    const fit = fitSequences(memory, { roomBytes, contextTokens: 1000, maxPositions: 131_072 })
    expect(fit).toEqual({ kvTokens: 50_000, maxSequences: 50, maxContext: 50_000 })
  })

  it('stops at the longest context of the model', () => {
    const fit = fitSequences(memory, { roomBytes: 1e13, contextTokens: 8, maxPositions: 131_072 })
    expect(fit.maxContext).toBe(131_072)
  })

  it('fits nothing without room', () => {
    const fit = fitSequences(memory, { roomBytes: -1, contextTokens: 8 })
    expect(fit).toEqual({ kvTokens: 0, maxSequences: 0, maxContext: 0 })
  })

  it('knows that windows do not grow', () => {
    const local = memoryUse(findModel('mistral-7b-v0.1'))
    const roomBytes = local.sequenceBytes(4096)
    expect(fitSequences(local, { roomBytes, contextTokens: 8000 }).maxSequences).toBe(1)
  })
})
