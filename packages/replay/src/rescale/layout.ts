// Operations of a trace with the model divided over another number of devices: each is found among the model's
// operations by its sizes and takes those that it has after.
import { isCollective, type KernelOperation, type OpCall } from '@flowsim/trace-schema'
import { SHARD_TOKENS, type Shard } from './shards.js'
import type { StepSizes } from './step-sizes.js'

/** An operation after the change. */
export type Resharded =
  | { call: OpCall; added?: OpCall }
  /** A collective that is not needed any more. */
  | 'removed'
  /** None of the model's operations has these sizes, or several do that differ after. */
  | 'unknown'

/** Fields whose size depends on the batch; all other numbers say which operation of the model it is. */
const ROWS = new Set(['m', 'rows', 'tokens', 'elements', 'bytes', 'pairs', 'queryLen', 'kvLen'])
const FREE: Partial<Record<OpCall['op'], readonly string[]>> = {
  attention: ['batch', 'headDimV', 'window', 'windowRight'],
  grouped_gemm: ['activeGroups', 'topk'],
  reduce: [],
}
/** Operations whose sizes do not depend on how the model is divided. */
const WHOLE = new Set<OpCall['op']>(['memcpy', 'memset', 'fill', 'random', 'moe_route', 'sampling'])

type Numbers = Record<string, unknown>

/** The operations of one step on one of another number of devices. */
export class Resharding {
  readonly #byOp = new Map<OpCall['op'], Shard[]>()
  readonly #widths: Map<number, number | null>

  constructor(
    readonly before: number,
    readonly after: number,
    shards: readonly Shard[],
  ) {
    for (const shard of shards) {
      const { op } = shard.before
      this.#byOp.set(op, [...(this.#byOp.get(op) ?? []), shard])
    }
    this.#widths = widthsOf(shards)
  }

  /** What the operation is after; `afterAttention` tells output projections from input projections of equal sizes. */
  of(call: OpCall, step: StepSizes, afterAttention: boolean): Resharded {
    if (WHOLE.has(call.op)) return { call }
    if (isCollective(call)) {
      if (call.devices !== this.before) return { call }
      return this.after === 1 ? 'removed' : { call: { ...call, devices: this.after } }
    }
    if ('elements' in call) return this.#byWidth(call, step)
    const found = (this.#byOp.get(call.op) ?? []).filter(({ before }) => isSame(call, before))
    const fitting = found.filter(({ before }) => rowsFit(call, before, step))
    const candidates = fitting.length > 0 ? fitting : found
    const output = candidates.find(({ name }) => /^o_proj$|^wo$/.test(name))
    const chosen =
      candidates.length > 1 && output !== undefined
        ? candidates.filter(({ name }) => (name === output.name) === afterAttention)
        : candidates
    const results = chosen.map((shard) => applied(call, shard))
    const [first] = results
    if (first === undefined) return this.#untouched(call)
    const alike = results.every((each) => JSON.stringify(each) === JSON.stringify(first))
    return alike ? first : 'unknown'
  }

  /** An operation on each element, by the width of a token's row. */
  #byWidth(call: OpCall & { elements: number }, { tokens }: StepSizes): Resharded {
    if (tokens === null || call.elements % tokens !== 0) return 'unknown'
    const width = call.elements / tokens
    const after = this.#widths.get(width)
    if (after === undefined || after === null) return 'unknown'
    if (after === width) return { call }
    const scaled = { ...call } as OpCall & { elements: number }
    const sizes = scaled as unknown as Record<string, number | undefined>
    for (const name of ['elements', 'readBytes', 'writeBytes']) {
      if (sizes[name] !== undefined) sizes[name] = Math.round((sizes[name]! * after) / width)
    }
    return { call: scaled }
  }

  /** Rows of a width that the division leaves alone. */
  #untouched(call: OpCall): Resharded {
    return 'cols' in call && this.#widths.get(call.cols) === call.cols ? { call } : 'unknown'
  }
}

/** Whether the numbers that say which operation it is are equal. */
function isSame(call: OpCall, model: OpCall): boolean {
  const free = FREE[call.op] ?? []
  const [a, b] = [call as unknown as Numbers, model as unknown as Numbers]
  return Object.keys(b).every(
    (name) =>
      typeof b[name] !== 'number' || ROWS.has(name) || free.includes(name) || a[name] === b[name],
  )
}

/** Whether a token has as many rows in both. */
function rowsFit(call: OpCall, model: OpCall, { tokens, sequences }: StepSizes): boolean {
  if (!('rows' in call && 'rows' in model)) return true
  return [tokens, sequences].some(
    (unit) => unit !== null && call.rows / unit === model.rows / SHARD_TOKENS,
  )
}

/** The call with each number changed as it changes in the model. */
function applied(call: OpCall, { before, after, added }: Shard): Exclude<Resharded, string> {
  const next = { ...call } as unknown as Numbers
  const [from, to] = [before as unknown as Numbers, (after ?? before) as unknown as Numbers]
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [a, b, own] = [from[name], to[name], next[name]]
    if (typeof b !== 'number') continue
    if (typeof a === 'number' && typeof own === 'number') {
      if (a !== b) next[name] = Math.round((own * b) / a)
    } else if (a === undefined && own === undefined) next[name] = b
  }
  const result = next as unknown as OpCall
  if (added === undefined) return { call: result }
  const rows = (each: OpCall) => {
    const sizes = each as unknown as Record<string, number>
    return sizes.m ?? sizes.tokens ?? sizes.rows ?? 1
  }
  const collective = added as OpCall & { elements: number }
  const elements = Math.round((collective.elements * rows(call)) / rows(before))
  return { call: result, added: { ...collective, elements } as OpCall }
}

/** Widths of a token's row before and after; null where one width becomes several. */
function widthsOf(shards: readonly Shard[]): Map<number, number | null> {
  const widths = new Map<number, number | null>()
  const add = (before: number, after: number) => {
    const known = widths.get(before)
    widths.set(before, known === undefined || known === after ? after : null)
  }
  for (const { name, before, after } of shards) {
    // Logits are gathered at once.
    if (after === undefined || name === 'lm_head') continue
    if (before.op === 'matmul' && after.op === 'matmul') {
      add(before.n, after.n)
      add(before.k, after.k)
    } else if ('cols' in before && 'cols' in after) add(before.cols, after.cols)
  }
  return widths
}

/** Whether the operation before on the stream was an attention kernel, for each kernel of a step that is a product. */
export function productsAfterAttention(
  { kernels }: StepSizes,
  operations: readonly KernelOperation[],
): Set<number> {
  const found = new Set<number>()
  let isAfter = false
  for (const k of kernels) {
    const { op, call } = operations[k]!
    if (op === 'attention') isAfter = true
    else if (call?.op === 'matmul') {
      if (isAfter) found.add(k)
      isAfter = false
    }
  }
  return found
}
