// How many tokens a step with drafts gives a sequence, as a row of InferenceX tells it.
//
// A client sees chunks. The first has one token, each other one the tokens of as many steps as the server's
// `stream_interval`, and the last what is left: an output of L tokens with n a step comes in ⌈(L − 1) / (n × interval)⌉
// chunks after the first. The mean gap between chunks over the mean time of a token is how many tokens a chunk has in
// the mean over all lengths of the client, and n is what gives that many.
// Intervals are those that the frameworks' scripts ask for, as rows without drafts, whose n is 1, show them.

const INTERVALS = [
  [/^(atom|mori-sglang)$/, () => 1],
  [/^dynamo-sglang$/, ({ hardware }) => ({ h100: 1, h200: 10, b200: 30 })[hardware] ?? 50],
  [/^(sglang|trt)$/, () => 10],
  [
    /^dynamo-trt$/,
    ({ precision, hardware }) => (precision === 'fp8' && /^b[23]00/.test(hardware) ? 20 : 100),
  ],
]

/** Most tokens of a step: three drafted ones, all accepted. More of them come of a longer interval than the usual. */
const MOST_TOKENS = 4

/** The shortest output of the client over the longest: `--random-range-ratio`. */
const SHORTEST = 0.8

/** Tokens of a step, at least 1; null: the row does not tell. */
export function tokensPerStep(row) {
  const interval = INTERVALS.find(([pattern]) => pattern.test(row.framework))?.[1](row)
  const [itlS, tpotS, most] = [Number(row.mean_itl), Number(row.mean_tpot), Number(row.osl)]
  if (interval === undefined || !(itlS > 0 && tpotS > 0)) return null
  const counted = itlS / tpotS
  if (counted > chunkTokens(MOST_TOKENS, interval, most)) return null
  // Where all lengths come in as many chunks for a range of n, the middle of the range is taken.
  const atLeast = bisected((n) => chunkTokens(n, interval, most) < counted * 0.998)
  const atMost = bisected((n) => chunkTokens(n, interval, most) <= counted * 1.002)
  return (atLeast + atMost) / 2
}

/** Mean tokens of a chunk after the first, of outputs as long as the client's. */
export function chunkTokens(tokensOfStep, interval, most) {
  let tokens = 0
  let chunks = 0
  for (let length = Math.ceil(SHORTEST * most); length <= most; length++) {
    tokens += length - 1
    chunks += Math.ceil((length - 1) / (tokensOfStep * interval))
  }
  return tokens / chunks
}

/** Where a condition that holds for small numbers of tokens ends. */
function bisected(isBelow) {
  let low = 1
  let high = MOST_TOKENS
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2
    if (isBelow(middle)) low = middle
    else high = middle
  }
  return (low + high) / 2
}
