// From an operation to a query: which family of calibration rows speaks about it, which kinds of rows in
// which order of preference, and the query in the family's terms.

import type { EstimateOptions } from '@flowsim/perf-model'
import {
  attentionPairs,
  type CollectiveCall,
  type Dtype,
  dtypeBytes,
  isCollective,
  type OpCall,
  type OpCallOf,
  opWork,
} from '@flowsim/trace-schema'
import type { AttentionQuery } from './families/attention-kinds.js'
import type { CollectiveQuery, ReduceAlgorithm } from './families/collective.js'
import type { ConvQuery } from './families/conv.js'
import type { GemmQuery } from './families/gemm.js'
import type { MoeQuery } from './families/moe.js'
import type { PointwiseQuery } from './families/pointwise.js'
import { STREAMED } from './families/streamed.js'

/**
 * A query of some family, and the kinds of rows that may answer it: its own first, then the next best.
 * `like` is the call of another type whose rows answer for want of any: the roofline knows how much longer
 * the asked one takes.
 */
export type Resolved =
  | { family: 'gemm'; kinds: readonly string[]; query: GemmQuery; like?: OpCall }
  | { family: 'conv'; kinds: readonly string[]; query: ConvQuery; like?: OpCall }
  | { family: 'prefill' | 'decode'; kinds: readonly string[]; query: AttentionQuery; times: number }
  | { family: 'moe'; kinds: readonly string[]; query: MoeQuery; like?: OpCall }
  | { family: 'collective'; kinds: readonly string[]; query: CollectiveQuery }
  | { family: 'pointwise'; kinds: readonly string[]; query: PointwiseQuery }

/** Query tokens from which attention is computed block by block rather than over a split cache. */
const BLOCKWISE = 16

/**
 * The query of an operation; undefined for copies that cross the host's bus and for matrix products of which only
 * the work is known.
 */
export function resolve(call: OpCall, options: EstimateOptions): Resolved | undefined {
  const warm = options.l2 === 'warm'
  switch (call.op) {
    case 'matmul':
      return gemmOf(call, 1, call.m, warm, options)
    case 'bmm':
      return gemmOf(call, call.batch, call.m, warm, options)
    case 'grouped_gemm': {
      const groups = Math.max(1, Math.min(call.activeGroups ?? call.groups, call.groups, call.m))
      return gemmOf(call, groups, Math.ceil(call.m / groups), warm, options)
    }
    case 'conv':
      return convOf(call)
    case 'attention':
      return attentionOf(call, warm)
    case 'moe':
      return moeOf(call, warm)
    case 'memcpy':
      if (call.direction !== 'device_to_device' && call.direction !== 'unknown') return undefined
      return pointwiseOf(call, DEFAULT_KINDS, 0, 0, warm)
    case 'other':
      return call.matrixDtype === undefined ? streamed(call, warm) : undefined
    default:
      if (isCollective(call)) return collectiveOf(call, options.devicesPerNode)
      return streamed(call, warm)
  }
}

const FP8_KINDS = ['fp8', 'fp8_block'] as const
const BLOCK_KINDS = ['fp8_block', 'fp8'] as const
const FP32_KINDS = ['fp32'] as const
const KINDS_BY_DTYPE: Partial<Record<Dtype, readonly string[]>> = {
  bf16: ['bf16', 'fp16'],
  fp16: ['fp16', 'bf16'],
  fp32: FP32_KINDS,
  tf32: ['tf32', 'bf16'],
  fp8_e4m3: FP8_KINDS,
  fp8_e5m2: FP8_KINDS,
  fp4_e2m1: ['nvfp4', 'fp8_block'],
  int8: ['int8', 'fp8'],
  int4: ['int8', 'fp8'],
}
const WIDE = ['fp32'] as const
const W8A16 = ['w8a16', 'bf16'] as const
const W4A16 = ['w4a16', 'w8a16', 'bf16'] as const

function gemmKinds(dtype: Dtype, weight: Dtype | undefined, scaling: string | undefined) {
  if (weight !== undefined && dtypeBytes(weight) < dtypeBytes(dtype)) {
    return dtypeBytes(weight) < 1 ? W4A16 : W8A16
  }
  if (scaling === 'block' && dtypeBytes(dtype) === 1 && dtype !== 'int8') return BLOCK_KINDS
  return KINDS_BY_DTYPE[dtype] ?? WIDE
}

