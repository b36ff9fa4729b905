// What LoRA adapters take: to each linear layer x W they add (x A) B, with A of k × rank and B of rank × n. A step
// multiplies the tokens of all adapters at once, a product into the rank and one out of it (SGMV, BGMV), and reads
// the matrices of each adapter that it has.
//
//   t = Σ layers (t(T × k · k × s r) + t(T × r · r × n)) + (adapters − 1) · bytes / bandwidth
//
// A fused layer has s matrices A (three of queries, keys and values, two of gate and up). With tensor parallelism
// each device has a share of B of layers divided by columns, and of A of those divided by rows.
//
// Sources: Chen et al., "Punica" (MLSys 2024); vLLM's layers with adapters (not `fully_sharded_loras`).
import type { CompiledStep, GraphOp, ModelConfig } from '@flowsim/model-graph'
import type { AdapterCost, AdapterSpec } from '@flowsim/serving-sim'
import { dtypeBytes, type HardwareSpec, memoryLevel } from '@flowsim/trace-schema'
import { interpolated, type KernelTimes, prefillOf } from './graph-step-time.js'

/** What {@link adapterCosts} is made of. */
export interface AdapterParts {
  model: ModelConfig
  hardware: HardwareSpec
  step: CompiledStep
  kernels: KernelTimes
  /** Replicas of the attention, each with a share of the tokens. */
  replicas: number
  /** Stages of the pipeline, each with a share of the layers. */
  stages: number
}

/** Linear layers of each part, by their module, and how many matrices they are fused of. */
const LAYERS: Record<AdapterSpec['modules'][number], readonly (readonly [RegExp, number])[]> = {
  attention: [
    [/\.qkv_proj$/, 3],
    [/\.fused_qkv_a_proj$/, 2],
    [/\.(q_proj|q_a_proj|q_b_proj|kv_a_proj\w*|o_proj)$/, 1],
  ],
  mlp: [
    [/\.gate_up_proj$/, 2],
    [/\.mlp\.(up_proj|down_proj|fc1|fc2)$/, 1],
  ],
}

interface Adapted {
  n: number
  k: number
  slices: number
  count: number
}

export function adapterCosts(parts: AdapterParts): (spec: AdapterSpec) => AdapterCost {
  const { model, hardware, step, kernels, replicas, stages } = parts
  return ({ rank, modules }) => {
    const adapted = [...step(prefillOf(1))].flatMap((op) => adaptedBy(op, modules))
    const weights = adapted.reduce(
      (sum, { n, k, slices, count }) => sum + count * rank * (slices * k + n),
      0,
    )
    const bytes = (weights * dtypeBytes(model.dtype)) / stages
    const rate = memoryLevel(hardware, 'dram')!.bandwidthBytesPerS!
    const product = (m: number, n: number, k: number) =>
      kernels.timeNs({
        call: { op: 'matmul', m, n, k, dtype: model.dtype },
        name: 'lora',
        module: 'lora',
        layer: null,
        count: 1,
        varies: 'tokens',
      })
    const known = new Map<number, number>()
    const productsNs = (tokens: number): number => {
      let ns = known.get(tokens)
      if (ns === undefined) {
        ns = 0
        for (const { n, k, slices, count } of adapted) {
          ns += count * (product(tokens, slices * rank, k) + product(tokens, n, rank))
        }
        known.set(tokens, ns)
      }
      return ns
    }
    return {
      bytes,
      stepNs: (tokens, adapters) =>
        interpolated(Math.ceil(tokens / replicas), productsNs) +
        ((adapters - 1) * bytes * stages * 1e9) / rate,
    }
  }
}

function adaptedBy({ call, module, count }: GraphOp, modules: AdapterSpec['modules']): Adapted[] {
  if (call.op !== 'matmul') return []
  for (const [pattern, slices] of modules.flatMap((part) => LAYERS[part])) {
    if (pattern.test(module)) return [{ n: call.n, k: call.k, slices, count }]
  }
  return []
}
