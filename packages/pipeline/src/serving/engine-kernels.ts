// How serving engines run the operations of a step: with which kernels, and which of them together.
//
// The graph of a step has every operation by itself. Engines have several kernels for some and take the
// fastest at each size, and join others:
// - all-reduce: a kernel of their own for what decoding sends, NCCL for what prefilling sends
// - experts: TensorRT-LLM has kernels for few tokens and for many. On devices with FP4 units MXFP4 weights
//   meet MXFP8 activations, and FP8 experts run on kernels of the same family as the FP4 ones for few
//   tokens: those are asked for with weights of as many bytes (16 bits of FP8 for 9 of NVFP4), because
//   only the FP4 ones were measured
// - shared experts run beside the routed ones in steps of few tokens: vLLM's threshold is 256 tokens,
//   SGLang's 1,024, TensorRT-LLM's that of its graphs
// - activations are quantised in the kernel before: one scale for a tensor or a token in all three, blocks
//   of NVFP4 in TensorRT-LLM
// - measured attention writes its keys and values to the cache, measured experts choose them first
//   (docs/calibrated-model.md): counted again, they would make a step of a small model 5 to 10 % too long
import type { GraphOp } from '@flowsim/model-graph'
import {
  type EstimateOptions,
  type LatencyModel,
  PerfModelError,
  roofline,
} from '@flowsim/perf-model'
import type { HardwareSpec, OpCall, OpCallOf } from '@flowsim/trace-schema'

/** Engines whose kernels are known. */
export const ENGINE_NAMES = ['vllm', 'sglang', 'trtllm'] as const

export type EngineName = (typeof ENGINE_NAMES)[number]

/** What is peculiar to an engine. */
interface EngineKernels {
  /** Its all-reduce kernel, in the names of the calibration. */
  allReduce: string
  /** Its kernels of latent attention. */
  latent: string
  /** Most tokens of a step whose shared experts run beside the routed ones. */
  sharedBesideTokens: number
  /** Largest group of elements with one scale that the kernel before quantises; 0: whole rows only. */
  fusesGroupsTo: number
}

const ENGINES: Readonly<Record<EngineName, EngineKernels>> = {
  vllm: {
    allReduce: 'vllm/vLLM_custom_graph',
    latent: 'sglang',
    sharedBesideTokens: 256,
    fusesGroupsTo: 0,
  },
  sglang: {
    allReduce: 'sglang/SGLang_CustomAllReduce_graph',
    latent: 'sglang',
    sharedBesideTokens: 1024,
    fusesGroupsTo: 0,
  },
  trtllm: {
    allReduce: 'trtllm/TRTLLM',
    latent: 'trtllm',
    sharedBesideTokens: 1024,
    fusesGroupsTo: 16,
  },
}

/** Kernels of TensorRT-LLM for experts of few tokens. */
const FEW_TOKENS = 'trtllm/moe_torch_flow_min_latency'

/** Latency models that were fitted to, or made of, measured kernels. */
const FITTED: ReadonlySet<string> = new Set(['calibrated', 'measured'])

/** A call as one kernel runs it. */
interface Variant {
  call: OpCall
  source?: string
}

/** Times the operations of a step as an engine runs them. */
export class EngineKernelTimes {
  readonly #latency: LatencyModel
  readonly #hardware: HardwareSpec
  readonly #options: EstimateOptions
  readonly #engine: EngineKernels
  readonly #fitted: boolean
  readonly #hasFp4: boolean

  constructor(
    latency: LatencyModel,
    hardware: HardwareSpec,
    engine: EngineName,
    devicesPerNode?: number,
  ) {
    this.#latency = latency
    this.#hardware = hardware
    this.#options = devicesPerNode === undefined ? {} : { devicesPerNode }
    this.#engine = ENGINES[engine]
    this.#fitted = FITTED.has(latency.name)
    this.#hasFp4 = hardware.device.matrixFlopsPerS.fp4_e2m1 !== undefined
  }

  /** Nanoseconds of an operation, once; 0 where another one has it in its time. */
  timeNs({ call }: GraphOp): number {
    if (call.op === 'quantize' && this.#isFused(call)) return 0
    if (!this.#fitted) return this.#estimateNs({ call })
    if (call.op === 'kv_cache_write' || call.op === 'moe_route') return 0
    let ns = Number.POSITIVE_INFINITY
    for (const variant of this.#variants(call)) ns = Math.min(ns, this.#estimateNs(variant))
    return ns
  }

  /** Whether an operation runs beside the routed experts in a step of so many tokens. */
  isBesideExperts({ module }: GraphOp, tokens: number): boolean {
    return tokens <= this.#engine.sharedBesideTokens && module.endsWith('shared_experts')
  }

  #isFused({ groupSize, cols }: OpCallOf<'quantize'>): boolean {
    return groupSize === undefined || groupSize >= cols || groupSize <= this.#engine.fusesGroupsTo
  }

  #variants(call: OpCall): Variant[] {
    if (call.op === 'all_reduce') {
      return [{ call }, { call, source: this.#engine.allReduce }]
    }
    if (call.op === 'attention' && call.variant === 'mla') {
      return [{ call, source: this.#engine.latent }]
    }
    if (call.op === 'moe') return this.#expertVariants(call)
    return [{ call }]
  }

  #expertVariants(call: OpCallOf<'moe'>): Variant[] {
    if (!this.#hasFp4) return [{ call }]
    const { dtype, weightDtype = dtype, scaling, inter, tensorParallel = 1 } = call
    if (weightDtype === 'fp4_e2m1') {
      if (dtype === 'fp4_e2m1') return [{ call }, { call, source: FEW_TOKENS }]
      return [{ call }, { call: { ...call, dtype: 'fp8_e4m3' } }]
    }
    if (weightDtype !== 'fp8_e4m3' || scaling !== 'block') return [{ call }]
    const sameBytes = Math.round((inter / tensorParallel) * (16 / 9)) * tensorParallel
    return [
      { call },
      { call: { ...call, dtype: 'fp4_e2m1', inter: sameBytes }, source: FEW_TOKENS },
    ]
  }

  #estimateNs({ call, source }: Variant): number {
    const options = source === undefined ? this.#options : { ...this.#options, source }
    try {
      return this.#latency.estimate(call, this.#hardware, options).latencyS * 1e9
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      return roofline.estimate(call, this.#hardware, this.#options).latencyS * 1e9
    }
  }
}
