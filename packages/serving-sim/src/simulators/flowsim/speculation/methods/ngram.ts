// N-grams: what followed the same tokens earlier in the sequence is the draft. The host looks it up.
// Source: vLLM's method `ngram`; Saxena, "Prompt Lookup Decoding" (2023).
import type { SpeculationMethod } from './method.js'

export const ngram: SpeculationMethod = {
  depth: () => null,
  drafter: () => null,
  passes: () => [],
}
