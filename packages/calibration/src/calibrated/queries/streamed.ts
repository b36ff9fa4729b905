// Operations that stream their operands once: rows of elements that are dealt to the compute units.
import type { EstimateOptions } from '@flowsim/perf-model'
import { dtypeBytes, type OpCall, type OpCallOf, type OpName, opWork } from '@flowsim/trace-schema'
import { STREAMED } from '../families/streamed.js'
import launches from './launch.json' with { type: 'json' }
import { passesOf } from './passes.js'
import type { Resolved } from './resolved.js'
import { streamedKinds } from './streamed-kinds.js'

/** Rows of an operation and their width, where its fields are not `rows` and `cols`. */
const ROWS: { [Op in OpName]?: (call: OpCallOf<Op>) => [rows: number, cols: number] } = {
  rope: ({ tokens, heads, kvHeads, headDim }) => [tokens, (heads + kvHeads) * headDim],
  embedding: ({ tokens, hidden }) => [tokens, hidden],
  moe_permute: ({ tokens, hidden }) => [tokens, hidden],
  kv_cache_write: ({ tokens, width }) => [tokens, width],
}

/** Results up to which a reduction is shared out among all units. */
const FEW_RESULTS = 128
/** Elements that a thread works on together. */
const VECTOR = 8
/** A byte, where there are bytes and no elements. */
const ONE_BYTE = 0.5
/** Elements of a row of an operation without rows. */
const DEALT_OUT = 1024
/** Operations whose kernels look up where each element is. */
const LOOKUPS: ReadonlySet<OpCall['op']> = new Set(['embedding', 'gather', 'scatter'])

/** Types to which PyTorch copies 32-bit elements as vectors (ATen/native/cuda/Copy.cu: bfloat16_copy_kernel_cuda). */
const NARROWED: ReadonlySet<string> = new Set(['bf16', 'fp16'])

/**
 * Whether a kernel works out an address for each element: operands that are not contiguous, look-ups, and copies
 * to another type, which load one element at a time, but for those from 32 bits to 16.
 */
function addressesEach(call: OpCall): boolean {
  if ('strided' in call && call.strided === true) return true
  if (LOOKUPS.has(call.op)) return true
  if (call.op !== 'copy' || call.outDtype === undefined || call.outDtype === call.dtype)
    return false
  return !(call.dtype === 'fp32' && NARROWED.has(call.outDtype))
}

/** Threads that share a row of each operation of PyTorch (launch.json). */
const { rowThreads, listThreads, elementsPerThread, leastBytes, kernels, vector } = launches

/** Whether a call works through parts of a list of tensors, of which the longest tell the time. */
function isList(call: OpCall): boolean {
  return call.op === 'elementwise' && call.chunk !== undefined
}

/** Threads that a row of so many columns has, where no trace tells the launch. */
function usualThreads(call: OpCall, cols: number): number {
  if (isList(call)) return listThreads.value
  const most = (rowThreads.value as { [Op in OpName]?: number })[call.op]
  const all = Math.ceil(cols / elementsPerThread.value)
  return most === undefined ? all : Math.min(most, all)
}

/** Elements that a thread loads at once: PyTorch's kernels load four, those of engines as many as fill a vector. */
function vectorOf(call: OpCall, source: string | undefined): number {
  if (source !== undefined && OF_PYTORCH.test(source)) return vector.elements
  const bytes = 'dtype' in call && call.dtype !== undefined ? dtypeBytes(call.dtype) : 0
  return bytes > 0 ? Math.max(1, vector.bytes / bytes) : vector.elements
}

/** Rows of kernels of PyTorch. */
const OF_PYTORCH = /^(?:pytorch|vidur|neusight|kernelbench)\b/

/** Kernels of PyTorch that an operation is made of. */
function kernelsOf(call: OpCall): number {
  const { forward, backward } = kernels
  // Rows that are not whole vectors have their mean and deviation from a kernel before.
  if (call.op === 'layernorm' && call.direction !== 'backward' && call.cols % vector.elements !== 0)
    return kernels.oddLayernorm
  const by: { [Op in OpName]?: number } =
    'direction' in call && call.direction === 'backward' ? backward : forward
  return by[call.op] ?? 1
}

export function streamedQuery(call: OpCall, options: EstimateOptions): Resolved {
  const [rows, cols] = rowsOf(call)
  const work = opWork(call)
  const bytes = work.readBytes + work.writeBytes
  // What has no rows has those of one vector at least.
  const elements = 'elements' in call ? call.elements : bytes / 2
  const whole = rows > 0 ? 1 : Math.max(1, VECTOR / Math.max(ONE_BYTE, elements))
  // A part of a row, where the last is not full: rows and columns always make up the elements.
  const places = rows > 0 ? rows : Math.max(1, elements / DEALT_OUT)
  const width = rows > 0 ? cols : Math.min(DEALT_OUT, elements * whole)
  const { threads, l2, source } = options
  const { passes, again } = passesOf(call, cols)
  const told = threads !== undefined && !isList(call) && bytes >= threads * leastBytes.value
  return {
    family: 'pointwise',
    kinds: streamedKinds(call),
    query: {
      rows: places,
      cols: width,
      bytes: bytes * whole,
      flops: work.flops * whole,
      strided: addressesEach(call),
      operation: STREAMED.indexOf(call.op),
      rowThreads: told ? threads / places : usualThreads(call, width),
      passes,
      passBytes: again * work.readBytes,
      vector: vectorOf(call, source),
      kernels: kernelsOf(call),
      warm: l2 === 'warm',
    },
  }
}

const NO_ROWS: [rows: number, cols: number] = [0, 0]

function rowsOf(call: OpCall): [rows: number, cols: number] {
  if (call.op === 'elementwise' && call.chunk !== undefined) {
    return [Math.ceil(call.elements / call.chunk), call.chunk]
  }
  // A reduction to a few results is shared out among all units, but for one that finds a place.
  const few = call.op === 'reduce' && call.rows < FEW_RESULTS && !call.function.startsWith('arg')
  if (few) return NO_ROWS
  if ('rows' in call && 'cols' in call) return [call.rows, call.cols]
  return ROWS[call.op]?.(call as never) ?? NO_ROWS
}

/** Query of a copy on the device; undefined for one that crosses the host's bus. */
export function memcpyQuery(
  call: OpCallOf<'memcpy'>,
  options: EstimateOptions,
): Resolved | undefined {
  const { direction } = call
  const inside = direction === 'device_to_device' || direction === 'unknown'
  return inside ? streamedQuery(call, options) : undefined
}

/** Query of work that is not of matrix products; undefined for those. */
export function otherQuery(
  call: OpCallOf<'other'>,
  options: EstimateOptions,
): Resolved | undefined {
  return call.matrixDtype === undefined ? streamedQuery(call, options) : undefined
}
