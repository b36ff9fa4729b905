// Attention of a layer in one step, from what was measured: chunks alone, decodes alone, both together.
import type { ReplicaBatch } from '../replica-batch.js'
import type { AttentionProfile } from './layer-profile.js'

/**
 * Microseconds of attention of one layer.
 *
 * Several chunks in a step were not measured: they take the time of one that multiplies as many queries with as
 * many keys. Decodes of unequal lengths take the time of equal ones of the mean length, and the measured share of
 * the way to that of the longest. Drafted tokens of a sequence were not measured: they read its keys together, and
 * take the time of one.
 */
export function attentionUs(profile: AttentionProfile, batch: ReplicaBatch): number {
  const { prefillTokens, prefillPairs, decodeSequences, decodeKeys } = batch
  let tokens = prefillTokens
  let context = 0
  if (tokens > 0) {
    context = prefillPairs / tokens - (tokens + 1) / 2
    if (context < 0) {
      context = 0
      // t (t + 1) / 2 pairs of a chunk without context.
      tokens = (Math.sqrt(1 + 8 * prefillPairs) - 1) / 2
    }
  }
  if (decodeSequences === 0) return tokens === 0 ? 0 : prefillUs(profile, tokens, context)
  const mean = decodeKeys / decodeSequences
  const us = stepUs(profile, tokens, context, decodeSequences, mean)
  const { shortestDecode: least, longestDecode: most } = batch
  if (profile.skew === null || decodeSequences === 1 || most <= least) return us
  const ratio = Math.min(1, Math.max(0, (mean - least) / (most - least)))
  const share = profile.skew.at(tokens, context, decodeSequences, ratio, least)
  if (share <= 0) return us
  const atMost = stepUs(profile, tokens, context, decodeSequences, most)
  return us + Math.min(1, share) * Math.max(0, atMost - us)
}

function prefillUs({ prefill }: AttentionProfile, tokens: number, context: number): number {
  return prefill === null ? 0 : prefill.at(tokens, context)
}

/** With decodes of equal lengths. */
function stepUs(
  profile: AttentionProfile,
  tokens: number,
  context: number,
  sequences: number,
  length: number,
): number {
  const { decode, mixed } = profile
  if (tokens === 0) return decode.at(sequences, length)
  if (mixed !== null) return mixed.at(tokens, context, sequences, length)
  return prefillUs(profile, tokens, context) + decode.at(sequences, length)
}
