// The kernels that ReaLLM counts in a step (bespoke-silicon-group/reallm, May 2025), for comparison
// with its kernel libraries and results. Its simplifications are kept: prompts are one prompt with
// full attention, KV of earlier chunks is ignored, decode softmax is not divided over tensor
// parallelism, MLA has no softmax, dense layers are not divided over the pipeline, and embedding,
// head, residual, rotation, KV write and router are not counted.
import type { ModelConfig } from '@flowsim/model-graph'
import { ServingError } from '../../errors.js'
import type { NumpyRandomState } from '../python/numpy-random.js'
import type { ReallmKernelCounts, ReallmKernelKind } from './kernel-roofline.js'

type Kernel = [shape: number[], count: number]

/** A step as ReaLLM sees it. */
export interface ReallmStep {
  /** Degrees of expert, tensor, pipeline and context parallelism; 1 where absent. */
  expert?: number
  tensor?: number
  pipeline?: number
  context?: number
  /** Tokens of all prompts together; 0 for none. */
  prefill: number
  /** Context of each decoding request. */
  decode: readonly number[]
  /**
   * Which experts tokens take: drawn as ReaLLM draws them, from a generator that goes on from step
   * to step, or `expected`: the mean load of an even choice.
   */
  routing: NumpyRandomState | 'expected'
}

/**
 * The kernels of a step as ReaLLM counts them.
 * @throws ServingError `unsupported` for a model that ReaLLM has no rules for
 */
