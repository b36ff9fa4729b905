// What speculation did on an instance.
import type { SpeculationReport } from '@flowsim/trace-schema'

export class SpeculationTally {
  /** Verifications: a sequence in a step. */
  verified = 0
  drafted = 0
  accepted = 0
  /** Verifications in which at least 1, 2, … drafted tokens were accepted. */
  readonly byPosition: number[] = []

  /** @param accepted of `drafted` tokens of one sequence */
  add(drafted: number, accepted: number): void {
    this.verified++
    this.drafted += drafted
    this.accepted += accepted
    for (let i = 0; i < accepted; i++) this.byPosition[i] = (this.byPosition[i] ?? 0) + 1
  }

  addAll(other: SpeculationTally): void {
    this.verified += other.verified
    this.drafted += other.drafted
    this.accepted += other.accepted
    for (const [i, count] of other.byPosition.entries()) {
      this.byPosition[i] = (this.byPosition[i] ?? 0) + count
    }
  }

  report(): SpeculationReport {
    const { verified, drafted, accepted } = this
    return {
      draftedTokens: drafted,
      acceptedTokens: accepted,
      tokensPerStep: verified > 0 ? 1 + accepted / verified : null,
      acceptedByPosition: this.byPosition.map((count) => count / verified),
    }
  }
}
