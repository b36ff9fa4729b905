// The workload of inference-sim's command line (`--rate … --prompt-tokens …`) as its head draws it
// from a seed: constant arrivals, the first after one interval; lengths normal, clamped, rounded.
//
// Random streams, each Go's generator: "workload-gen" (the seed XOR the FNV-1a hash of its name)
// draws the shared prefix and then the seed of the client; the client draws, for each request, the
// prompt length, the output length, and the token ids of both. Found from its results.

import { drawLength, type LengthSpec, skipTokens } from './guidellm.js'
import type { HeadRequest } from './head/client.js'
import { GoRand } from './random/go-rand.js'
import { streamSeed } from './random/stream-seed.js'

/** The flags. */
export interface InferenceSimCliSpec {
  seed: number
  ratePerS: number
  requests: number
  promptTokens: LengthSpec
  outputTokens: LengthSpec
  prefixTokens: number
}

/** The requests that inference-sim draws; prompts include the prefix. */
export function inferenceSimCliRequests(spec: InferenceSimCliSpec): HeadRequest[] {
  const generator = new GoRand(streamSeed(spec.seed, 'workload-gen'))
  skipTokens(generator, spec.prefixTokens)
  const client = new GoRand(generator.int63())
  const intervalUs = Math.trunc(1 / (spec.ratePerS / 1e6))
  return Array.from({ length: spec.requests }, (_, i) => {
    const prompt = drawLength(client, spec.promptTokens)
    const outputTokens = drawLength(client, spec.outputTokens)
    skipTokens(client, prompt + outputTokens)
    return {
      id: `request_${i}`,
      arrivalUs: (i + 1) * intervalUs,
      inputTokens: spec.prefixTokens + prompt,
      outputTokens,
      ...(spec.prefixTokens > 0 ? { prefixGroup: 'shared', prefixTokens: spec.prefixTokens } : {}),
    }
  })
}
