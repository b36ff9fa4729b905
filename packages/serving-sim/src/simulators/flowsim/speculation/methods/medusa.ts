// Medusa: heads beside that of the model draft all positions at once, from what the model has computed.
// Source: Cai et al., "Medusa: Simple LLM Inference Acceleration Framework with Multiple Decoding Heads" (2024).
import type { SpeculationMethod } from './method.js'

export const medusa: SpeculationMethod = {
  depth: () => null,
  drafter: ({ drafters }, depth) =>
    drafters?.heads(depth) ?? {
      missing: 'stepTime of this type has no heads; give speculation.draft',
    },
  passes: () => [],
}
