// The time of a pipeline stage as Vidur composes it from the times of operators.
//
//   (L/P · (pre + post + rope + kvsave + decode + prefill + allreduce + norm1
//           + up + down + act + allreduce + norm2 + add) + send) · 1 ms + CPU
//
// Token operators see all tokens of the batch rounded up to 8, except kvsave, which sees them
// exactly. Decode attention sees the number of decoding requests and their mean KV length rounded
// up to 64; prefill attention the sum of KV lengths, each rounded up to 64, and the root of the sum
// of squared chunks. With grouped heads both cost 10 % more for more than one request.
import type { StepTimeModel } from '@flowsim/trace-schema'
import type { VidurModel } from './catalogue.js'
import type { VidurBatch } from './sequence.js'

/** Milliseconds of each operator of a layer. `tokens` are of the whole batch. */
export interface VidurOperators {
  attentionPreProjection(tokens: number): number
  attentionPostProjection(tokens: number): number
  rope(tokens: number): number
  kvCacheSave(tokens: number): number
  inputNorm(tokens: number): number
  postAttentionNorm(tokens: number): number
  mlpUp(tokens: number): number
  mlpDown(tokens: number): number
  mlpActivation(tokens: number): number
  add(tokens: number): number
  attentionDecode(batchSize: number, kvTokens: number): number
  attentionPrefill(kvTokens: number, chunkTokens: number): number
  allReduce(tokens: number): number
  sendReceive(tokens: number): number
  /** Milliseconds of CPU for each stage; absent where it is not modelled. */
  cpuOverhead?(batchSize: number): number
}

/** Settings of the predictor, with Vidur's defaults. */
export interface VidurPredictorOptions {
  tensorParallel: number
  pipelineStages: number
  /** Default 64. */
  kvGranularity?: number
  /** Extra share for several decodes or prefills with grouped heads. Default 0.1. */
  decodeBatchingOverhead?: number
  prefillBatchingOverhead?: number
  /** Milliseconds of each all-reduce. Default 0.02. */
  ncclLaunchMs?: number
  /** Milliseconds, times TP^1.25. Default 0. */
  ncclSkewMs?: number
}

/** Seconds of a stage of a batch. */
export type StageTime = (batch: VidurBatch, stage: number) => number

/** What the predictor sees of a batch. */
interface Features {
  tokens: number
  sequences: number
  decodes: number
  /** Sum of the tokens of decoding requests, the latest one included. */
  decodeKv: number
  prefills: number
  /** Sum of the tokens before each chunk, each rounded up. */
  prefillKv: number
  chunkSquares: number
}

/** Vidur's predictor over given operator times, for its own engine. */
export function vidurStageTime(
  model: VidurModel,
  operators: VidurOperators,
  options: VidurPredictorOptions,
): StageTime {
  const granularity = options.kvGranularity ?? 64
  const stageTime = compose(model, operators, options)
  return (batch, stage) => {
    const features = { ...NOTHING, sequences: batch.sequences.length }
    for (let i = 0; i < batch.sequences.length; i++) {
      const sequence = batch.sequences[i]!
      const tokens = batch.tokens[i]!
      features.tokens += tokens
      if (sequence.prefillComplete) {
        features.decodes++
        features.decodeKv += sequence.processed
      } else {
        features.prefills++
        features.prefillKv += roundUp(sequence.processed, granularity)
        features.chunkSquares += tokens ** 2
      }
    }
    return stageTime(features, stage)
  }
}

/**
 * Vidur's predictor as a step-time model for FlowSim's simulator: the stages of a batch one after the
 * other.
 */
export function vidurStepTime(
  model: VidurModel,
  operators: VidurOperators,
  options: VidurPredictorOptions,
): StepTimeModel {
  const granularity = options.kvGranularity ?? 64
  const stageTime = compose(model, operators, options)
  return {
    name: 'vidur',
    stepNs(batch) {
      const features: Features = {
        tokens: batch.tokens,
        sequences: batch.size,
        decodes: batch.decodes,
        // Vidur counts the token that is about to be processed; the cache does not have it yet.
        decodeKv: batch.decodeContextSum + batch.decodes,
        prefills: batch.prefills,
        prefillKv: 0,
        chunkSquares: 0,
      }
      for (let i = 0; i < batch.prefills; i++) {
        features.prefillKv += roundUp(batch.prefillContext[i]!, granularity)
        features.chunkSquares += batch.prefillTokens[i]! ** 2
      }
      let seconds = 0
      for (let stage = 0; stage < options.pipelineStages; stage++) {
        seconds += stageTime(features, stage)
      }
      return seconds * 1e9
    },
  }
}

const NOTHING: Features = {
  tokens: 0,
  sequences: 0,
  decodes: 0,
  decodeKv: 0,
  prefills: 0,
  prefillKv: 0,
  chunkSquares: 0,
}

const roundUp = (tokens: number, to: number) => Math.floor((tokens + to - 1) / to) * to

function compose(
  model: VidurModel,
  operators: VidurOperators,
  options: VidurPredictorOptions,
): (features: Features, stage: number) => number {
  const { tensorParallel, pipelineStages } = options
  const granularity = options.kvGranularity ?? 64
  const grouped = model.queryHeads > model.kvHeads
  const decodeOverhead = grouped ? (options.decodeBatchingOverhead ?? 0.1) : 0
  const prefillOverhead = grouped ? (options.prefillBatchingOverhead ?? 0.1) : 0
  const launchMs = options.ncclLaunchMs ?? 0.02
  const skewMs = (options.ncclSkewMs ?? 0) * tensorParallel ** 1.25
  const layers = Math.floor(model.layers / pipelineStages)

  return (
    { tokens: exact, sequences, decodes, decodeKv, prefills, prefillKv, chunkSquares },
    stage,
  ) => {
    const tokens = roundUp(exact, 8)
    const decode =
      decodes === 0
        ? 0
        : operators.attentionDecode(decodes, roundUp(Math.trunc(decodeKv / decodes), granularity)) *
          (1 + decodeOverhead * (decodes > 1 ? 1 : 0))
    const prefill =
      prefills === 0
        ? 0
        : operators.attentionPrefill(prefillKv, roundHalfEven(Math.sqrt(chunkSquares))) *
          (1 + prefillOverhead * (prefills > 1 ? 1 : 0))
    const allReduce = tensorParallel > 1 ? operators.allReduce(tokens) + launchMs + skewMs : 0
    const attention =
      operators.attentionPreProjection(tokens) +
      operators.attentionPostProjection(tokens) +
      operators.rope(tokens) +
      operators.kvCacheSave(exact) +
      decode +
      prefill +
      allReduce +
      operators.inputNorm(tokens)
    const mlp =
      operators.mlpUp(tokens) +
      operators.mlpDown(tokens) +
      operators.mlpActivation(tokens) +
      allReduce +
      (model.postAttentionNorm ? operators.postAttentionNorm(tokens) : 0)
    const block = attention + mlp + operators.add(tokens)
    const send = stage < pipelineStages - 1 ? operators.sendReceive(tokens) : 0
    const cpuMs = operators.cpuOverhead?.(sequences) ?? 0
    return (block * layers + send) * 1e-3 + cpuMs * 1e-3
  }
}

/** Python's `round`. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
