// inference-sim's `trained-physics` step time: roofline terms with fitted weights β and overheads.
//
//   β0·prefill compute + β8·prefill KV + β1·decode compute + β9·decode KV + β2·weights
//   + β3·all-reduce + β10·dispatch + β4·layers + β5·batch + β6 + β7·MoE layers, in µs
//
// β7 only for interleaved models. With at most 8 weights the prefill terms are β0·max(compute, KV),
// with at most 9 the decode terms β1·max(…); β10 defaults to β3.
// Source: inference-sim f90a1e3a (its iteration 29); verified against its step-time grid.

import type { StepBatch } from '@flowsim/trace-schema'
import { type InferenceSimHardware, type InferenceSimModel, layerSplit } from './model.js'

/** Weights that inference-sim ships, and its α: µs for a request, after its last token, a token. */
export const TRAINED_PHYSICS = {
  alpha: [15563.199579, 777.3455, 45.907545],
  beta: [
    0.152128, 0, 1.36252915, 0.752037, 32.09546717, 4.41684444, 126.024825, 481.8613888, 0,
    1.94710771, 0.752037,
  ],
} as const

/** Parallelism of {@link inferenceSimPhysics}. */
export interface PhysicsParallelism {
  tensorParallel: number
  dataParallel?: number | undefined
  /** vLLM's all-to-all backend; decides whether a token is sent once or to each expert. */
  moeCommBackend?: string | undefined
}

const PER_EXPERT_BACKENDS = new Set([
  'pplx',
  'deepep_high_throughput',
  'deepep_low_latency',
  'mori',
  'flashinfer_all2allv',
])

/** KV is counted in 16 bits whatever the weights are. */
const KV_BYTES = 2

/** Step time in whole microseconds. */
export function inferenceSimPhysics(
  model: InferenceSimModel,
  hardware: InferenceSimHardware,
  parallelism: PhysicsParallelism,
  beta: readonly number[] = TRAINED_PHYSICS.beta,
): (batch: StepBatch) => number {
  const { layers, hidden, heads, experts } = model
  const tp = parallelism.tensorParallel
  const dp = parallelism.dataParallel ?? 1
  const split = layerSplit(model)
  const moe = split.moe > 0
  const group = moe ? tp * dp : tp
  const headDim = hidden / heads
  const kvWidth = model.kvHeads * headDim
  const width = model.intermediate || 4 * hidden
  const expertWidth = moe ? model.expertIntermediate || width : 0
  const denseWidth = moe ? model.denseIntermediate || width : width
  const shared = moe ? model.sharedIntermediate : 0
  const perToken = Math.max(1, model.expertsPerToken)
  const weightBytes = model.weightBytes
  const fp8 = weightBytes === 1 && hardware.TFlopsFP8 > 0
  const flopsPerUs = (fp8 ? hardware.TFlopsFP8 : hardware.TFlopsPeak) * 1e6
  const bytesPerUs = hardware.BwPeakTBs * 1e6
  const perExpert = PER_EXPERT_BACKENDS.has(parallelism.moeCommBackend ?? '')
  const b = (i: number) => beta[i] ?? 0
  const dispatchWeight = beta[10] ?? b(3)
  const splitPrefill = beta.length >= 9
  const splitDecode = beta.length >= 10

  const tokenFlops = (tokens: number) =>
    (layers * 2 * tokens * hidden * (2 * hidden + 2 * kvWidth)) / (tp * dp)
  const ffnFlops = (tokens: number) =>
    split.moe * ((tokens * perToken) / group) * 6 * hidden * expertWidth +
    (split.moe * tokens * 6 * hidden * shared) / (tp * dp) +
    (split.dense * tokens * 6 * hidden * denseWidth) / (tp * dp)
  const weights =
    ((layers * hidden * (2 * hidden + 2 * kvWidth) * weightBytes) / tp +
      (moe ? split.moe * (experts / group) * 3 * hidden * expertWidth * weightBytes : 0) +
      (split.moe * 3 * hidden * shared * weightBytes) / tp +
      (split.dense * 3 * hidden * denseWidth * weightBytes) / tp) /
    bytesPerUs
  const allReduce = (units: number, tokens: number) =>
    tp > 1
      ? (units * tokens * hidden * model.bytesPerParameter * 2 * ((tp - 1) / tp)) / bytesPerUs
      : 0
  const overhead = b(4) * layers + b(6) + (moe && model.interleaveStep > 0 ? b(7) * split.moe : 0)

  return (batch) => {
    const { prefillTokenSum: prefill, decodes, decodeContextSum } = batch
    let us = overhead
    if (prefill > 0) {
      let attention = 0
      for (let i = 0; i < batch.prefills; i++) {
        const tokens = batch.prefillTokens[i]!
        attention += 4 * (heads / tp) * tokens * (batch.prefillPrompt[i]! + tokens / 2) * headDim
      }
      const compute =
        (tokenFlops(prefill) + (layers * attention) / dp + ffnFlops(prefill)) / flopsPerUs
      const kv = (layers * 2 * (kvWidth / (tp * dp)) * prefill * KV_BYTES) / bytesPerUs
      us += splitPrefill ? b(0) * compute + b(8) * kv : b(0) * Math.max(compute, kv)
    }
    if (decodes > 0) {
      const attention = (layers * 4 * (heads / tp) * decodeContextSum * headDim) / dp
      const compute = (tokenFlops(decodes) + attention + ffnFlops(decodes)) / flopsPerUs
      const kv =
        (layers * 2 * (kvWidth / (tp * dp)) * KV_BYTES * (decodeContextSum + decodes)) / bytesPerUs
      us += splitDecode ? b(1) * compute + b(9) * kv : b(1) * Math.max(compute, kv)
    }
    const tokens = prefill + decodes
    const reduced =
      allReduce(layers, tokens) / dp +
      allReduce(split.dense, tokens) / dp +
      (dp === 1 ? allReduce(split.moe, tokens) : 0)
    us += b(2) * weights + b(3) * reduced + b(5) * batch.size
    if (dp > 1 && moe) {
      const volume = (((tokens / dp) * (group - 1)) / group) * 2 * hidden * model.bytesPerParameter
      us += dispatchWeight * ((split.moe * volume * (perExpert ? perToken : 1)) / bytesPerUs)
    }
    return Math.max(1, Math.trunc(us))
  }
}
