// Operations that stream their operands once: rows of elements that are dealt to the compute units.
import type { EstimateOptions } from '@flowsim/perf-model'
import { type OpCall, type OpCallOf, type OpName, opWork } from '@flowsim/trace-schema'
import { STREAMED } from '../families/streamed.js'
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

/**
 * Whether a kernel works out an address for each element: operands that are not contiguous, look-ups, and copies
 * to another type, which load one element at a time.
 */
function addressesEach(call: OpCall): boolean {
  if ('strided' in call && call.strided === true) return true
  if (LOOKUPS.has(call.op)) return true
  return call.op === 'copy' && call.outDtype !== undefined && call.outDtype !== call.dtype
}

export function streamedQuery(call: OpCall, { l2 }: EstimateOptions): Resolved {
  const [rows, cols] = rowsOf(call)
  const work = opWork(call)
  const bytes = work.readBytes + work.writeBytes
  // What has no rows has those of one vector at least.
  const elements = 'elements' in call ? call.elements : bytes / 2
  const whole = rows > 0 ? 1 : Math.max(1, VECTOR / Math.max(ONE_BYTE, elements))
  return {
    family: 'pointwise',
    kinds: streamedKinds(call),
    query: {
      rows: rows > 0 ? rows : Math.ceil(elements / DEALT_OUT),
      cols: rows > 0 ? cols : Math.min(DEALT_OUT, elements * whole),
      bytes: bytes * whole,
      flops: work.flops * whole,
      strided: addressesEach(call),
      operation: STREAMED.indexOf(call.op),
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
