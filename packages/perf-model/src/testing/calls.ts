// One call of every operation of the vocabulary, and random ones made from it.
import {
  OP_NAMES,
  OPERATIONS,
  type OpCall,
  type OpCallOf,
  type OpName,
} from '@flowsim/trace-schema'
import fc from 'fast-check'

/** A typical call of every operation. */
export const SAMPLES = Object.fromEntries(OP_NAMES.map((op) => [op, OPERATIONS[op].example])) as {
  [Op in OpName]: OpCallOf<Op>
}

/** Numbers that say how much work a call is, by operation. */
export function workFields(call: OpCall): string[] {
  return Object.entries(call)
    .filter(([key, value]) => typeof value === 'number' && !NOT_WORK.has(key))
    .map(([key]) => key)
}

// More experts or parallel ranks spread the same work, and more devices may share it.
const NOT_WORK = new Set([
  'tensorParallel',
  'expertParallel',
  'experts',
  'groups',
  'devices',
  'topk',
  'k',
  'heads',
  'kvHeads',
])

/** Any call of any operation with sizes from 0 or 1 to a few million. */
export function anyCall(ops: readonly OpName[] = OP_NAMES): fc.Arbitrary<OpCall> {
  return fc.constantFrom(...ops).chain((op) => {
    const sample = SAMPLES[op] as Record<string, unknown>
    const numbers = Object.keys(sample).filter((key) => typeof sample[key] === 'number')
    const { atMost = {} } = OPERATIONS[op] as { atMost?: Record<string, string> }
    return fc.record(Object.fromEntries(numbers.map((key) => [key, sizeOf(key)]))).map((sizes) => {
      for (const [part, whole] of Object.entries(atMost)) {
        sizes[part] = Math.min(sizes[part]!, sizes[whole]!)
      }
      return { ...sample, ...sizes } as unknown as OpCall
    })
  })
}

function sizeOf(key: string): fc.Arbitrary<number> {
  if (key === 'devices') return fc.integer({ min: 1, max: 4 })
  const largest = /^(bytes|elements|readBytes|writeBytes|flops)$/.test(key) ? 2 ** 40 : 2 ** 16
  return fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: largest }))
}
