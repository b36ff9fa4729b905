// Orders in which a loop visits the tiles of a product, outermost dimension first, as LLMCompass writes
// them: `knm` has k outermost and m innermost.
import type { Machine } from './machine.js'

/** All orders, in LLMCompass' order of trying. */
export const LOOP_ORDERS = ['mkn', 'mnk', 'nkm', 'nmk', 'knm', 'kmn'] as const

/** One of {@link LOOP_ORDERS}. */
export type LoopOrder = (typeof LOOP_ORDERS)[number]

/** A dimension of a product. */
export type Axis = 'm' | 'n' | 'k'

/** The dimensions of an order, outermost first. */
export function axesOf(order: LoopOrder): readonly [Axis, Axis, Axis] {
  return [...order] as [Axis, Axis, Axis]
}

/**
 * Those of `orders` that visit tiles in different sequences, the first of equal ones kept: a dimension
 * of a single tile may stand anywhere.
 */
export function distinctOrders(
  orders: readonly LoopOrder[],
  counts: Readonly<Record<Axis, number>>,
): LoopOrder[] {
  if (orders.length === 1) return [...orders]
  const seen = new Set<string>()
  return orders.filter((order) => {
    const key = axesOf(order)
      .filter((axis) => counts[axis] > 1)
      .join('')
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** The device that computes the transposed product as this one computes the product. */
export function transposedMachine(machine: Machine): Machine {
  const { bytes } = machine
  return {
    ...machine,
    bytes: {
      ...bytes,
      dramLeft: bytes.dramRight,
      dramRight: bytes.dramLeft,
      l2Left: bytes.l2Right,
      l2Right: bytes.l2Left,
    },
  }
}
