// EAGLE: one further layer drafts from the features of the model, with its embedding and head, one token a pass.
// Source: Li et al., "EAGLE: Speculative Sampling Requires Rethinking Feature Uncertainty" (2024).
import { oneAfterTheOther, type SpeculationMethod } from './method.js'

export const eagle: SpeculationMethod = {
  depth: () => null,
  drafter: ({ drafters }) =>
    drafters?.layer() ?? { missing: 'stepTime of this type has no layers; give speculation.draft' },
  passes: oneAfterTheOther,
}
