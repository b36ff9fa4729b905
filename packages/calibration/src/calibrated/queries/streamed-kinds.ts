// Which kinds of rows speak about an operation that streams its operands, by the operation, its function and its
// type.
import type { OpCall } from '@flowsim/trace-schema'
import list from './kinds.json' with { type: 'json' }

const { byOperation, otherOperations, otherFunctions, oneScale, lists } = list.streamed
const BY_OPERATION: Partial<Record<OpCall['op'], readonly string[]>> = byOperation
const functionKinds = new Map<string, readonly string[]>()
/** Names of functions are the users': no more of them are remembered. */
const REMEMBERED = 1000

/** Kinds of rows for an operation, the best first. */
export function streamedKinds(call: OpCall): readonly string[] {
  // Each block works through a part of a list of tensors, as through a row.
  if (call.op === 'elementwise' && call.chunk !== undefined) return lists
  const kinds = kindsOf(call)
  const dtype = 'dtype' in call ? call.dtype : undefined
  return dtype === 'fp32' || dtype === 'fp64' ? widened(kinds) : kinds
}

function kindsOf(call: OpCall): readonly string[] {
  if (call.op === 'elementwise') return kindsOfFunction(call.function)
  if (call.op === 'quantize' && (call.groupSize ?? 0) >= call.rows * call.cols) return oneScale
  return BY_OPERATION[call.op] ?? otherOperations
}

function kindsOfFunction(name: string): readonly string[] {
  const known = functionKinds.get(name)
  if (known !== undefined) return known
  const kinds = [name, ...otherFunctions]
  if (functionKinds.size < REMEMBERED) functionKinds.set(name, kinds)
  return kinds
}

const POOLED = 'eager'

/** Whether rows of several functions share a kind. */
export function isPooled(kind: string): boolean {
  return kind.startsWith(POOLED)
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
