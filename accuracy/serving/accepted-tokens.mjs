// How many tokens a step with drafts gives a sequence, as a row of InferenceX tells it.
//
// A client sees chunks, each with the tokens of as many steps as the server's `stream_interval`: the mean gap between
// chunks over the mean time of a token is how many tokens a chunk has. Without drafts that is the interval itself.
// Those that the frameworks' scripts ask for, as rows without drafts show them: 1 where it is not set, 10, 20 or 30.
// Of longer ones the last chunk, which is not full, is too large a share.

/** Tokens of a chunk without drafts: the interval less what the first token and the last chunk take of it. */
const INTERVALS = [
  [/^(atom|mori-sglang)$/, () => 1],
  [/^dynamo-sglang$/, ({ hardware }) => ({ h100: 1, h200: 9.95, b200: 29.5 })[hardware]],
  [/^sglang$/, () => 9.95],
  [/^trt$/, () => 9.95],
  [
    /^dynamo-trt$/,
    ({ precision, hardware }) =>
      precision === 'fp8' && /^b[23]00/.test(hardware) ? 19.77 : undefined,
  ],
]

/** Most tokens of a step: three drafted ones, all accepted. More of them come of a longer interval than the usual. */
const MOST_TOKENS = 4

/** Tokens of a step, at least 1; null: the row does not tell. */
export function tokensPerStep(row) {
  const interval = INTERVALS.find(([pattern]) => pattern.test(row.framework))?.[1](row)
  const [itlS, tpotS] = [Number(row.mean_itl), Number(row.mean_tpot)]
  if (interval === undefined || !(itlS > 0 && tpotS > 0)) return null
  const tokens = itlS / tpotS / interval
  return tokens > MOST_TOKENS ? null : Math.max(1, tokens)
}
