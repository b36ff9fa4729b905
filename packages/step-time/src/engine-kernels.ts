// How serving engines run the operations of a step: with which kernels, and which of them together.
//
// The graph of a step has every operation by itself. Engines have several kernels for some and take the
// fastest at each size, and join others:
// - all-reduce: the engine's own kernel for what decoding sends, NCCL for what prefilling sends; on some devices one
//   that also adds the residual and norms the sum
// - experts: there are kernels for few tokens and for many. Not all of them were measured. One that was
//   not is asked for as a measured one with weights of as many bytes, which is what its time depends on:
//   MXFP4 on devices with FP4 units as NVFP4 in TensorRT-LLM's kernel for few tokens; 4-bit weights under 16-bit
//   activations (Marlin, Triton) as narrower 16-bit experts, and block FP8 as either, if the engine has such a
//   kernel; all up to 64 tokens an expert, while that is so
// - shared experts run beside the routed ones in steps of few tokens: vLLM's threshold is 256 tokens,
//   SGLang's 1,024, TensorRT-LLM's that of its graphs
// - queries are quantised for an FP8 cache: FlashAttention 3 and TensorRT-LLM's kernels multiply in FP8 then, and
//   kernels that widen keys and values instead, which were measured too, are several times slower on Hopper
// - norms pass over their rows once
// - activations are quantised in the kernel before: one scale for a tensor or a token in all three, blocks
//   of NVFP4 in TensorRT-LLM
// - measured attention writes its keys and values to the cache, measured experts choose them first
//   (docs/calibrated-model.md): counted again, they would make a step of a small model 5 to 10 % too long
import type { GraphOp } from '@flowsim/model-graph'
import { type EstimateOptions, type LatencyModel, roofline } from '@flowsim/perf-model'
import type { ExpertCommunication } from '@flowsim/perf-model/parts'
import type { Dtype, HardwareSpec, OpCall, OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes, isCollective } from '@flowsim/trace-schema'
import type { EngineFacts } from './engines/engine-facts.js'
import type { KernelTimes } from './graph-step-time.js'
import { SharedTimes } from './shared-times.js'

/** Kernels of TensorRT-LLM for experts of few tokens. */
const FEW_TOKENS = 'trtllm/moe_torch_flow_min_latency'

/** Up to so many tokens an expert, its time is that of reading its weights. */
const FEW_TOKENS_AN_EXPERT = 64

/** Latency models that were fitted to, or made of, measured kernels. */
const FITTED: ReadonlySet<string> = new Set(['calibrated', 'measured'])

/** A call as one kernel runs it. */
interface Variant {
  call: OpCall
  source?: string
  /** Its time over that of the call; default 1. */
  factor?: number
}

/** Bits of a weight with its scales. */
const WEIGHT_BITS: Partial<Record<Dtype, number>> = { fp8_e4m3: 8, fp4_e2m1: 4.5, int4: 4.25 }

/** Experts of another element type whose weights have as many bytes. */
function ofSameBytes(
  call: OpCallOf<'moe'>,
  dtype: 'bf16' | 'fp4_e2m1',
  bits: number,
): OpCallOf<'moe'> {
  const { weightDtype: _, tensorParallel = 1, scaling, ...rest } = call
  const width = (call.inter / tensorParallel) * (bits / (dtype === 'bf16' ? 16 : 4.5))
  const inter = Math.max(16, 16 * Math.round(width / 16)) * tensorParallel
  const scaled = dtype === 'bf16' || scaling === undefined ? {} : { scaling }
  return { ...rest, ...scaled, tensorParallel, dtype, inter }
}

/**
 * A norm as the kernel that quantises its rows by one scale: it reads and writes them once, as engines' own
 * norms do. PyTorch's, which is all that was measured on most devices, passes over them more often.
 */
function streamed({ rows, cols, dtype }: OpCallOf<'rmsnorm' | 'layernorm'>): OpCall {
  return { op: 'quantize', rows, cols, dtype, outDtype: 'fp8_e4m3', groupSize: rows * cols }
}

