// The vision tower of a model as a step of its devices: the operations of all images of a step together, timed like
// those of the language model, by the same latency model.
//
//   t = max(Σ linear(Σ p) + Σ attention(n sequences of √(Σ p² / n) patches), launches · hostOpUs)
//
// for n sequences of p patches each. Attention looks at the patches of its own image or tile, so that its work is
// Σ p². Engines run towers kernel by kernel, outside of CUDA graphs. Towers are divided like the model where their
// heads allow it, and otherwise each device encodes all images.
//
// Source: vLLM 0.11, GPUModelRunner._execute_mm_encoder and `mm_encoder_tp_mode: weights`, its default.
import {
  type BatchSummary,
  type CompiledStep,
  compileStep,
  embeddingWidth,
  type GraphOp,
  imageTokens,
  type ModelConfig,
  type Tower,
  towerWork,
} from '@flowsim/model-graph'
import type { Deployment, VisionEncoder } from '@flowsim/serving-sim'
import { dtypeBytes } from '@flowsim/trace-schema'
import type { KernelTimes } from './graph-step-time.js'

/** What {@link visionEncoder} is made of. */
export interface VisionParts {
  model: ModelConfig
  /** Devices that divide a layer. */
  tensorParallel: number
  /** Replicas of the attention, each of which encodes a share of the images. */
  replicas: number
  /** Null: the times of towers are not known. */
  kernels: KernelTimes | null
  /** Microseconds in which the host launches an operation. */
  hostOpUs: number
}

/** Sets of images whose times are kept. */
const MOST = 65_536

/** What encodes images; `none`: the model has no vision tower. */
export function visionEncoder(parts: VisionParts): Deployment['vision'] {
  const { model, kernels } = parts
  const tower = model.towers?.find(({ kind }) => kind === 'vision')
  if (tower === undefined) return 'none'
  const encoder: VisionEncoder = {
    tokensOf: (size) => imageTokens(tower, size)?.tokens ?? null,
    encodeNs: null,
    tokenBytes: embeddingWidth(tower, model) * dtypeBytes(model.dtype),
  }
  if (kernels === null) return encoder
  let encodeNs: ReturnType<typeof encodeTimes> | undefined
  return {
    ...encoder,
    encodeNs(tokens) {
      // Most deployments are asked for no image: a tower is built for the first one.
      encodeNs ??= encodeTimes(tower, towerStep(tower, parts.tensorParallel), { ...parts, kernels })
      // The replica with the most images decides.
      return encodeNs(tokens.filter((_, i) => i % parts.replicas === 0))
    },
  }
}

function towerStep({ model }: Tower, tensor: number): CompiledStep {
  const divides = model.layerKinds.every(
    ({ mixer }) => mixer.type !== 'attention' || mixer.heads % tensor === 0,
  )
  return compileStep(model, { parallelism: { tensor: divides ? tensor : 1 } })
}

function encodeTimes(
  tower: Tower,
  step: CompiledStep,
  { kernels, hostOpUs }: { kernels: KernelTimes; hostOpUs: number },
): (tokens: readonly number[]) => number {
  const known = new Map<string, number>()
  const sum = (varies: GraphOp['varies'], batch: BatchSummary) => {
    let ns = 0
    for (const op of step(batch)) if (op.varies === varies) ns += op.count * kernels.timeNs(op)
    return ns
  }
  let launches = 0
  for (const { count } of step(patchesOf(1, 1, 1))) launches += count
  return (tokens) => {
    let sequences = 0
    let patches = 0
    let pairs = 0
    for (const each of tokens) {
      const work = towerWork(tower, each)
      sequences += work.sequences
      patches += work.sequences * work.patches
      pairs += work.sequences * work.patches ** 2
    }
    const key = `${sequences} ${patches} ${pairs}`
    let ns = known.get(key)
    if (ns === undefined) {
      const even = Math.round(Math.sqrt(pairs * sequences))
      const deviceNs =
        sum('tokens', patchesOf(sequences, patches, pairs)) +
        sum('prefill', patchesOf(sequences, even, pairs))
      ns = Math.max(deviceNs, launches * hostOpUs * 1000)
      if (known.size === MOST) known.clear()
      known.set(key, ns)
    }
    return ns
  }
}

function patchesOf(sequences: number, patches: number, pairs: number): BatchSummary {
  return {
    prefillSequences: sequences,
    prefillTokens: patches,
    prefillKeys: patches,
    prefillPairs: pairs,
    decodeSequences: 0,
    decodeTokens: 0,
    decodeKeys: 0,
    samples: 0,
  }
}
