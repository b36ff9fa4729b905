import { prepareServing } from '@flowsim/serving-sim'
import { describe, expect, test } from 'vitest'
import { modelStepTime } from './model-step-time.js'
import { STEP_TIMES } from './step-times.js'

/** A model of each kind of layers, on as many H200 as it needs. */
const MODELS = [
  { keeps: 'all keys and values', model: 'llama-3.1-8b' },
  { keeps: 'a window in most layers', model: 'gemma-3-27b' },
  { keeps: 'a window in half of the layers', model: 'gpt-oss-20b' },
  { keeps: 'chunks in most layers', model: 'llama-4-scout', tensorParallel: 4 },
  { keeps: 'states of linear attention', model: 'qwen3-next-80b-a3b', tensorParallel: 2 },
  { keeps: 'states of Mamba', model: 'nemotron-3-nano-30b-a3b' },
  { keeps: 'a latent vector', model: 'deepseek-v2-lite' },
  { keeps: 'a latent vector and an indexer’s keys', model: 'deepseek-v3.2', tensorParallel: 8 },
]
const LENGTHS = [300, 5000, 40_000]

const options = {
  source: 'run.yaml',
  readText: () => {
    throw new Error('no files')
  },
  stepTimes: STEP_TIMES,
}

const stepTimeOf = ({ keeps: _, ...fields }: (typeof MODELS)[number]) => ({
  type: 'model',
  hardware: 'h200_sxm',
  ...fields,
})

const memoryOf = (which: (typeof MODELS)[number]) => {
  const context = { readText: options.readText, blockSize: 16, at: () => ({}) }
  return modelStepTime().deploy(stepTimeOf(which), context).memory!
}

/** A run of requests of so many tokens, with other fields of the configuration. */
const run = (which: (typeof MODELS)[number], inputTokens: number, more: object = {}) =>
  prepareServing(
    JSON.stringify({
      stepTime: stepTimeOf(which),
      workload: { type: 'synthetic', requests: 1, users: 1, inputTokens, outputTokens: 2 },
      scheduler: { maxNumBatchedTokens: 8192, maxNumSeqs: 256 },
      ...more,
    }),
    options,
  ).run()

describe.each(MODELS)('a model that keeps $keeps ($model)', (which) => {
  test('has as many blocks as its room holds, and a sequence takes those that its bytes need', () => {
    const memory = memoryOf(which)
    const room = { memoryUtilization: 0.9, batchTokens: 8192, sequences: 256 }
    const roomBytes = memory.roomBytes(room)
    for (const tokens of LENGTHS) {
      const { total, peak } = run(which, tokens, { kv: { prefixCaching: false } }).report.kvBlocks!
      const bytesPerBlock = roomBytes / total
      const needs = memory.sequenceBytes(tokens)
      expect(peak * bytesPerBlock).toBeGreaterThanOrEqual(needs)
      // A block that is not full, and one for what windows and states keep besides.
      expect((peak - 2) * bytesPerBlock).toBeLessThanOrEqual(needs + bytesPerBlock)
    }
  })

  test('sends what a sequence keeps from prefill to decode', () => {
    const memory = memoryOf(which)
    const instances = [
      { role: 'prefill', count: 1 },
      { role: 'decode', count: 1 },
    ]
    for (const tokens of LENGTHS) {
      const e2eS = (bandwidthGBps: number) =>
        run(which, tokens, { instances, transfer: { bandwidthGBps } }).report.e2e!.meanS
      const bytes = memory.sequenceBytes(tokens)
      expect(e2eS(1) - e2eS(2)).toBeCloseTo(bytes / 1e9 - bytes / 2e9, 6)
    }
  })
})

describe('prefixes of a model with states', () => {
  const hybrid = MODELS.find(({ keeps }) => keeps === 'states of linear attention')!
  const prefix = { tokens: 3000, groups: 1 }
  const shared = (kv: object) =>
    run(hybrid, 100, {
      kv,
      workload: {
        type: 'synthetic',
        requests: 5,
        users: 1,
        inputTokens: 100,
        outputTokens: 2,
        prefix,
      },
    }).report

  test('are found where a state was kept, which takes room', () => {
    const without = shared({})
    const kept = shared({ snapshotTokens: 1024 })
    expect(without.cachedTokens).toBe(0)
    // Four requests after the first find two states of 1,024 tokens.
    expect(kept.cachedTokens).toBe(4 * 2048)
    expect(shared({ snapshotTokens: 512 }).cachedTokens).toBe(4 * 2560)
    expect(kept.kvBlocks!.total).toBeLessThan(without.kvBlocks!.total)
    expect(kept.ttft!.meanS).toBeLessThan(without.ttft!.meanS)
  })
})
