// Operations of another batch, or of longer sequences. What belongs to the batch is a multiple of its sequences,
// or of its tokens; the rest (weights, tables) stays as it is.
import type { OpCall } from '@flowsim/trace-schema'
import type { StepSizes } from './step-sizes.js'

/** A call with other dimensions; null where its dimensions do not show how they follow from the batch. */
export type Scaled = OpCall | null

/** Fields that hold rows, of which a call has one, and those that follow from it. */
const ROWS = ['m', 'rows', 'tokens', 'elements', 'bytes'] as const
const FOLLOWING = ['readBytes', 'writeBytes', 'pairs'] as const

type Sizes = Record<string, number | undefined>

/** The call with `factor` times the sequences. */
export function scaleBatch(call: OpCall, factor: number, step: StepSizes): Scaled {
  const unit = step.sequences ?? step.tokens
  if (unit === null) return null
  switch (call.op) {
    case 'attention':
    case 'conv':
      return times(call, ['batch', 'pairs'], factor)
    case 'bmm':
      return scaleProducts(call, factor, unit, step)
    default:
      return scaleRows(call, factor, unit)
  }
}

/** Products of weights have tokens as rows; those of an attention are as many as there are heads of sequences. */
function scaleProducts(
  call: OpCall & { op: 'bmm' },
  factor: number,
  unit: number,
  { tokens, sequences }: StepSizes,
): Scaled {
  const ofWeights =
    (call.m === tokens || call.m === sequences) && call.n !== tokens && call.k !== tokens
  if (ofWeights) return times(call, ['m'], factor)
  return call.batch % unit === 0 ? times(call, ['batch'], factor) : null
}

/** The call with sequences `factor` times as long: prompts have more tokens, decoding ones more keys. */
export function scaleSequence(call: OpCall, factor: number, step: StepSizes): Scaled {
  const { phase, tokens, queryLen, kvLen } = step
  if (phase === null || phase === 'mixed' || tokens === null) return null
  const isPrefill = phase === 'prefill'
  switch (call.op) {
    case 'attention': {
      const longer = times(call, isPrefill ? ['queryLen', 'kvLen'] : ['kvLen'], factor)
      return times(longer, ['pairs'], isPrefill ? factor ** 2 : factor)
    }
    case 'bmm':
    case 'softmax': {
      const lengths = isPrefill ? [queryLen, kvLen] : [kvLen]
      const longer = times(
        call,
        (['m', 'n', 'k', 'cols'] as const).filter((name) =>
          lengths.includes((call as unknown as Sizes)[name] ?? null),
        ),
        factor,
      )
      return isPrefill ? (scaleRows(longer, factor, tokens) ?? longer) : longer
    }
    default:
      return isPrefill ? (scaleRows(call, factor, tokens) ?? ofSequences(call, step)) : call
  }
}

/** What has a row for each sequence, as the LM head after a prompt, does not change with their length. */
function ofSequences(call: OpCall, { sequences }: StepSizes): Scaled {
  const sizes = call as unknown as Sizes
  return ROWS.some((name) => sizes[name] === sequences) ? call : null
}

/** The call with `factor` times the rows, where they are a multiple of the unit. */
function scaleRows(call: OpCall, factor: number, unit: number): Scaled {
  const sizes = call as unknown as Sizes
  const isMultiple = (name: string) => sizes[name]! > 0 && sizes[name]! % unit === 0
  let rows: string | undefined = ROWS.find((name) => name in sizes)
  if (rows === undefined) return call
  // A reduction to one result has what is reduced in its row.
  if (call.op === 'reduce' && call.rows === 1 && !isMultiple(rows)) rows = 'cols'
  if (!isMultiple(rows)) return null
  const scaled = times(call, [rows, ...FOLLOWING], factor)
  // How many experts get rows follows from the rows.
  if (scaled.op === 'grouped_gemm') delete scaled.activeGroups
  return scaled
}

/** Fields of a call by a factor; means stay broken, counts do not. */
function times<Call extends OpCall>(call: Call, fields: readonly string[], factor: number): Call {
  const scaled = { ...call }
  const sizes = scaled as unknown as Sizes
  for (const name of fields) {
    const value = sizes[name]
    if (value === undefined) continue
    const next = value * factor
    sizes[name] = Number.isInteger(value) ? Math.max(1, Math.round(next)) : next
  }
  return scaled
}