const CONV_KINDS: Partial<Record<Dtype, readonly string[]>> = {
  bf16: ['bf16', 'fp16', 'tf32', 'fp32'],
  fp16: ['fp16', 'bf16', 'tf32', 'fp32'],
  tf32: ['tf32', 'bf16', 'fp32'],
}
const WIDE_CONV = ['fp32', 'tf32'] as const

/** Kinds with an ending, before those without: memoised, as choices are known by their kinds. */
function endingIn(ending: string): (kinds: readonly string[]) => readonly string[] {
  const known = new Map<readonly string[], readonly string[]>()
  return (kinds) => {
    let found = known.get(kinds)
    if (found === undefined) {
      found = [...kinds.map((kind) => `${kind}-${ending}`), ...kinds]
      known.set(kinds, found)
    }
    return found
  }
}

/** Batches of small multiplications are of other kernels: their own rows come first. */
const batched = endingIn('bmm')
/** Groups that have their own kernels. */
const grouped = endingIn('grouped')
/** Gradients of convolutions, and transposed ones. */
const gradients = endingIn('grad')

function gemmOf(
  call: OpCallOf<'matmul' | 'bmm' | 'grouped_gemm'>,
  batch: number,
  m: number,
  warm: boolean,
  options: EstimateOptions,
): Resolved {
  const kinds = gemmKinds(call.dtype, call.weightDtype, call.scaling)
  return {
    family: 'gemm',
    kinds: kindsOfGroups(call.op, kinds),
    ...(call.dtype === 'fp64' && { like: withType(call, 'fp32') }),
    query: {
      batch,
      m,
      n: call.n,
      k: call.k,
      warm,
      // Activations of 16 bits are not quantised.
      quantize: options.includesQuantization === true && dtypeBytes(call.dtype) < 2,
    },
  }
}

/** Rows of 32-bit batches are of one section with those of single multiplications. */
function kindsOfGroups(op: OpCall['op'], kinds: readonly string[]): readonly string[] {
  if (op === 'grouped_gemm') return grouped(kinds)
  return op === 'bmm' && kinds !== WIDE && kinds !== FP32_KINDS ? batched(kinds) : kinds
}

/** The call with all operands of one type. */
function withType(call: OpCallOf<'matmul' | 'bmm' | 'grouped_gemm' | 'moe'>, dtype: Dtype): OpCall {
  const { weightDtype: _weight, outDtype: _out, scaling: _scaling, ...rest } = call
  return { ...rest, dtype }
}

const DIRECTIONS = ['forward', 'data_grad', 'weight_grad'] as const

/** A convolution as the multiplication that its implicit im2col makes. */
function convOf(call: OpCallOf<'conv'>): Resolved {
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)
  const { groups, direction = 'forward' } = call
  const inside = call.inChannels / groups
  const outside = call.outChannels / groups
  const inputs = call.batch * product(call.inputSize)
  const outputs = call.batch * product(call.outputSize)
  const taps = inside * product(call.kernelSize)
  const [m, n] =
    direction === 'weight_grad'
      ? [taps, outside]
      : direction === 'data_grad'
        ? [inputs, inside]
        : [outputs, outside]
  const work = opWork(call)
  const kinds = CONV_KINDS[call.dtype] ?? WIDE_CONV
  return {
    family: 'conv',
    kinds: direction === 'forward' ? kinds : gradients(kinds),
    ...(call.dtype === 'fp64' && { like: { ...call, dtype: 'fp32' as const } }),
    query: {
      groups,
      m: Math.max(1, m),
      n: Math.max(1, n),
      // What is multiplied: a stride leaves most taps of a gradient out.
      k: Math.max(1, work.flops / (2 * m * n * groups)),
      channels: Math.max(1, direction === 'data_grad' ? outside : inside),
      moved: (work.readBytes + work.writeBytes) / dtypeBytes(call.dtype),
      planes:
        product(call.kernelSize) > 1 ? inputs * call.inChannels + outputs * call.outChannels : 0,
      direction: DIRECTIONS.indexOf(direction),
      dimensions: call.kernelSize.length,
    },
  }
}

const narrow = (dtype: Dtype) =>
  dtypeBytes(dtype) < 2
    ? 'fp8'
    : dtype === 'fp32' || dtype === 'fp64'
      ? 'fp32'
      : dtype === 'fp16'
        ? 'fp16'
        : 'bf16'
const attentionKinds = new Map<string, readonly string[]>()

