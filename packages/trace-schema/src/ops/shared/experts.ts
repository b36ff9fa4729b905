// How many experts the tokens of a batch reach.

/**
 * Experts that at least one of `tokens` tokens goes to, where each goes to `topk` different ones of
 * `experts`, all as likely: e·(1 − (1 − k/e)^t). A single token reaches exactly topk.
 */
export function touchedExperts(tokens: number, topk: number, experts: number): number {
  if (tokens <= 0) return 0
  const share = topk / experts
  return share >= 1 ? experts : experts * -Math.expm1(tokens * Math.log1p(-share))
}