/** Attention to an FP8 cache with its queries in FP8 too. */
function asNarrowQueries({ kvDtype, ...call }: OpCallOf<'attention'>): Variant[] {
  // Latent attention was measured with such a cache: there it is not another kernel.
  if (call.headDimV !== undefined) return []
  if (kvDtype === undefined || dtypeBytes(kvDtype) > 1 || dtypeBytes(call.dtype) === 1) return []
  return [{ call: { ...call, dtype: kvDtype } }]
}

/** What is deployed, and what stands between the devices. */
export interface KernelOptions {
  tensorParallel?: number | undefined
  dataParallel?: number | undefined
  /** Whether the model has experts. */
  hasExperts?: boolean
  /** Devices that the fast links join, where they are more than a board has. */
  devicesPerNode?: number | undefined
  link?: LinkOptions | undefined
  /** Takes the names of operations that the latency model does not answer, for which the roofline stands in. */
  standIns?: Set<string>
}

/** The link of each device, as a configuration states it. */
export interface LinkOptions {
  bandwidthGBps: number
  /** Default that of the device's description. */
  latencyUs?: number | undefined
}

/** The device with the link that a configuration states, or as it is. */
export function linkedHardware(
  hardware: HardwareSpec,
  link: LinkOptions | undefined,
): HardwareSpec {
  if (link === undefined) return hardware
  return {
    ...hardware,
    system: {
      ...hardware.system,
      topology: 'switch',
      link: {
        name: 'as stated',
        countPerDevice: 1,
        bandwidthPerDirectionBytesPerS: link.bandwidthGBps * 1e9,
        latencyS:
          link.latencyUs === undefined
            ? (hardware.system.link?.latencyS ?? 0)
            : link.latencyUs * 1e-6,
      },
    },
  }
}

/** An operation, and what it is within its layer. */
type NamedCall = Pick<GraphOp, 'call'> & Partial<Pick<GraphOp, 'name'>>

/** Times of dispatch and combination, by separate kernels. */
export interface ExpertTransfers {
  /** undefined: the operation is neither. */
  timesOf(op: NamedCall): ExpertCommunication | undefined
}

/** Times the operations of a step as an engine runs them. */
export class EngineKernelTimes implements KernelTimes {
  readonly #times: SharedTimes
  readonly #hardware: HardwareSpec
  /** The device with the link that the configuration states, by the latency-bandwidth model; null: its own. */
  readonly #linked: HardwareSpec | null
  readonly #options: EstimateOptions
  readonly #engine: EngineFacts['kernels']
  readonly #fitted: boolean
  readonly #hasFp4: boolean
  /** Bytes up to which an all-reduce also norms what it sums; 0: none does. */
  readonly #normedBytes: number

  constructor(
    latency: LatencyModel,
    hardware: HardwareSpec,
    { kernels }: EngineFacts,
    {
      tensorParallel,
      dataParallel,
      hasExperts,
      devicesPerNode,
      link,
      standIns,
    }: KernelOptions = {},
    /** Times dispatch and combination of the experts' rows, where they are separate kernels. */
    private readonly experts?: ExpertTransfers,
  ) {
    this.#hardware = hardware
    this.#linked = link === undefined ? null : linkedHardware(hardware, link)
    this.#options = devicesPerNode === undefined ? {} : { devicesPerNode }
    this.#times = new SharedTimes(latency, hardware, this.#options, standIns)
    this.#engine = kernels
    this.#fitted = FITTED.has(latency.name)
    this.#hasFp4 = hardware.device.matrixFlopsPerS.fp4_e2m1 !== undefined
    const { on, models, mostBytes } = kernels.normInAllReduce
    const norms =
      (tensorParallel ?? 1) > 1 &&
      (dataParallel ?? 1) === 1 &&
      (models === 'all' || hasExperts === true) &&
      on.includes(hardware.computeCapability ?? '')
    this.#normedBytes = norms ? mostBytes : 0
  }

