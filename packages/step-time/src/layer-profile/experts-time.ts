// Experts of a layer in one step, from what was measured on one device with all of them.
import type { NestedTable } from './nested-table.js'

/** How the experts of a layer are divided. */
export interface ExpertShare {
  experts: number
  /** Experts of a token. */
  topk: number
  /** Groups of experts, each on its own devices. */
  expertParallel: number
}

/**
 * Microseconds of the experts of one layer on one device.
 *
 * A device with a share of the experts works on the same share of the tokens' choices. Of its experts those count
 * that any token goes to: with uniform choices 1 − (1 − topk / experts)^tokens of them.
 * @param tokens - of all replicas
 */
export function expertsUs(
  table: NestedTable,
  { experts, topk, expertParallel }: ExpertShare,
  tokens: number,
): number {
  const active = (experts / expertParallel) * (1 - (1 - topk / experts) ** tokens)
  return table.at(tokens / expertParallel, active)
}
