// inference-sim's `roofline` step time:
//
//   max(1, trunc(1e6 · max(Σ FLOPs / tp / (peak · MFU of the phase), bytes / bandwidth)))
//
// FLOPs of a request with n new tokens at context s, c = s + (n − 1)/2 for n > 1, else s:
//   GEMMs   L·(2n(d² + 2d·dkv) + 2nd²) + L·4h·n·c·dh
//   vectors L·(5h·n·c + 2nd)
//   MLP     2n · (2·d·ff) for each layer, two matrices; times the experts of a token
// Bytes: the weights once (two matrices of each expert expected to be touched), and KV written and
// read and activations of each request.
// Source: inference-sim f90a1e3a; verified against its step-time grid.

import type { StepBatch } from '@flowsim/trace-schema'
import { type InferenceSimHardware, type InferenceSimModel, layerSplit } from './model.js'

/** Step time in whole microseconds. */
export function inferenceSimRoofline(
  model: InferenceSimModel,
  hardware: InferenceSimHardware,
  tensorParallel: number,
): (batch: StepBatch) => number {
  const { layers, hidden, heads, kvHeads, experts, expertsPerToken: perToken } = model
  const { bytesPerParameter: bytes, weightBytes } = model
  const headDim = hidden / heads
  const kvWidth = kvHeads * headDim
  const split = layerSplit(model)
  const width = model.intermediate || 4 * hidden
  const expertWidth = model.expertIntermediate || width
  const denseWidth = split.moe > 0 ? model.denseIntermediate || width : width

  const fp8 = weightBytes === 1 && hardware.TFlopsFP8 > 0
  const peak = (fp8 ? hardware.TFlopsFP8 : hardware.TFlopsPeak) * 1e12
  const bandwidth = hardware.BwPeakTBs * 1e12
  const mlpFlops =
    split.moe * 2 * (2 * hidden * expertWidth) * perToken +
    split.dense * 2 * (2 * hidden * denseWidth)
  const tokenFlops =
    layers * (2 * (hidden * hidden + 2 * hidden * kvWidth) + 2 * hidden * hidden) +
    layers * 2 * hidden +
    mlpFlops
  /** For each new token and token of context. */
  const pairFlops = layers * 4 * heads * headDim + layers * 5 * heads
  const tokenBytes = 2 * layers * kvHeads * headDim * bytes + layers * hidden * bytes
  const contextBytes = 2 * layers * kvHeads * headDim * bytes
  const attentionWeights = layers * (hidden * (hidden + 2 * kvWidth) + hidden * hidden)
  const denseWeights = 2 * hidden * denseWidth * split.dense
  const expertWeights = 2 * hidden * expertWidth * split.moe
  const prefillRate = peak * hardware.mfuPrefill
  const decodeRate = peak * hardware.mfuDecode

  return (batch) => {
    let computeS = 0
    let dynamicBytes = 0
    for (let i = 0; i < batch.prefills; i++) {
      const tokens = batch.prefillTokens[i]!
      const context = batch.prefillContext[i]!
      const seen = tokens > 1 ? context + (tokens - 1) / 2 : context
      computeS += (tokens * tokenFlops + pairFlops * tokens * seen) / tensorParallel / prefillRate
      dynamicBytes += (tokenBytes * tokens + contextBytes * context) / tensorParallel
    }
    const { decodes, decodeContext } = batch
    for (let i = 0; i < decodes; i++) {
      computeS += (tokenFlops + pairFlops * decodeContext[i]!) / tensorParallel / decodeRate
    }
    dynamicBytes += (tokenBytes * decodes + contextBytes * batch.decodeContextSum) / tensorParallel
    const touched =
      split.moe > 0 ? experts * (1 - ((experts - perToken) / experts) ** batch.tokens) : 0
    const weights =
      ((attentionWeights + expertWeights * touched + denseWeights) * weightBytes) / tensorParallel
    const memoryS = (weights + dynamicBytes) / bandwidth
    return Math.max(1, Math.trunc(Math.max(computeS, memoryS) * 1e6))
  }
}