  /** Nanoseconds of an operation, once; 0 where another one has it in its time. */
  timeNs(op: NamedCall): number {
    const { call } = op
    const transfer = this.experts?.timesOf(op)
    if (transfer !== undefined) {
      return (transfer.deviceS + transfer.flightS) * 1e9 + this.#engine.gapUs * 1000
    }
    if (this.#linked !== null && isCollective(call)) {
      return roofline.estimate(call, this.#linked, this.#options).latencyS * 1e9
    }
    if (call.op === 'quantize' && this.#isFused(call)) return 0
    if (!this.#fitted) return this.#estimateNs({ call })
    if (call.op === 'kv_cache_write' || call.op === 'moe_route') return 0
    if (call.op === 'rmsnorm' && this.#isInAllReduce(call)) return 0
    let ns = Number.POSITIVE_INFINITY
    for (const variant of this.#variants(call)) ns = Math.min(ns, this.#estimateNs(variant))
    return ns + this.#engine.gapUs * 1000
  }

  flightNs(op: NamedCall): number {
    return (this.experts?.timesOf(op)?.flightS ?? 0) * 1e9
  }

  /** Whether shared experts run beside the routed ones in a step of so many tokens. */
  runsSharedBeside(tokens: number): boolean {
    return tokens <= this.#engine.sharedBesideTokens
  }

  #isFused({ groupSize, cols }: OpCallOf<'quantize'>): boolean {
    return groupSize === undefined || groupSize >= cols || groupSize <= this.#engine.fusedGroupSize
  }

  /** A norm of what has just been summed over the devices. */
  #isInAllReduce({ rows, cols, dtype, residual }: OpCallOf<'rmsnorm'>): boolean {
    return residual === true && rows * cols * dtypeBytes(dtype) <= this.#normedBytes
  }

  #variants(call: OpCall): Variant[] {
    if (call.op === 'all_reduce') {
      // Engines' own kernels read the memory of peers of their node.
      if (call.devices > (this.#options.devicesPerNode ?? this.#hardware.system.devices)) {
        return [{ call }]
      }
      const custom = { ...call, algorithm: 'custom' }
      const variants = [{ call }, { call: custom, source: this.#engine.allReduce }]
      return call.elements * dtypeBytes(call.dtype) <= this.#normedBytes
        ? [...variants, { call: custom, source: this.#engine.normInAllReduce.kernel }]
        : variants
    }
    if (call.op === 'rmsnorm' || call.op === 'layernorm')
      return [{ call }, { call: streamed(call) }]
    if (call.op === 'attention') {
      return call.variant === 'mla'
        ? [{ call, source: this.#engine.latentAttention }]
        : [{ call }, ...asNarrowQueries(call)]
    }
    if (call.op === 'moe') return this.#expertVariants(call)
    return [{ call }]
  }

  #expertVariants(call: OpCallOf<'moe'>): Variant[] {
    const { dtype, weightDtype = dtype, scaling } = call
    const bits = WEIGHT_BITS[weightDtype] ?? 16
    const { blockTriton, blockTrtllm, blockTrtllmMany, mxfp4, weightOnly } =
      this.#engine.unmeasuredExperts
    const isFew = call.tokens * call.topk <= FEW_TOKENS_AN_EXPERT * call.experts
    const isBlock = scaling === 'block' && bits === 8
    const isMany = isBlock && !isFew && this.#hasFp4 && blockTrtllmMany !== undefined
    const variants: Variant[] = [isMany ? { call, factor: blockTrtllmMany } : { call }]
    const asWide =
      bits < 8 && dtypeBytes(dtype) >= 2 ? weightOnly : isBlock ? blockTriton : undefined
    if (isFew && asWide !== undefined) {
      variants.push({ call: ofSameBytes(call, 'bf16', bits), factor: asWide })
    }
    if (!this.#hasFp4 || bits > 8) return variants
    if (dtype === 'fp4_e2m1') return [...variants, { call, source: FEW_TOKENS }]
    if (weightDtype === 'fp4_e2m1') variants.push({ call: { ...call, dtype: 'fp8_e4m3' } })
    const asNarrow = weightDtype === 'fp4_e2m1' ? mxfp4 : isBlock ? blockTrtllm : undefined
    if (isFew && asNarrow !== undefined) {
      const narrow = ofSameBytes(call, 'fp4_e2m1', bits)
      variants.push({ call: narrow, source: FEW_TOKENS, factor: asNarrow })
    }
    return variants
  }

  #estimateNs({ call, source, factor = 1 }: Variant): number {
    return factor * this.#times.seconds(call, source) * 1e9
  }
}
