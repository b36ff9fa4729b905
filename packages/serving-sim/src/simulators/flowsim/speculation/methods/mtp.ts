// Multi-token prediction: layers that come with the model draft, one token a pass. Beyond their own depth they run
// again on what they drafted, as engines do.
// Source: DeepSeek-AI, "DeepSeek-V3 Technical Report" (2024), 2.2; vLLM and SGLang, method `mtp`.
import { oneAfterTheOther, type SpeculationMethod } from './method.js'

export const mtp: SpeculationMethod = {
  depth: ({ drafters }) => drafters?.predictor?.depth ?? null,
  drafter: ({ drafters }) =>
    drafters?.predictor?.drafter() ?? {
      missing:
        'the model has no layers for it; give speculation.draft, or use eagle or draft-model',
    },
  passes: oneAfterTheOther,
}
