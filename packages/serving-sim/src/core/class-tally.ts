// What each service class got, and how evenly the classes were served.
import type { ServingClassReport } from '@flowsim/trace-schema'
import { mean } from 'd3-array'
import { summarise } from './latency-summary.js'

/** What became of a request, in seconds; a time that it does not have is null. */
export interface RequestOutcome {
  finished: boolean
  ttftS: number | null
  tpotS: number | null
  e2eS: number
  outputTokens: number
  /** Whether it met its limits; null: it has none. */
  met: boolean | null
}

/** The requests of one class. */
export class ClassTally {
  private requests = 0
  private readonly ttft: number[] = []
  private readonly tpot: number[] = []
  private readonly speeds: number[] = []
  private judged = 0
  private attained = 0

  add({ finished, ttftS, tpotS, e2eS, outputTokens, met }: RequestOutcome): void {
    this.requests++
    if (ttftS !== null) this.ttft.push(ttftS)
    if (finished) {
      this.speeds.push(e2eS > 0 ? outputTokens / e2eS : 0)
      if (tpotS !== null) this.tpot.push(tpotS)
    }
    if (met === null) return
    this.judged++
    if (met) this.attained++
  }

  report(name: string): ServingClassReport {
    return {
      name,
      requests: this.requests,
      finished: this.speeds.length,
      attainment: this.judged > 0 ? this.attained / this.judged : null,
      ttft: summarise(this.ttft),
      tpot: summarise(this.tpot),
      requestTokensPerS: mean(this.speeds) ?? null,
    }
  }
}

/**
 * Jain's index (Σx)² / (n Σx²) of what classes get: 1 where all get the same, 1/n where one gets all.
 * R. Jain, D. Chiu, W. Hawe: A Quantitative Measure of Fairness, DEC-TR-301, 1984.
 * @returns null for fewer than two values, or where all are 0
 */
export function jainIndex(values: readonly number[]): number | null {
  const sum = values.reduce((total, value) => total + value, 0)
  const squares = values.reduce((total, value) => total + value * value, 0)
  return values.length < 2 || squares === 0 ? null : (sum * sum) / (values.length * squares)
}

/** Jain's index of the tokens a second that a request of each class gets; null where a class finished none. */
export function classFairness(classes: readonly ServingClassReport[]): number | null {
  const speeds = classes.map(({ requestTokensPerS }) => requestTokensPerS)
  return speeds.every((speed) => speed !== null) ? jainIndex(speeds) : null
}
