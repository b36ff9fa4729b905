// The highest rate that meets limits: doubled until it fails, then halved between.
import type { ServingReport } from '@flowsim/trace-schema'

/** A rate that was tried. */
export interface Probe {
  ratePerS: number
  met: boolean
}

/** What a search found. */
export interface FoundRate {
  /** Highest rate that met the limits; 0: not even the lowest did. */
  ratePerS: number
  /** Its report. */
  report: ServingReport | null
  probes: Probe[]
}

/** Rates between which to search, and how near to come. */
export interface SearchOptions {
  start: number
  tolerance: number
}

/** A rate so much below the first is none. */
const LOWEST = 2 ** -20
const HIGHEST = 2 ** 30

/**
 * Searches for the highest rate. Meeting the limits is taken to be monotone: what fails at a rate fails
 * above it.
 * @param probe simulates a rate, and tells whether it met the limits
 */
export async function findRate(
  { start, tolerance }: SearchOptions,
  probe: (ratePerS: number) => Promise<{ met: boolean; report: ServingReport }>,
): Promise<FoundRate> {
  const probes: Probe[] = []
  let best: { ratePerS: number; report: ServingReport } | null = null
  const passes = async (ratePerS: number) => {
    const { met, report } = await probe(ratePerS)
    probes.push({ ratePerS, met })
    if (met && (best === null || ratePerS > best.ratePerS)) best = { ratePerS, report }
    return met
  }
  let low = 0
  let high = Number.POSITIVE_INFINITY
  for (let rate = start; rate >= start * LOWEST && rate <= start * HIGHEST; ) {
    if (await passes(rate)) {
      low = rate
      if (high < Number.POSITIVE_INFINITY) break
      rate *= 2
    } else {
      high = rate
      if (low > 0) break
      rate /= 2
    }
  }
  while (low > 0 && high < Number.POSITIVE_INFINITY && high - low > tolerance * low) {
    const middle = rounded((low + high) / 2)
    if (middle <= low || middle >= high) break
    if (await passes(middle)) low = middle
    else high = middle
  }
  const found = best as { ratePerS: number; report: ServingReport } | null
  return { ratePerS: found?.ratePerS ?? 0, report: found?.report ?? null, probes }
}

/** Rates that people can read, and that come out the same on the next run. */
const rounded = (rate: number) => Number(rate.toPrecision(6))
