// Recorded shapes come from outside: a call is given only if its numbers can be sizes.
import type { OpCall } from '@flowsim/trace-schema'

/** Means and sums over sequences. */
const FRACTIONS = new Set(['queryLen', 'kvLen', 'pairs'])

/** Numbers that an operation cannot do without. */
const COUNTS = new Set([
  'batch',
  'groups',
  'activeGroups',
  'topk',
  'experts',
  'heads',
  'kvHeads',
  'headDim',
  'headDimV',
  'devices',
  'k',
])

/** Whether every number of a call is a size, or a count of at least one. */
export function isSound(call: OpCall): boolean {
  for (const [key, value] of Object.entries(call)) {
    if (typeof value !== 'number') continue
    if (!Number.isFinite(value) || value < 0) return false
    if (FRACTIONS.has(key) ? value === 0 : !Number.isSafeInteger(value)) return false
    if (value === 0 && COUNTS.has(key) && !mayBeZero(call, key)) return false
  }
  return true
}

function mayBeZero(call: OpCall, key: string): boolean {
  return (key === 'k' && call.op !== 'topk') || (call.op === 'rope' && key !== 'headDim')
}