function kindsOfAttention(
  query: Dtype,
  cache: Dtype,
  { mla, full }: { mla: boolean; full: boolean },
): readonly string[] {
  const key = `${query},${cache},${mla},${full}`
  const known = attentionKinds.get(key)
  if (known !== undefined) return known
  const q = narrow(query)
  const c = narrow(cache)
  const own = q === c ? q : `${q}+${c}`
  const all = [own, 'bf16', 'fp16', 'bf16+fp8', 'fp8', 'fp32'].map((kind) =>
    mla ? `mla-${kind}` : kind,
  )
  if (mla) all.push(own, 'bf16')
  // Every query of an encoder sees every key: kernels without a mask have their own rows.
  if (full && !mla) all.unshift(`${own}-full`, 'bf16-full')
  const kinds = [...new Set(all)]
  attentionKinds.set(key, kinds)
  return kinds
}

function attentionOf(call: OpCallOf<'attention'>, warm: boolean): Resolved {
  const dimV = call.headDimV ?? call.headDim
  const latent = call.variant === 'mla'
  const blockwise = call.phase === 'prefill' || call.queryLen > BLOCKWISE
  // Latent attention is told by its absorbed shape, or by keys that are wider than values.
  const mla = latent || dimV < call.headDim
  return {
    family: blockwise ? 'prefill' : 'decode',
    kinds: kindsOfAttention(call.dtype, call.kvDtype ?? call.dtype, {
      mla,
      full: blockwise && !call.causal,
    }),
    times: call.direction === 'backward' ? 2.5 : 1,
    query: {
      batch: call.batch,
      queryLen: call.queryLen,
      kvLen: call.kvLen,
      heads: call.heads,
      kvHeads: call.kvHeads,
      dim: call.headDim,
      dimV,
      window: call.window ?? 0,
      causal: call.causal,
      pairs: call.pairs ?? attentionPairs(call),
      latent,
      warm,
    },
  }
}

const MOE_KINDS: Record<string, readonly string[]> = {
  bf16: ['bf16', 'fp16'],
  fp8: ['fp8', 'fp8_block', 'bf16'],
  fp8_block: ['fp8_block', 'fp8', 'bf16'],
  nvfp4: ['nvfp4', 'fp8', 'bf16'],
  mxfp4_a16: ['mxfp4_a16', 'w4a16', 'bf16'],
  mxfp4_a8: ['mxfp4_a8', 'nvfp4', 'fp8', 'bf16'],
  w8a16: ['w8a16', 'bf16'],
  w4a16: ['w4a16', 'mxfp4_a16', 'bf16'],
}

function moeKind(call: OpCallOf<'moe'>): string {
  const weight = dtypeBytes(call.weightDtype ?? call.dtype)
  const input = dtypeBytes(call.dtype)
  if (weight < 1) {
    if (input === 1) return 'mxfp4_a8'
    if (input < 1) return 'nvfp4'
    return call.weightDtype === 'int4' ? 'w4a16' : 'mxfp4_a16'
  }
  if (weight < 2) return input >= 2 ? 'w8a16' : call.scaling === 'block' ? 'fp8_block' : 'fp8'
  return 'bf16'
}

/** Exponent of the power law in a name such as `power_law_1.2`; 0 for a balanced load. */
function exponent(distribution: string | undefined): number {
  const found = distribution === undefined ? null : /power_law_([\d.]+)/.exec(distribution)
  return found === null ? 0 : Number(found[1])
}

// Types of activations that no expert kernel was measured with.
const MOE_UNMEASURED: readonly Dtype[] = ['fp64', 'fp32', 'tf32', 'int8', 'int4']

function moeOf(call: OpCallOf<'moe'>, warm: boolean): Resolved {
  const tensorParallel = call.tensorParallel ?? 1
  const like = MOE_UNMEASURED.includes(call.dtype) ? withType(call, 'bf16') : undefined
  return {
    family: 'moe',
    kinds: MOE_KINDS[like === undefined ? moeKind(call) : 'bf16']!,
    ...(like !== undefined && { like }),
    query: {
      tokens: call.tokens,
      hidden: call.hidden,
      inter: call.inter / tensorParallel,
      topk: Math.min(call.topk, call.experts),
      experts: call.experts,
      tensorParallel,
      expertParallel: Math.min(call.expertParallel ?? 1, call.experts),
      alpha: exponent(call.distribution),
      warm,
    },
  }
}

