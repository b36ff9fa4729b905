// What a step works on: sequences with tokens to compute and tokens whose keys and values are there.
//
// A prompt is {newTokens: p}; with a prefix in the cache or as a later chunk it has pastTokens too; a
// decoding sequence is {newTokens: 1, pastTokens: c}. Attention kernels take a whole batch, so a
// batch comes down to a few sums.
import { ModelGraphError } from './errors.js'

/** A sequence, or `count` equal ones, in a step. */
export interface SequenceStep {
  /** Tokens computed in this step. */
  newTokens: number
  /** Tokens before them, whose keys and values are in the cache; 0 if absent. */
  pastTokens?: number
  /** Equal sequences; 1 if absent. */
  count?: number
  /** Which attention kernel takes it; `decode` for one token after others, else `prefill`. */
  phase?: 'prefill' | 'decode'
  /** Whether a token is sampled after it: not after the chunks before the last; true if absent. */
  sampled?: boolean
}

/** The sums that the operations of a step depend on. */
export interface BatchSummary {
  prefillSequences: number
  prefillTokens: number
  /** Keys that prefill sequences attend to: past and new tokens. */
  prefillKeys: number
  /** (query, key) pairs under the causal mask: Σ n·past + n·(n + 1)/2 for n new tokens. */
  prefillPairs: number
  decodeSequences: number
  decodeTokens: number
  /** Keys that decoding sequences attend to: past and new tokens. */
  decodeKeys: number
  /** Sequences after which a token is sampled. */
  samples: number
}

/** (query, key) pairs of one sequence under the causal mask. */
export function causalPairs(newTokens: number, pastTokens: number): number {
  return newTokens * pastTokens + (newTokens * (newTokens + 1)) / 2
}

/**
 * Sums up a batch.
 * @throws {@link ModelGraphError} `invalid_batch` for an empty batch or a count that cannot be
 */
export function summarizeBatch(batch: readonly SequenceStep[]): BatchSummary {
  const summary: BatchSummary = {
    prefillSequences: 0,
    prefillTokens: 0,
    prefillKeys: 0,
    prefillPairs: 0,
    decodeSequences: 0,
    decodeTokens: 0,
    decodeKeys: 0,
    samples: 0,
  }
  if (batch.length === 0) {
    throw new ModelGraphError('invalid_batch', 'batch: has no sequences', { path: 'batch' })
  }
  for (let index = 0; index < batch.length; index++) {
    const sequence = batch[index]!
    const { newTokens, pastTokens = 0, count = 1 } = sequence
    check(newTokens, 1, index, 'newTokens')
    check(pastTokens, 0, index, 'pastTokens')
    check(count, 1, index, 'count')
    if (phaseOf(sequence) === 'decode') {
      summary.decodeSequences += count
      summary.decodeTokens += count * newTokens
      summary.decodeKeys += count * (pastTokens + newTokens)
    } else {
      summary.prefillSequences += count
      summary.prefillTokens += count * newTokens
      summary.prefillKeys += count * (pastTokens + newTokens)
      summary.prefillPairs += count * causalPairs(newTokens, pastTokens)
    }
    if (sequence.sampled !== false) summary.samples += count
  }
  return summary
}

/** The attention kernel that takes a sequence. */
export function phaseOf(sequence: SequenceStep): 'prefill' | 'decode' {
  const { newTokens, pastTokens = 0 } = sequence
  return sequence.phase ?? (newTokens === 1 && pastTokens > 0 ? 'decode' : 'prefill')
}

/** Groups sequences of equal lengths and phase, in order of their first one. */
export function lengthGroups(batch: readonly SequenceStep[]): BatchSummary[] {
  const groups = new Map<string, SequenceStep & { count: number }>()
  for (const sequence of batch) {
    const { newTokens, pastTokens = 0, count = 1 } = sequence
    const phase = phaseOf(sequence)
    const key = `${phase} ${newTokens} ${pastTokens}`
    const group = groups.get(key)
    if (group !== undefined) group.count += count
    else groups.set(key, { newTokens, pastTokens, count, phase })
  }
  return [...groups.values()].map((group) => summarizeBatch([group]))
}

function check(value: number, least: number, index: number, field: string): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new ModelGraphError(
    'invalid_batch',
    `batch[${index}].${field}: is ${String(value)}; an integer from ${least} belongs here`,
    { path: `batch[${index}].${field}` },
  )
}
