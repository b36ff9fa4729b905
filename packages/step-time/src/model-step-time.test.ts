import { compileStep, findModel, memoryUse, summarizeBatch } from '@flowsim/model-graph'
import { roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { StepTimeContext } from '@flowsim/serving-sim'
import { memoryLevel, StepBatch } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { EngineKernelTimes } from './engine-kernels.js'
import { findEngine } from './engines/catalogue.js'
import type { ModelFields } from './model-fields.js'
import { modelStepTime } from './model-step-time.js'

const at: StepTimeContext['at'] = (field) => ({
  source: 'a.yaml',
  line: field === undefined ? 1 : 2,
})
const noFiles = () => {
  throw new Error('no file is read')
}
const llama = {
  type: 'model',
  model: 'llama-3.1-8b',
  hardware: 'h100_sxm',
  latencyModel: 'roofline',
}
const deploy = (more: Partial<ModelFields> = {}) =>
  modelStepTime().deploy({ ...llama, ...more }, { at, blockSize: 16, readText: noFiles })

const room = { memoryUtilization: 0.9, batchTokens: 8192, sequences: 256 }
const roomOf = (more: Partial<ModelFields> = {}) => deploy(more).memory!.roomBytes(room)
const tokenBytes = (more: Partial<ModelFields> = {}) => deploy(more).memory!.sequenceBytes(1)

function batchOf(
  prompts: [tokens: number, context: number][],
  contexts: number[],
  tokensOfDecode = 1,
): StepBatch {
  const batch = new StepBatch()
  for (const [tokens, context] of prompts) batch.addPrefill(tokens, context, tokens + context)
  for (const context of contexts) batch.addDecode(context, tokensOfDecode)
  return batch
}

/** The same by adding up the operations of the graph, without any memory of earlier steps. */
function byHand(batch: StepBatch): number {
  const step = compileStep(findModel('llama-3.1-8b'))
  const times = new EngineKernelTimes(roofline, findHardware('h100_sxm'), findEngine('vllm'))
  const sequences = [
    ...Array.from({ length: batch.prefills }, (_, i) => ({
      newTokens: batch.prefillTokens[i]!,
      pastTokens: batch.prefillContext[i]!,
    })),
    ...Array.from({ length: batch.decodes }, (_, i) => ({
      newTokens: batch.decodeTokens[i]!,
      pastTokens: batch.decodeContext[i]!,
      phase: 'decode' as const,
    })),
  ]
  const samples = batch.prefills + batch.decodeTokenSum
  const ops = step({ ...summarizeBatch(sequences), samples })
  return ops.reduce((sum, op) => sum + op.count * times.timeNs(op), 0)
}

test('where attention works on tiles of keys, half a tile is added to each sequence that decodes', () => {
  const on = (hardware: string) =>
    deploy({ model: 'llama-3.1-8b', hardware, hostOpUs: 0, hostSequenceUs: 0 }).stepTime
  const [tiled, plain] = [on('rtx_pro_6000_server'), on('h100_sxm')]
  const half = findEngine('vllm').attention.keyTile / 2
  expect(half).toBe(64)
  const times = new EngineKernelTimes(
    roofline,
    findHardware('rtx_pro_6000_server'),
    findEngine('vllm'),
  )
  const step = compileStep(findModel('llama-3.1-8b'))
  const byKeys = (past: number) => {
    const summary = summarizeBatch([{ newTokens: 1, pastTokens: past, phase: 'decode', count: 4 }])
    return step(summary).reduce((sum, op) => sum + op.count * times.timeNs(op), 0)
  }
  const batch = batchOf([], [1000, 1000, 1000, 1000])
  expect(tiled.stepNs(batch) / byKeys(1000 + half)).toBeCloseTo(1, 3)
  expect(plain.stepNs(batch)).toBeCloseTo(byHand(batch), -1)
})

test('linear attention takes launches beside its operations, and servers of a device take their share', () => {
  const { opUs, recurrentMs, devices } = findEngine('sglang').host
  const model = 'qwen3-next-80b-a3b'
  const small = batchOf([[16, 0]], [])
  small.launch = 'eager'
  const hostMs = (hardware: string) =>
    deploy({ model, hardware, kernels: 'sglang', hostSequenceUs: 0 }).stepTime.stepNs(small) / 1e6
  const withOps = (hostOpUs: number) =>
    deploy({
      model,
      hardware: 'h200_sxm',
      kernels: 'sglang',
      hostOpUs,
      hostSequenceUs: 0,
    }).stepTime.stepNs(small) / 1e6
  const { layers, layerKinds } = findModel(model)
  const linear = layers.filter((kind) => layerKinds[kind]!.mixer.type === 'linear').length
  const perOperation = (withOps(2000) - withOps(1000)) / 1000
  expect(linear).toBeGreaterThan(0)
  expect(hostMs('h200_sxm')).toBeCloseTo(opUs * perOperation + linear * recurrentMs!, 6)
  expect(hostMs('b300_sxm')).toBeCloseTo(devices!.b300_sxm! * hostMs('h200_sxm'), 6)
})

describe('step times of a model', () => {
  test('are the sum of its operations, prompts, decodes or both', () => {
    const { stepTime } = deploy({ hostOpUs: 0, hostSequenceUs: 0 })
    for (const batch of [
      batchOf([[1024, 0]], []),
      batchOf([[500, 3000]], []),
      batchOf([], [10, 700, 2000]),
      batchOf([], [10, 700, 2000], 4),
      batchOf([[300, 0]], [900, 2000], 3),
      batchOf(
        [
          [512, 0],
          [100, 100],
        ],
        Array.from({ length: 64 }, (_, i) => 30 * i),
      ),
    ]) {
      // Where a time is interpolated it is within a fraction of a per cent.
      expect(stepTime.stepNs(batch) / byHand(batch)).toBeCloseTo(1, 2)
    }
  })

  test('each sequence of a replica adds what the engine takes for it beside kernels', () => {
    const batch = batchOf([[300, 0]], [900, 2000], 3)
    const ns = (hostSequenceUs?: number) => {
      const fields = hostSequenceUs === undefined ? {} : { hostSequenceUs }
      return deploy({ hostOpUs: 0, ...fields }).stepTime.stepNs(batch)
    }
    expect(ns(50) - ns(0)).toBeCloseTo(3 * 50_000, 3)
    expect(ns() - ns(0)).toBeCloseTo(3000 * findEngine('vllm').host.sequenceUs, 3)
  })

  test('drafted tokens are read with the keys of their sequence, not each with all of them', () => {
    const { stepTime } = deploy({ hostOpUs: 0 })
    const contexts = new Array<number>(32).fill(8000)
    const one = stepTime.stepNs(batchOf([], contexts))
    const verified = stepTime.stepNs(batchOf([], contexts, 4))
    const separate = stepTime.stepNs(batchOf([], new Array<number>(128).fill(8000)))
    expect(verified).toBeGreaterThan(one)
    expect(verified).toBeLessThan(1.3 * one)
    expect(separate).toBeGreaterThan(1.5 * verified)
  })

  test('a prompt outside of CUDA graphs takes at least as long as its launches', () => {
    const small = batchOf([[513, 0]], [])
    const launches = (hostOpUs: number) =>
      deploy({ hostOpUs, hostSequenceUs: 0 }).stepTime.stepNs(small)
    expect(launches(1000)).toBe(launches(0))
    small.launch = 'eager'
    expect(launches(1000)).toBeGreaterThan(10 * launches(0))
    expect(launches(1000)).toBe(2 * launches(500))
  })

  test('decodes beside a chunk fill blocks of the attention kernel where it has no other', () => {
    const extra = (hardware: string) => {
      // What the host adds for each sequence is the same on both.
      const { stepTime } = deploy({ hardware, hostSequenceUs: 0 })
      const contexts = new Array<number>(64).fill(2000)
      const chunk = stepTime.stepNs(batchOf([[512, 0]], []))
      return (stepTime.stepNs(batchOf([[512, 0]], contexts)) - chunk) / 1e6
    }
    // FlashAttention 2 on an RTX PRO 6000; FlashAttention 3 on an H100.
    expect(extra('rtx_pro_6000_server')).toBeGreaterThan(2 * extra('h100_sxm'))
  })

  test('tokens that fill a step up to the size of its graph take time', () => {
    const { stepTime } = deploy()
    const step = batchOf([], new Array(9).fill(1000))
    const filled = batchOf([], new Array(9).fill(1000))
    filled.padding = 500
    expect(stepTime.stepNs(filled)).toBeGreaterThan(1.1 * stepTime.stepNs(step))
  })

  test('replicas of the attention share a batch', () => {
    const moe = { model: 'deepseek-v3', hardware: 'b200_sxm', expertParallel: 8, hostOpUs: 0 }
    const replicas = deploy({ ...moe, dataParallel: 8 })
    const tensor = deploy({ ...moe, tensorParallel: 8 })
    const batch = batchOf([], new Array(64).fill(4000))
    const one = batchOf([], new Array(8).fill(4000))
    expect(replicas.replicas).toBe(8)
    expect(replicas.stepTime.stepNs(batch)).toBeGreaterThan(replicas.stepTime.stepNs(one))
    expect(replicas.devices).toBe(tensor.devices)
    // One prompt is on one replica, but its tokens are spread over the experts of all.
    const prompts = (count: number) =>
      replicas.stepTime.stepNs(batchOf(new Array(count).fill([4096, 0]), []))
    expect(prompts(1)).toBeLessThan(0.9 * prompts(8))
    expect(prompts(8)).toBeLessThan(2 * prompts(1))
  })
})

describe('memory of a deployment', () => {
  test('the room is what is left beside weights, activations and the runtime', () => {
    const memory = memoryUse(findModel('llama-3.1-8b'))
    const capacityBytes = memoryLevel(findHardware('h100_sxm'), 'dram')!.capacityBytes!
    const most = 0.9 * capacityBytes - memory.weightBytes
    expect(roomOf()).toBeLessThan(most)
    expect(roomOf()).toBeGreaterThan(0.9 * most)
    expect(tokenBytes()).toBe(memory.kvBytesPerToken)
  })

  test('a replica of the attention keeps its own sequences only', () => {
    const moe = { model: 'deepseek-v3', hardware: 'b200_sxm', expertParallel: 8 }
    // Latent attention keeps the whole cache on each device of a tensor-parallel group.
    expect(tokenBytes({ ...moe, dataParallel: 8 })).toBe(tokenBytes({ ...moe, tensorParallel: 8 }))
    expect(deploy({ ...moe, dataParallel: 8 }).replicas).toBe(8)
  })

  test('FP8 halves the cache of a token', () => {
    expect(tokenBytes({ kvPrecision: 'fp8' })).toBe(tokenBytes() / 2)
  })
})

describe('faults are those of the serving simulator, at the field', () => {
  test.each<[Partial<ModelFields>, string, string]>([
    [{ model: 'lama' }, 'invalid_config', 'a.yaml:2: model "lama": is not in the catalogue'],
    [{ hardware: 'h1000' }, 'invalid_config', 'a.yaml:2: "h1000" is not in the hardware catalogue'],
    [{ latencyModel: 'exact' }, 'invalid_config', 'a.yaml:2: model: "exact" is not known'],
    [{ tensorParallel: 3 }, 'impossible_parallelism', 'a.yaml:1: parallelism.tensor: 3 does not'],
    [{ expertParallel: 2 }, 'impossible_parallelism', 'a.yaml:1: parallelism.expert'],
    [
      { precision: 'fp7' },
      'invalid_config',
      'a.yaml:2: precision "fp7" is not known; known are fp32, bf16',
    ],
    [
      { kvPrecision: 'fp7' },
      'invalid_config',
      'a.yaml:2: kvPrecision "fp7" is not known; known are fp8',
    ],
  ])('%j', (more, code, message) => {
    const fault = (() => {
      try {
        deploy(more)
      } catch (error) {
        return error as Error & { code: string }
      }
      throw new Error('was accepted')
    })()
    expect(fault.message).toContain(message)
    expect(fault.code).toBe(code)
  })

  test('a model that does not fit', () => {
    expect(() => roomOf({ model: 'llama-3.1-405b' })).toThrow(/no KV cache/)
  })

  test('a precision for each kind of layer', () => {
    const whole = roomOf({ model: 'qwen3-30b-a3b', precision: 'fp8' })
    expect(roomOf({ model: 'qwen3-30b-a3b', precision: { experts: 'fp8' } })).toBeLessThan(whole)
  })
})
