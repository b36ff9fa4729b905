// The workload format of inference-sim's README: `format: "GuideLLM"`, a rate and a prompt.
//
//   format: "GuideLLM"
//   seed: 42
//   rate: { arrival_type: "Constant", rate: 10, max-requests: 2000 }
//   data: { prompt_tokens, prompt_tokens_stdev, prompt_tokens_min, prompt_tokens_max,
//           output_tokens, output_tokens_stdev, output_tokens_min, output_tokens_max, prefix_tokens }
//
// Arrivals are constant whatever `arrival_type` says; the lengths are the program's for each seed:
// normal, clamped, rounded, from Go's generator, with the token ids drawn between them.
import { GoRand } from './random/go-rand.js'

/** A `GuideLLM` workload. */
export interface GuideLlmSpec {
  seed: number
  ratePerS: number
  maxRequests: number
  promptTokens: LengthSpec
  outputTokens: LengthSpec
  /** Tokens that every prompt starts with, besides `promptTokens`. */
  prefixTokens: number
}

/** A clamped normal distribution of lengths. */
export interface LengthSpec {
  mean: number
  stdev: number
  min: number
  max: number
}

/** A request before it is given to an engine. */
export interface GuideLlmRequest {
  id: string
  arrivalUs: number
  /** Shared prefix included. */
  inputTokens: number
  outputTokens: number
  prefixTokens: number
  prefixGroup: string
}

const VOCABULARY = 128_000

/** Go's `math.Round`: half away from zero. */
const roundHalfAway = (value: number) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5)

/** A length as inference-sim draws it; without a draw where min is max. */
export function drawLength(random: GoRand, { mean, stdev, min, max }: LengthSpec): number {
  if (min === max) return min
  const value = random.normFloat64() * stdev + mean
  return roundHalfAway(Math.max(min, Math.min(max, value)))
}

/** Passes over the draws of `count` token ids. */
export function skipTokens(random: GoRand, count: number): void {
  for (let i = 0; i < count; i++) random.intn(VOCABULARY)
}

/**
 * The requests of a `GuideLLM` workload, as inference-sim of 2025 draws them from its seed.
 * @param horizonUs arrivals end with it
 */
export function guideLlmRequests(
  spec: GuideLlmSpec,
  horizonUs = Number.POSITIVE_INFINITY,
): GuideLlmRequest[] {
  const random = new GoRand(spec.seed)
  // In doubles and truncated, as there: 10 a second are 99,999 µs apart.
  const intervalUs = Math.trunc(1 / (spec.ratePerS / 1e6))
  skipTokens(random, spec.prefixTokens)
  const requests: GuideLlmRequest[] = []
  let arrivalUs = 0
  while (arrivalUs < horizonUs && requests.length < spec.maxRequests) {
    const prompt = drawLength(random, spec.promptTokens)
    skipTokens(random, prompt)
    const outputTokens = drawLength(random, spec.outputTokens)
    skipTokens(random, outputTokens)
    requests.push({
      id: `request_${requests.length}`,
      arrivalUs,
      inputTokens: spec.prefixTokens + prompt,
      outputTokens,
      prefixTokens: spec.prefixTokens,
      prefixGroup: 'prefix',
    })
    arrivalUs += intervalUs
    if (arrivalUs > horizonUs) break
  }
  return requests
}
