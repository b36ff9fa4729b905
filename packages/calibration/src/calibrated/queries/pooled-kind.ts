// The kind under which few rows of several kinds of kernels are fitted together.
import { isPooled } from './streamed-kinds.js'

/** Attention without a mask, whose rows may be fitted with those under one. */
const FULL = '-full'

/** The kind under which rows are pooled: of all functions, with and without a mask; undefined for others. */
export function pooledKind(kinds: readonly string[]): string | undefined {
  if (kinds[0]?.endsWith(FULL)) return kinds.find((kind) => !kind.endsWith(FULL))
  return kinds.find(isPooled)
}
