// FLOPs and bytes that each operation needs at least: every operand read once, every result written
// once. One multiply-add counts as two FLOPs. This is the numerator of every roofline in FlowSim.
//
// Sources: GEMM 2mnk; attention 2·pairs·(d_qk + d_v) per head with pairs = the (query, key) pairs that
// the mask leaves (FlashAttention, arXiv 2205.14135, appendix B); flash backward 2.5 × forward (same);
// MoE as three GEMMs on topk rows a token; collectives by the volume that crosses a rank's links
// (NCCL tests, PERFORMANCE.md).
import { type Dtype, dtypeBytes } from './dtype.js'
import type { OpCall, OpCallOf } from './op-call.js'

/** The least work of an operation. */
export interface OpWork {
  /** Floating-point (or integer) operations; a multiply-add counts two. */
  flops: number
  /** Bytes read from memory, each operand once. */
  readBytes: number
  /** Bytes written to memory, each result once. */
  writeBytes: number
  /** Bytes that leave one rank over its links; 0 for all but communication. */
  networkBytes: number
}

const INDEX_BYTES = 8
const SCALE_BYTES = 4

/** The type that an operation writes: `outDtype`, or its input type, or bf16 for 8-bit inputs. */
export function outputDtype(call: { dtype: Dtype; outDtype?: Dtype | undefined }): Dtype {
  return call.outDtype ?? (dtypeBytes(call.dtype) < 2 ? 'bf16' : call.dtype)
}

/**
 * (query, key) pairs that one head computes over all sequences, after mask and window: `pairs` where
 * the call states them, else from the mean lengths.
 */
export function attentionPairs(call: OpCallOf<'attention'>): number {
  const { batch, queryLen, kvLen, causal, window } = call
  if (call.pairs !== undefined) return call.pairs
  const q = Math.min(queryLen, kvLen)
  const offset = Math.max(0, kvLen - queryLen)
  if (window !== undefined && window < kvLen) {
    // Row i (from 0) sees min(window, offset + i + 1) keys under a causal mask, else min(window, kvLen).
    if (!causal) return batch * queryLen * window
    const ramp = Math.min(Math.max(0, window - offset), q)
    return batch * (ramp * offset + (ramp * (ramp + 1)) / 2 + (queryLen - ramp) * window)
  }
  return batch * (causal ? q * offset + (q * (q + 1)) / 2 : queryLen * kvLen)
}

function gemmWork(
  batch: number,
  c: {
    m: number
    n: number
    k: number
    dtype: Dtype
    weightDtype?: Dtype | undefined
    outDtype?: Dtype | undefined
  },
): OpWork {
  return local(
    2 * batch * c.m * c.n * c.k,
    batch * (c.m * c.k * dtypeBytes(c.dtype) + c.k * c.n * dtypeBytes(c.weightDtype ?? c.dtype)),
    batch * c.m * c.n * dtypeBytes(outputDtype(c)),
  )
}

function local(flops: number, readBytes: number, writeBytes: number): OpWork {
  return { flops, readBytes, writeBytes, networkBytes: 0 }
}

function attentionWork(c: OpCallOf<'attention'>): OpWork {
  const dv = c.headDimV ?? c.headDim
  const q = c.batch * c.queryLen * c.heads * dtypeBytes(c.dtype)
  const keys = c.batch * Math.min(c.kvLen, (c.window ?? Infinity) + c.queryLen - 1)
  const kvWidth = c.variant === 'mla' ? c.headDim : c.headDim + dv
  const kv = keys * c.kvHeads * kvWidth * dtypeBytes(c.kvDtype ?? c.dtype)
  const flops = 2 * attentionPairs(c) * c.heads * (c.headDim + dv)
  if (c.direction === 'backward') {
    return local(2.5 * flops, q * (c.headDim + 2 * dv) + kv, q * c.headDim + kv)
  }
  return local(flops, q * c.headDim + kv, q * dv)
}

function moeWork(c: OpCallOf<'moe'>): OpWork {
  const inter = c.inter / (c.tensorParallel ?? 1)
  const experts = c.experts / (c.expertParallel ?? 1)
  const rows = (c.tokens * c.topk) / (c.expertParallel ?? 1)
  const weight = dtypeBytes(c.weightDtype ?? c.dtype)
  const touched = expectedGroups(rows, experts)
  const activation = c.tokens * c.hidden
  return local(
    2 * rows * 3 * c.hidden * inter,
    touched * 3 * c.hidden * inter * weight + activation * dtypeBytes(c.dtype),
    activation * dtypeBytes(outputDtype(c)),
  )
}