export function reallmKernels(model: ModelConfig, step: ReallmStep): ReallmKernelCounts {
  const counter = new KernelCounter()
  const { tensor = 1, pipeline = 1, context = 1, prefill, decode } = step
  const kind = model.layerKinds.at(-1)!
  const { mixer, ffn } = kind
  const tokens = prefill + decode.length
  const layers = Math.ceil(model.layers.length / pipeline)
  const d = model.hidden
  const local = Math.ceil(tokens / context)
  const prompt = Math.ceil(prefill / context)

  if (mixer.type === 'attention' && ffn.type === 'dense') {
    const { headDim } = mixer
    const heads = Math.ceil(mixer.heads / tensor)
    const kvHeads = Math.ceil(mixer.kvHeads / tensor)
    const group = Math.ceil(mixer.heads / mixer.kvHeads)
    counter.add('matmul', [local, d, headDim * heads], layers)
    counter.add('matmul', [local, d, 2 * headDim * kvHeads], layers)
    if (prefill > 0) {
      counter.add('matmul', [kvHeads, group * prompt, headDim, prefill], layers)
      counter.add('softmax', [heads, prompt, prefill], layers)
      counter.add('matmul', [kvHeads, group * prompt, prefill, headDim], layers)
    }
    for (const length of decode) {
      counter.add('matmul', [kvHeads, group, headDim, length], layers)
      counter.add('softmax', [mixer.heads, 1, length], layers)
      counter.add('matmul', [kvHeads, group, length, headDim], layers)
    }
    counter.add('matmul', [local, headDim * heads, d], layers)
    counter.add('layernorm', [local, d], layers)
    counter.feedForward(local, d, Math.ceil(ffn.inter / tensor), layers)
    return counter.kernels
  }
  if (mixer.type !== 'mla' || ffn.type !== 'moe') {
    throw new ServingError(
      'unsupported',
      `${model.name}: ReaLLM counts kernels of Llama and DeepSeek models only`,
    )
  }
  const { queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer
  const heads = Math.ceil(mixer.heads / tensor)
  const rank = queryRank ?? d
  counter.add('matmul', [local, Math.ceil(d / tensor), rank], layers)
  counter.add('matmul', [local, rank, heads * (nopeDim + ropeDim)], layers)
  counter.add('matmul', [local, Math.ceil(d / tensor), kvRank + ropeDim], layers)
  if (prefill > 0) {
    counter.add('matmul', [heads, prompt, nopeDim, kvRank], layers)
    counter.add('matmul', [heads * prompt, kvRank, prefill], layers)
    counter.add('matmul', [heads * prompt, ropeDim, prefill], layers)
    counter.add('matmul', [heads * prompt, prefill, kvRank], layers)
    counter.add('matmul', [heads, prompt, kvRank, valueDim], layers)
  }
  if (decode.length > 0) counter.add('matmul', [heads, 1, nopeDim, kvRank], layers)
  for (const length of decode) {
    counter.add('matmul', [heads, kvRank, length], layers)
    counter.add('matmul', [heads, ropeDim, length], layers)
    counter.add('matmul', [heads, length, kvRank], layers)
    counter.add('matmul', [heads, 1, kvRank, valueDim], layers)
  }
  counter.add('matmul', [tokens, heads * valueDim, d], layers)
  counter.add('layernorm', [tokens, d], layers)

  const dense = model.layers.filter((index) => model.layerKinds[index]!.ffn.type === 'dense').length
  const denseFfn = model.layerKinds.find((candidate) => candidate.ffn.type === 'dense')?.ffn
  if (denseFfn?.type === 'dense') {
    counter.feedForward(tokens, d, Math.ceil(denseFfn.inter / tensor), dense)
  }
  const sparse = Math.ceil((model.layers.length - dense) / pipeline)
  for (let layer = 0; layer < sparse; layer++) {
    if (ffn.shared !== undefined) {
      counter.feedForward(tokens, d, Math.ceil(ffn.shared.inter / tensor), 1)
    }
    addRouted(counter, step, d, ffn)
  }
  return counter.kernels
}

function addRouted(
  counter: KernelCounter,
  { expert = 1, tensor = 1, prefill, decode, routing }: ReallmStep,
  d: number,
  ffn: { experts: number; topk: number; inter: number },
): void {
  const perNode = Math.floor(ffn.experts / expert)
  const nodeOf = (id: number) => Math.min(expert - 1, Math.floor(id / perNode))
  if (routing === 'expected') {
    if (prefill > 0) {
      const width = Math.ceil((ffn.inter * ffn.topk) / expert / tensor)
      counter.feedForward(prefill, d, width, 1)
      return
    }
    const rows = (decode.length * ffn.topk) / expert
    const missed = (1 - ffn.topk / ffn.experts) ** decode.length
    const active = Math.max(1, Math.round(perNode * (1 - missed)))
    counter.feedForward(Math.ceil(rows / active), d, Math.ceil(ffn.inter / tensor), active)
    return
  }
  const even = Array.from({ length: ffn.experts }, () => 1 / ffn.experts)
  if (prefill > 0) {
    const counts = new Array<number>(expert).fill(0)
    for (const id of routing.choice(even, ffn.topk)) counts[nodeOf(id)]!++
    const width = Math.ceil((ffn.inter * Math.max(...counts)) / tensor)
    counter.feedForward(prefill, d, width, 1)
    return
  }
  const rows = new Array<number>(ffn.experts).fill(0)
  const load = new Array<number>(expert).fill(0)
  for (let request = 0; request < decode.length; request++) {
    for (const id of routing.choice(even, ffn.topk)) {
      rows[id]!++
      load[nodeOf(id)]!++
    }
  }
  const busiest = load.indexOf(Math.max(...load))
  for (let id = 0; id < ffn.experts; id++) {
    if (rows[id]! > 0 && nodeOf(id) === busiest) {
      counter.feedForward(rows[id]!, d, Math.ceil(ffn.inter / tensor), 1)
    }
  }
}

/** Counts kernels by shape, in order of their first one. */
class KernelCounter {
  readonly kernels: Record<ReallmKernelKind, Kernel[]> = {
    matmul: [],
    softmax: [],
    mul: [],
    layernorm: [],
    silu: [],
  }
  readonly #index = new Map<string, Kernel>()

  add(type: ReallmKernelKind, shape: number[], count: number): void {
    const key = `${type} ${shape.join(' ')}`
    const known = this.#index.get(key)
    if (known !== undefined) {
      known[1] += count
      return
    }
    const kernel: Kernel = [shape, count]
    this.#index.set(key, kernel)
    this.kernels[type].push(kernel)
  }

  feedForward(rows: number, d: number, inter: number, count: number): void {
    this.add('matmul', [rows, d, inter], 2 * count)
    this.add('mul', [rows, inter], count)
    this.add('silu', [rows, inter], count)
    this.add('matmul', [rows, inter, d], count)
    this.add('layernorm', [rows, d], count)
  }
}
