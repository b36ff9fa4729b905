// What is best of both: tokens a second of a device against tokens a second of a user.
import { candidateText } from './family.js'
import type { Tried } from './search.js'
import type { Simulated } from './simulate.js'

/** A deployment as a point of the front. */
export interface FrontPoint {
  deployment: string
  /** Output tokens a second over all devices. */
  tokensPerSDevice: number
  /** 1 / mean TPOT. */
  tokensPerSUser: number
  met: boolean
}

/** Points that no other one beats, from the most tokens of a device to the most of a user. */
export function frontOf(tried: readonly Tried<Simulated | null>[]): FrontPoint[] {
  const points = tried.flatMap(({ candidate, outcome, met }) => {
    const tpot = outcome?.report.tpot
    if (outcome === null || tpot == null || tpot.meanS <= 0) return []
    const devices = outcome.cost.devices.reduce((sum, { count }) => sum + count, 0)
    return {
      deployment: candidateText(candidate),
      tokensPerSDevice: outcome.report.outputTokensPerS / devices,
      tokensPerSUser: 1 / tpot.meanS,
      met,
    }
  })
  const beats = (a: FrontPoint, b: FrontPoint) =>
    a.tokensPerSDevice >= b.tokensPerSDevice &&
    a.tokensPerSUser >= b.tokensPerSUser &&
    (a.tokensPerSDevice > b.tokensPerSDevice || a.tokensPerSUser > b.tokensPerSUser)
  return points
    .filter((point) => !points.some((other) => beats(other, point)))
    .sort((a, b) => b.tokensPerSDevice - a.tokensPerSDevice)
}