/**
 * Groups that get at least one of `rows` rows thrown evenly at random: g·(1 − (1 − 1/g)^rows).
 */
export function expectedGroups(rows: number, groups: number): number {
  return groups * -Math.expm1(rows * Math.log1p(-1 / Math.max(groups, 1 + Number.EPSILON)))
}

function convWork(c: OpCallOf<'conv'>): OpWork {
  const product = (sizes: number[]) => sizes.reduce((a, b) => a * b, 1)
  const taps = product(c.kernelSize)
  const input = c.batch * c.inChannels * product(c.inputSize)
  const output = c.batch * c.outChannels * product(c.outputSize)
  const weight = (c.outChannels * c.inChannels * taps) / c.groups
  const bytes = dtypeBytes(c.dtype)
  const flops = 2 * output * (c.inChannels / c.groups) * taps
  if (c.direction === 'data_grad') return local(flops, (output + weight) * bytes, input * bytes)
  if (c.direction === 'weight_grad') return local(flops, (output + input) * bytes, weight * bytes)
  return local(flops, (input + weight) * bytes, output * dtypeBytes(outputDtype(c)))
}

/** Rows × columns read and written once, `perElement` FLOPs for each. */
function rowwise(
  c: { rows: number; cols: number; dtype: Dtype; outDtype?: Dtype | undefined },
  perElement: number,
  residual = false,
): OpWork {
  const elements = c.rows * c.cols
  const read = elements * dtypeBytes(c.dtype) * (residual ? 2 : 1)
  const write = elements * (dtypeBytes(outputDtype(c)) + (residual ? dtypeBytes(c.dtype) : 0))
  return local(perElement * elements, read, write)
}

function pointwise(
  c: { elements: number; dtype: Dtype; outDtype?: Dtype | undefined },
  perElement: number,
  inputs = 1,
): OpWork {
  return local(
    perElement * c.elements,
    inputs * c.elements * dtypeBytes(c.dtype),
    c.elements * dtypeBytes(c.outDtype ?? c.dtype),
  )
}

function network(bytes: number, crossing: number, read: number, write: number, flops = 0): OpWork {
  return {
    flops,
    readBytes: bytes * read,
    writeBytes: bytes * write,
    networkBytes: bytes * crossing,
  }
}

/**
 * The least work of an operation: FLOPs, and bytes with each operand read and each result written
 * once. Formulas and sources stand at the top of the file.
 */