const COLLECTIVE_KINDS = ['collective', 'custom'] as const
/** All-reduces that read their peers' memory, as serving engines bring them along. */
const CUSTOM_KINDS = ['custom', 'collective'] as const
const COLLECTIVE_OPS: Record<CollectiveCall['op'], CollectiveQuery['op']> = {
  all_reduce: 'all_reduce',
  all_gather: 'all_gather',
  reduce_scatter: 'reduce_scatter',
  all_to_all: 'all_to_all',
  broadcast: 'broadcast',
  send: 'send',
  recv: 'send',
  barrier: 'all_reduce',
}

const PEER_READS: ReadonlySet<ReduceAlgorithm> = new Set(['custom', 'one_shot', 'two_shot'])

/** The algorithm of an all-reduce by the name that a trace or user gives it. */
function algorithmOf(name = ''): ReduceAlgorithm {
  const text = name.toLowerCase()
  if (/nvls|multimem/.test(text)) return 'nvls'
  if (/one.?(shot|stage)|1.?(shot|stage)/.test(text)) return 'one_shot'
  if (/two.?(shot|stage)|2.?(shot|stage)/.test(text)) return 'two_shot'
  if (text.includes('tree')) return 'tree'
  return text === 'custom' ? 'custom' : 'default'
}

function collectiveOf(call: CollectiveCall, devicesPerNode = 0): Resolved {
  const elementBytes = call.dtype === undefined ? 4 : dtypeBytes(call.dtype)
  const algorithm = call.op === 'all_reduce' ? algorithmOf(call.algorithm) : 'default'
  return {
    family: 'collective',
    kinds: PEER_READS.has(algorithm) ? CUSTOM_KINDS : COLLECTIVE_KINDS,
    query: {
      op: COLLECTIVE_OPS[call.op],
      algorithm,
      bytes: call.op === 'barrier' ? elementBytes : call.elements * elementBytes,
      devices: call.devices,
      devicesPerNode,
      elementBytes,
    },
  }
}

// Rows of eager PyTorch are pooled over the functions of a kind of kernel, one section for all devices, so
// that any function has rows of its device: `eager` of single elements, `eager-rows` (norms, softmax,
// reductions) and `eager-gather` (look-ups). Norms of serving engines stream their rows as quantisation by
// one scale does; those that Vidur measured are of 2023 and take twice the time.
const STREAM_KINDS: Partial<Record<OpCall['op'], readonly string[]>> = {
  softmax: ['softmax', 'eager-rows', 'softmax-fp32', 'layernorm', 'add'],
  layernorm: ['layernorm', 'eager-rows', 'layernorm-fp32', 'quantize_static', 'rmsnorm', 'add'],
  rmsnorm: ['rmsnorm', 'quantize_static', 'eager-rows', 'layernorm', 'add'],
  batchnorm: ['batchnorm', 'eager-rows', 'layernorm', 'rmsnorm', 'add'],
  groupnorm: ['groupnorm', 'eager-rows', 'layernorm', 'rmsnorm', 'add'],
  gelu: ['gelu', 'eager', 'add'],
  silu: ['silu', 'eager', 'gelu', 'add'],
  relu: ['relu', 'eager', 'gelu', 'add'],
  silu_mul: ['silu_mul', 'eager', 'gelu', 'add'],
  gelu_mul: ['silu_mul', 'eager', 'gelu', 'add'],
  rope: ['rope', 'eager', 'add'],
  quantize: ['quantize', 'eager', 'add'],
  reduce: ['reduce', 'eager-rows', 'eager', 'add'],
  embedding: ['embedding', 'eager-gather', 'eager', 'add'],
  gather: ['gather', 'eager-gather', 'eager', 'add'],
  scatter: ['scatter', 'eager-gather', 'eager', 'add'],
  cat: ['cat', 'eager', 'add'],
}
const DEFAULT_KINDS = ['copy', 'eager', 'add'] as const
const FEW_RESULTS = 128
const ONE_SCALE = ['quantize_static', 'quantize', 'add'] as const
const elementwiseKinds = new Map<string, readonly string[]>()

// Lists of tensors: each block works through a part of one, as through a row.
const CHUNK_KINDS = ['eager-rows', 'eager', 'add'] as const

