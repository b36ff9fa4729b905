// Medians of the same measurements, where InferenceX's file has them: a measurement is the same if both means are.

const key = (ttftMs, tpotMs) => `${ttftMs.toFixed(2)} ${tpotMs.toFixed(3)}`

/** The rows of InferenceX's file, in seconds, by their means. */
export function readPublished(rows) {
  return new Map(rows.map((row) => [key(1e3 * row.mean_ttft, 1e3 * row.mean_tpot), row]))
}

/** The median TTFT of a point in milliseconds; null: not published. */
export function medianTtftMs(published, { ttftMs, tpotMs }) {
  const row = published.get(key(ttftMs, tpotMs))
  return row === undefined ? null : 1e3 * row.median_ttft
}