export function opWork(call: OpCall): OpWork {
  switch (call.op) {
    case 'matmul':
      return gemmWork(1, call)
    case 'bmm':
      return gemmWork(call.batch, call)
    case 'grouped_gemm': {
      const active = call.activeGroups ?? expectedGroups(call.m, call.groups)
      return local(
        2 * call.m * call.n * call.k,
        call.m * call.k * dtypeBytes(call.dtype) +
          active * call.k * call.n * dtypeBytes(call.weightDtype ?? call.dtype),
        call.m * call.n * dtypeBytes(outputDtype(call)),
      )
    }
    case 'moe':
      return moeWork(call)
    case 'attention':
      return attentionWork(call)
    case 'conv':
      return convWork(call)
    case 'softmax':
      return rowwise(call, 5)
    case 'layernorm':
      return rowwise(call, 7, call.residual)
    case 'rmsnorm':
      return rowwise(call, 4, call.residual)
    case 'batchnorm':
    case 'groupnorm':
      return rowwise(call, 7)
    case 'gelu':
      return pointwise(call, 10)
    case 'silu':
      return pointwise(call, 5)
    case 'relu':
      return pointwise(call, 1)
    case 'silu_mul':
    case 'gelu_mul': {
      const written = call.rows * call.cols
      return local(
        (call.op === 'silu_mul' ? 6 : 11) * written,
        2 * written * dtypeBytes(call.dtype),
        written * dtypeBytes(call.outDtype ?? call.dtype),
      )
    }
    case 'elementwise': {
      const work = pointwise(call, 1, call.inputs ?? 1)
      return {
        ...work,
        readBytes: call.readBytes ?? work.readBytes,
        writeBytes: call.writeBytes ?? work.writeBytes,
      }
    }
    case 'reduce':
    case 'pool':
      return local(
        call.rows * call.cols,
        call.rows * call.cols * dtypeBytes(call.dtype),
        call.rows * dtypeBytes(call.outDtype ?? call.dtype),
      )
    case 'scan':
      return rowwise({ ...call, outDtype: call.outDtype ?? call.dtype }, 1)
    case 'gather':
    case 'scatter': {
      const work = rowwise({ ...call, outDtype: call.outDtype ?? call.dtype }, 0)
      return { ...work, readBytes: work.readBytes + call.rows * INDEX_BYTES }
    }
    case 'copy':
    case 'cat':
      return pointwise(call, 0)
    case 'fill':
      return pointwise(call, 0, 0)
    case 'random':
      return pointwise(call, 10, 0)
    case 'fft':
      return rowwise(call, 5 * Math.log2(Math.max(2, call.cols)))
    case 'embedding': {
      const moved = call.tokens * call.hidden
      return local(
        0,
        moved * dtypeBytes(call.dtype) + call.tokens * INDEX_BYTES,
        moved * dtypeBytes(call.outDtype ?? call.dtype),
      )
    }
    case 'rope': {
      const moved = call.tokens * (call.heads + call.kvHeads) * call.headDim
      const bytes = moved * dtypeBytes(call.dtype)
      return local(3 * moved, bytes + call.tokens * call.headDim * SCALE_BYTES, bytes)
    }
    case 'kv_cache_write': {
      const moved = call.tokens * call.width
      return local(
        0,
        moved * dtypeBytes(call.dtype) + call.tokens * INDEX_BYTES,
        moved * dtypeBytes(call.cacheDtype ?? call.dtype),
      )
    }
    case 'quantize': {
      const elements = call.rows * call.cols
      const scales = call.rows * Math.ceil(call.cols / (call.groupSize ?? Math.max(1, call.cols)))
      return local(
        2 * elements,
        elements * dtypeBytes(call.dtype),
        elements * dtypeBytes(call.outDtype) + scales * SCALE_BYTES,
      )
    }
    case 'topk':
      return local(
        call.rows * call.cols,
        call.rows * call.cols * dtypeBytes(call.dtype),
        call.rows * call.k * (dtypeBytes(call.outDtype ?? call.dtype) + INDEX_BYTES),
      )
    case 'sort': {
      const work = rowwise({ ...call, outDtype: call.outDtype ?? call.dtype }, 0)
      return { ...work, flops: call.rows * call.cols * Math.log2(Math.max(2, call.cols)) }
    }
    case 'sampling':
      return local(
        5 * call.rows * call.cols,
        call.rows * call.cols * dtypeBytes(call.dtype),
        call.rows * INDEX_BYTES,
      )
    case 'moe_route':
      return local(
        5 * call.tokens * call.experts,
        call.tokens * call.experts * dtypeBytes(call.dtype),
        call.tokens * call.topk * (SCALE_BYTES + 4),
      )
    case 'moe_permute': {
      const moved = call.tokens * call.topk * call.hidden * dtypeBytes(call.dtype)
      return local(call.tokens * call.topk * call.hidden, moved, moved / call.topk)
    }
    case 'all_reduce': {
      const bytes = call.elements * dtypeBytes(call.dtype)
      const n = call.devices
      return network(bytes, (2 * (n - 1)) / n, 2, 2, n > 1 ? call.elements : 0)
    }
    case 'all_gather':
    case 'reduce_scatter': {
      const bytes = call.elements * dtypeBytes(call.dtype)
      const n = call.devices
      const gather = call.op === 'all_gather'
      return network(
        bytes,
        (n - 1) / n,
        gather ? 1 / n : 1,
        gather ? 1 : 1 / n,
        gather || n === 1 ? 0 : call.elements,
      )
    }
    case 'all_to_all': {
      const bytes = call.elements * dtypeBytes(call.dtype)
      return network(bytes, (call.devices - 1) / call.devices, 1, 1)
    }
    case 'broadcast':
      return network(call.elements * dtypeBytes(call.dtype), call.devices > 1 ? 1 : 0, 1, 1)
    case 'send':
      return network(call.elements * dtypeBytes(call.dtype), 1, 1, 0)
    case 'recv':
      return network(call.elements * dtypeBytes(call.dtype), 1, 0, 1)
    case 'barrier':
      return network(0, 0, 0, 0)
    case 'memcpy':
      return local(0, call.bytes, call.bytes)
    case 'memset':
      return local(0, 0, call.bytes)
    case 'other':
      return local(call.flops ?? 0, call.readBytes ?? 0, call.writeBytes ?? 0)
  }
}
