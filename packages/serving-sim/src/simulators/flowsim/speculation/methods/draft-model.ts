// A smaller model drafts, one token a pass.
// Source: Leviathan et al., "Fast Inference from Transformers via Speculative Decoding" (2023).
import { oneAfterTheOther, type SpeculationMethod } from './method.js'

export const draftModel: SpeculationMethod = {
  depth: () => null,
  drafter: () => ({ missing: 'the smaller model is missing; give speculation.draft' }),
  passes: oneAfterTheOther,
}
