import { findModel, memoryUse } from '@flowsim/model-graph'
import { prepareServing, type ServingError } from '@flowsim/serving-sim'
import { StepBatch } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { modelStepTime } from './model-step-time.js'

const deploy = (model: string, more: object = {}) =>
  modelStepTime().deploy(
    { type: 'model', model, hardware: 'h200_sxm', latencyModel: 'roofline', ...more },
    {
      at: () => ({ source: 'a.yaml' }),
      blockSize: 16,
      readText: () => {
        throw new Error('no file is read')
      },
    },
  )

function decodes(count: number, context: number, tokens = 1): StepBatch {
  const batch = new StepBatch()
  for (let i = 0; i < count; i++) batch.addDecode(context, tokens, 1)
  return batch
}

describe('multi-token prediction', () => {
  const eight = { tensorParallel: 8 }

  test('is a layer of the model: DeepSeek V3 keeps 11.5 billion parameters for it', () => {
    const { predictor } = deploy('deepseek-v3').drafters!
    expect(predictor!.depth).toBe(1)
    const { memory } = predictor!.drafter()
    // A byte each in FP8, two of the projection, norms and router, which are not quantised.
    // Source: DeepSeek-V3's README_WEIGHTS.md: 11.5 billion parameters, embedding and head shared.
    expect(memory!.weightBytes / 11.5e9).toBeGreaterThan(0.99)
    expect(memory!.weightBytes / 11.5e9).toBeLessThan(1.03)
  })

  test('keeps the latent vector of one more layer for each token', () => {
    const { memory, drafters } = deploy('deepseek-v3', eight)
    const own = drafters!.predictor!.drafter().memory!
    expect(own.sequenceBytes(1000)).toBeCloseTo(memory!.sequenceBytes(1000) / 61, 3)
  })

  test('takes about as long as a layer, its projection and the head', () => {
    const { stepTime, drafters } = deploy('deepseek-v3', eight)
    const pass = drafters!.predictor!.drafter().stepTime.stepNs(decodes(8, 4000))
    const step = stepTime.stepNs(decodes(8, 4000))
    expect(pass).toBeGreaterThan(step / 61)
    expect(pass).toBeLessThan(step / 20)
  })

  test('is missing where a model has none', () => {
    expect(deploy('llama-3.1-8b').drafters!.predictor).toBeNull()
  })
})

describe('one layer more (EAGLE)', () => {
  test('has the weights of a layer and its projection, and its keys', () => {
    const { memory, drafters } = deploy('llama-3.1-8b')
    const own = drafters!.layer().memory!
    // EAGLE's head for Llama 8B: a layer of 218.1 million and 2 · 4096² parameters.
    expect(own.weightBytes / 2).toBeCloseTo(218_112_000 + 2 * 4096 ** 2 + 3 * 4096, -4)
    expect(own.sequenceBytes(1000)).toBe(memory!.sequenceBytes(1000) / 32)
  })

  test('of experts has a network for every token', () => {
    const own = deploy('mixtral-8x7b').drafters!.layer().memory!
    const whole = memoryUse(findModel('mixtral-8x7b')).weightBytes
    expect(own.weightBytes).toBeLessThan(whole / 60)
  })

  test('samples one token of a sequence, however many it reads', () => {
    const { stepTime } = deploy('llama-3.1-8b').drafters!.layer()
    const one = stepTime.stepNs(decodes(64, 2000))
    const four = stepTime.stepNs(decodes(64, 2000, 4))
    expect(four).toBeGreaterThan(one)
    expect(four).toBeLessThan(1.5 * one)
  })
})

describe('further heads (Medusa)', () => {
  test('take as long as so many products of their layers with the last tokens', () => {
    const { heads } = deploy('llama-3.1-8b').drafters!
    const timeOf = (count: number) => heads(count).stepTime.stepNs(decodes(16, 100, 4))
    expect(timeOf(4)).toBeCloseTo(4 * timeOf(1), 3)
    // At least the time to read the weights once.
    const { weightBytes } = heads(4).memory!
    expect(weightBytes).toBe(4 * 2 * 4096 * (4096 + 1 + 128_256))
    expect(timeOf(4)).toBeGreaterThan((weightBytes / 4.8e12) * 1e9)
    expect(heads(4).stepTime.stepNs(new StepBatch())).toBe(0)
  })
})

