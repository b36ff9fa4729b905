// What each operation of a model becomes when it is divided over another number of devices. The model's own steps,
// built for both numbers, say it: operations of one name are the same operation before and after.
import { buildStep, type GraphOp, type ModelConfig } from '@flowsim/model-graph'
import { isCollective, type OpCall } from '@flowsim/trace-schema'

/** An operation of the model before and after, and the collective that follows it only after. */
export interface Shard {
  name: string
  before: OpCall
  /** Absent for a collective that is not needed any more. */
  after?: OpCall
  added?: OpCall
}

/** Both phases, so that every attention kernel is there. */
const BATCH = [{ newTokens: 7 }, { newTokens: 1, pastTokens: 9 }]
/** Tokens of the steps that are compared. */
export const SHARD_TOKENS = 8

/**
 * The operations of a model on one of `before` and of `after` devices.
 * @throws ModelGraphError `invalid_parallelism` for a number that does not divide the model
 */
export function shardsOf(model: ModelConfig, before: number, after: number): Shard[] {
  return (['fused', 'grouped'] as const).flatMap((experts) => {
    const [from, to] = [before, after].map(
      (tensor) => buildStep(model, { parallelism: { tensor }, batch: BATCH, experts }).ops,
    )
    const shards = pair(from!, to!)
    return [...shards, ...apart(shards)]
  })
}

const keyOf = ({ module, name }: GraphOp) => `${module} ${name}`

/** Operations by name, in their order; collectives that are there only after are added to what they follow. */
function pair(from: readonly GraphOp[], to: readonly GraphOp[]): Shard[] {
  const waiting = new Map<string, OpCall[]>()
  for (const op of to) waiting.set(keyOf(op), [...(waiting.get(keyOf(op)) ?? []), op.call])
  const shards = from.map((op): Shard => {
    const after = waiting.get(keyOf(op))?.shift()
    return { name: op.name, before: op.call, ...(after === undefined ? {} : { after }) }
  })
  const known = new Set(from.map(keyOf))
  let last: Shard | undefined
  for (const op of to) {
    if (known.has(keyOf(op))) last = shards.find(({ after }) => after === op.call)
    else if (isCollective(op.call) && last !== undefined) last.added = op.call
  }
  return shards
}

/** Products that engines run as one and eager programs apart: queries, keys, values; gate and up. */
function apart(shards: readonly Shard[]): Shard[] {
  const find = (name: string) => shards.find((each) => each.name === name)
  const attention = find('attention_prefill')
  const part = (
    name: string,
    whole: Shard | undefined,
    width: (side: 'before' | 'after') => number,
  ) => {
    const [before, after] = [whole?.before, whole?.after]
    if (before?.op !== 'matmul' || after?.op !== 'matmul') return []
    return [
      {
        name,
        before: { ...before, n: width('before') },
        after: { ...after, n: width('after') },
      },
    ]
  }
  const heads = (of: 'heads' | 'kvHeads') => (side: 'before' | 'after') => {
    const call = attention?.[side]
    return call?.op === 'attention' ? call[of] * call.headDim : 0
  }
  const gateUp = find('gate_up_proj')
  const half = (side: 'before' | 'after') => {
    const call = gateUp?.[side]
    return call?.op === 'matmul' ? call.n / 2 : 0
  }
  return [
    ...part('q_proj', attention && find('qkv_proj'), heads('heads')),
    ...part('k_proj', attention && find('qkv_proj'), heads('kvHeads')),
    ...part('gate_proj', gateUp, half),
  ]
}