function streamed(call: OpCall, warm: boolean): Resolved {
  if (call.op === 'elementwise' && call.chunk !== undefined) {
    const parts = Math.ceil(call.elements / call.chunk)
    return pointwiseOf(call, CHUNK_KINDS, call.chunk, parts, warm)
  }
  const dtype = 'dtype' in call ? call.dtype : undefined
  const wide = dtype === 'fp32' || dtype === 'fp64'
  let kinds = STREAM_KINDS[call.op] ?? DEFAULT_KINDS
  if (call.op === 'elementwise') kinds = kindsOfFunction(call.function)
  if (call.op === 'quantize' && (call.groupSize ?? 0) >= call.rows * call.cols) kinds = ONE_SCALE
  if (wide) kinds = widened(kinds)
  // A reduction to a few results is shared out among all units, but for one that finds a place.
  const few = call.op === 'reduce' && call.rows < FEW_RESULTS && !call.function.startsWith('arg')
  if (few) return pointwiseOf(call, kinds, 0, 0, warm)
  if ('rows' in call && 'cols' in call) return pointwiseOf(call, kinds, call.cols, call.rows, warm)
  if (call.op === 'rope') {
    return pointwiseOf(call, kinds, (call.heads + call.kvHeads) * call.headDim, call.tokens, warm)
  }
  if (call.op === 'embedding' || call.op === 'moe_permute') {
    return pointwiseOf(call, kinds, call.hidden, call.tokens, warm)
  }
  if (call.op === 'kv_cache_write') return pointwiseOf(call, kinds, call.width, call.tokens, warm)
  return pointwiseOf(call, kinds, 0, 0, warm)
}

function kindsOfFunction(name: string): readonly string[] {
  const known = elementwiseKinds.get(name)
  if (known !== undefined) return known
  const kinds = [name, 'eager', 'add']
  if (elementwiseKinds.size < 1000) elementwiseKinds.set(name, kinds)
  return kinds
}

const POOLED = 'eager'

/** Whether rows of several functions share a kind. */
export function isPooled(kind: string): boolean {
  return kind.startsWith(POOLED)
}

/** The kind under which rows of all functions are pooled, for kinds that have one. */
export function pooledKind(kinds: readonly string[]): string | undefined {
  return kinds.find(isPooled)
}

const widenedKinds = new Map<readonly string[], readonly string[]>()

/** Rows of 32-bit elements come first for 32-bit calls. */
function widened(kinds: readonly string[]): readonly string[] {
  let found = widenedKinds.get(kinds)
  if (found === undefined) {
    // Pooled rows are of all types.
    const own = kinds.filter((kind) => !kind.startsWith(POOLED))
    found = [
      `${kinds[0]}-fp32`,
      ...kinds.slice(0, 2),
      ...own.map((kind) => `${kind}-fp32`),
      ...kinds,
    ]
    found = [...new Set(found)]
    widenedKinds.set(kinds, found)
  }
  return found
}

const LOOKUPS: ReadonlySet<OpCall['op']> = new Set(['embedding', 'gather', 'scatter'])

/**
 * Whether a kernel works out an address for each element: operands that are not contiguous, look-ups, and copies
 * to another type, which load one element at a time.
 */
function addressesEach(call: OpCall): boolean {
  if ('strided' in call && call.strided === true) return true
  if (LOOKUPS.has(call.op)) return true
  return call.op === 'copy' && call.outDtype !== undefined && call.outDtype !== call.dtype
}

/** Elements that a thread works on together. */
const VECTOR = 8
/** A byte, where there are bytes and no elements. */
const ONE_BYTE = 0.5

function pointwiseOf(
  call: OpCall,
  kinds: readonly string[],
  cols: number,
  rows: number,
  warm: boolean,
): Resolved {
  const work = opWork(call)
  const bytes = work.readBytes + work.writeBytes
  // An operation without rows is dealt out in rows of 1,024 elements, and has those of one vector at least.
  const elements = 'elements' in call ? call.elements : bytes / 2
  const whole = rows > 0 ? 1 : Math.max(1, VECTOR / Math.max(ONE_BYTE, elements))
  return {
    family: 'pointwise',
    kinds,
    query: {
      rows: rows > 0 ? rows : Math.ceil(elements / 1024),
      cols: rows > 0 ? cols : Math.min(1024, elements * whole),
      bytes: bytes * whole,
      flops: work.flops * whole,
      strided: addressesEach(call),
      operation: STREAMED.indexOf(call.op),
      warm,
    },
  }
}
