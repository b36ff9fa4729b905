// ReaLLM's helper for service-level objectives: percentiles of the requests in a `sim_results.csv`,
// in milliseconds. Percentile p is the value at index floor(n · p / 100) in ascending order.

/** Percentiles 50, 90 and 99, in milliseconds. */
export type ReallmPercentiles = Record<'50' | '90' | '99', number>

export interface ReallmSlo {
  /** First token after arrival. */
  ttftMs: ReallmPercentiles
  /** Mean time between tokens of a request. */
  tbtMs: ReallmPercentiles
  /** Last token after arrival. */
  e2eMs: ReallmPercentiles
}

/** Percentiles of a `sim_results.csv`; requests that have not finished do not count. */
export function reallmSlo(csv: string): ReallmSlo {
  const ttft: number[] = []
  const tbt: number[] = []
  const e2e: number[] = []
  for (const line of csv.trim().split('\n').slice(1)) {
    const [, arrival, ...fields] = line.split(',').filter((field) => field !== '')
    if (arrival === undefined || fields.length === 0 || fields.includes('None')) continue
    const tokens = fields.map(Number)
    const first = tokens[0]!
    const last = tokens.at(-1)!
    ttft.push(first - Number(arrival))
    if (tokens.length > 1) tbt.push((last - first) / (tokens.length - 1))
    e2e.push(last - Number(arrival))
  }
  return { ttftMs: percentiles(ttft), tbtMs: percentiles(tbt), e2eMs: percentiles(e2e) }
}

function percentiles(seconds: number[]): ReallmPercentiles {
  const sorted = Float64Array.from(seconds).sort()
  const at = (p: number) => (sorted[Math.floor((sorted.length * p) / 100)] ?? 0) * 1000
  return { '50': at(50), '90': at(90), '99': at(99) }
}
