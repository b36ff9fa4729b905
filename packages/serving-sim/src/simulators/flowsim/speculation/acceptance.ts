// How many drafted tokens of a sequence the model accepts in a step.
//
// Every law comes down to the chance that at least the first i drafted tokens are accepted, i = 1 … depth. One draw
// from [0, 1) then gives a number of tokens: those whose chance lies above it.
//
// With a constant chance a of each token and a depth k, a step gives (1 − a^(k + 1)) / (1 − a) tokens on average, the
// one that the model samples after the accepted ones included.
// Source: Leviathan et al., "Fast Inference from Transformers via Speculative Decoding" (2023), equation 1.

/** What is known of the acceptance of drafted tokens. */
export type AcceptanceLaw =
  /** Chance of each token, once those before it are accepted. */
  | number
  /** Share of steps in which the token at each position was accepted, as engines report it. */
  | readonly number[]
  /** Steps in which 0, 1, 2, … drafted tokens were accepted. */
  | { histogram: readonly number[] }
  /** Mean tokens of a step, the sampled one included; the chance of each token is a constant. */
  | { meanTokens: number }

/**
 * Chances that at least the first 1 … `depth` drafted tokens are accepted.
 * @param branches candidates of each position: with b of them one is accepted by a chance of 1 − (1 − a)^b, as if
 * they were independent; shares and counts were measured with what was drafted, and are taken as they are
 */
export function reachOf(
  law: AcceptanceLaw,
  depth: number,
  branches: readonly number[] = new Array<number>(depth).fill(1),
): number[] {
  if (typeof law === 'number') return constantReach(law, branches)
  if (!('histogram' in law) && !('meanTokens' in law)) return [...law]
  if ('histogram' in law) return histogramReach(law.histogram, depth)
  return constantReach(constantOf(law.meanTokens, branches), branches)
}

/** Mean tokens of a step: the accepted ones and the one that the model samples after them. */
export const meanTokensOf = (reach: readonly number[]): number =>
  reach.reduce((sum, chance) => sum + chance, 1)

/**
 * How many of the drafted tokens are accepted.
 * @param draw from [0, 1)
 */
export function acceptedTokens(reach: readonly number[], drafted: number, draw: number): number {
  const most = Math.min(reach.length, drafted)
  let accepted = 0
  while (accepted < most && draw < reach[accepted]!) accepted++
  return accepted
}

function constantReach(chance: number, branches: readonly number[]): number[] {
  let reached = 1
  return branches.map((count) => {
    reached *= 1 - (1 - chance) ** count
    return reached
  })
}

function histogramReach(histogram: readonly number[], depth: number): number[] {
  const all = histogram.reduce((sum, count) => sum + count, 0)
  let left = all
  return Array.from({ length: depth }, (_, i) => {
    left -= histogram[i] ?? 0
    return left / all
  })
}

/** The constant chance with which a step gives so many tokens, by bisection. */
function constantOf(meanTokens: number, branches: readonly number[]): number {
  let low = 0
  let high = 1
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (meanTokensOf(constantReach(middle, branches)) < meanTokens) low = middle
    else high = middle
  }
  return (low + high) / 2
}
