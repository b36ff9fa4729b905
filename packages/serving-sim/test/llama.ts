// A Llama-like model of 8 billion parameters as inference-sim sees one, in tests.
import type { InferenceSimModel } from '../src/simulators/inference-sim/latency/model.js'

export const llama: InferenceSimModel = {
  layers: 32,
  hidden: 4096,
  heads: 32,
  kvHeads: 8,
  intermediate: 14336,
  bytesPerParameter: 2,
  weightBytes: 2,
  experts: 0,
  expertsPerToken: 0,
  expertIntermediate: 0,
  sharedIntermediate: 0,
  interleaveStep: 0,
  denseIntermediate: 0,
}
