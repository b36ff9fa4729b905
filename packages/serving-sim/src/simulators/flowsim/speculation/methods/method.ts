import type { Deployment, Drafter } from '../../../../step-time/deployment.js'

/** A way to draft tokens that the model then verifies. */
export interface SpeculationMethod {
  /** Tokens drafted one after the other where a configuration does not say; null: it has to. */
  depth(deployment: Deployment): number | null
  /**
   * What drafts on the devices, where a configuration does not give it; null: nothing runs on them.
   * @returns what is missing, as words, where the deployment has none
   */
  drafter(deployment: Deployment, depth: number): Drafter | null | { missing: string }
  /**
   * Tokens of a sequence in each pass after the first.
   * @param branches candidates that each token of one position gets in the next
   */
  passes(branches: readonly number[]): number[]
}

/** A pass for each position: each reads all candidates of the position before. */
export function oneAfterTheOther(branches: readonly number[]): number[] {
  let candidates = 1
  return branches.slice(0, -1).map((count) => {
    candidates *= count
    return candidates
  })
}