describe('a configuration that drafts', () => {
  const config = (speculation?: object) =>
    JSON.stringify({
      workload: {
        type: 'synthetic',
        requests: 8,
        users: 4,
        inputTokens: 256,
        outputTokens: 64,
      },
      stepTime: {
        type: 'model',
        model: 'llama-3.1-70b',
        hardware: 'h200_sxm',
        tensorParallel: 4,
        latencyModel: 'roofline',
      },
      speculation,
    })
  const prepare = (speculation?: object) =>
    prepareServing(config(speculation), {
      source: 'run.yaml',
      stepTimes: [modelStepTime()],
      readText: () => '',
    })
  const small = {
    type: 'model',
    model: 'llama-3.2-1b',
    hardware: 'h200_sxm',
    latencyModel: 'roofline',
  }
  const fault = (speculation: object) => {
    try {
      prepare(speculation)
    } catch (error) {
      return (error as ServingError).message
    }
    return ''
  }

  test.each([
    ['ngram', {}],
    ['eagle', {}],
    ['eagle', { branches: [3, 2, 1], depth: undefined }],
    ['medusa', {}],
    ['draft-model', { draft: small }],
  ])('by %s is faster than one that does not, where drafts are accepted', (method, more) => {
    const plain = prepare().run().report
    const speculation = { method, depth: 3, acceptance: 0.8, ...more }
    const { report } = prepare(speculation).run()
    expect(report.speculation!.tokensPerStep).toBeGreaterThan(2.5)
    expect(report.tpot!.p50S).toBeLessThan(0.8 * plain.tpot!.p50S)
    expect(report.outputTokens).toBe(plain.outputTokens)
  })

  test('has less room for keys: weights and keys of what drafts take some', () => {
    const blocks = (speculation?: object) => prepare(speculation).run().report.kvBlocks!.total
    const plain = blocks()
    const drafts = { depth: 2, acceptance: 0.5 }
    expect(blocks({ method: 'ngram', ...drafts })).toBe(plain)
    const eagle = blocks({ method: 'eagle', ...drafts })
    expect(eagle).toBeLessThan((plain * 80) / 81)
    expect(eagle).toBeGreaterThan(0.95 * plain)
    expect(blocks({ method: 'draft-model', ...drafts, draft: small })).toBeLessThan(eagle)
  })

  test('drafts in the group of instances that says so, and not in the others', () => {
    const both = JSON.parse(config()) as Record<string, unknown>
    const eagle = { method: 'eagle', depth: 2, acceptance: 0.8 }
    const text = JSON.stringify({
      ...both,
      instances: [{ name: 'drafts', speculation: eagle }, { name: 'plain' }],
    })
    const { instances } = prepareServing(text, {
      source: 'run.yaml',
      stepTimes: [modelStepTime()],
      readText: () => '',
    }).run()
    expect(instances.map(({ speculation }) => speculation !== undefined)).toEqual([true, false])
    expect(instances[0]!.tpot!.p50S).toBeLessThan(instances[1]!.tpot!.p50S)
  })

  test.each<[object, string]>([
    [{ method: 'mtp', acceptance: 0.8 }, 'speculation.depth is missing'],
    [{ method: 'mtp', depth: 1, acceptance: 0.8 }, 'the model has no layers for it'],
    [{ method: 'draft-model', depth: 1, acceptance: 0.8 }, 'the smaller model is missing'],
    [{ method: 'ngram', depth: 2, acceptance: [0.8] }, 'acceptance has 1 positions, but 2 tokens'],
    [{ method: 'ngram', depth: 2, acceptance: [0.5, 0.6] }, 'acceptance rises at position 2'],
    [{ method: 'ngram', depth: 1, acceptance: { meanTokens: 3 } }, 'cannot give 3 tokens'],
    [{ method: 'ngram', depth: 1, acceptance: { histogram: [0, 1, 1] } }, 'counts 2 accepted'],
    [{ method: 'ngram', depth: 1, acceptance: { histogram: [0, 0] } }, 'counts nothing'],
    [{ method: 'ngram', depth: 2, branches: [2], acceptance: 0.8 }, 'branches has 1 positions'],
    [{ method: 'eagle', branches: [2, 2], verified: 9, acceptance: 0.8 }, 'has 2 to 6 tokens'],
    [{ method: 'ngram', depth: 2, acceptance: 0.8, draft: small }, 'leave speculation.draft out'],
    [{ method: 'guess', depth: 2, acceptance: 0.8 }, 'draft-model'],
  ])('%j is refused', (speculation, message) => {
    expect(fault(speculation)).toContain(message)
  })
})
