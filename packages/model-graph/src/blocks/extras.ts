// What layers have besides mixer and feed-forward network: residual streams, embeddings for each layer,
// low-rank branches. Sources: transformers 5.18.0, models/deepseek_v4, gemma3n, gemma4.
import type { ProgramBuilder, Rows } from '../program/builder.js'
import { plain, type Weight } from './block.js'

/** What every layer has besides mixer and feed-forward network. */
export interface LayerExtras {
  /** Residual streams that each block reads from and writes to (hyper-connections, arXiv 2409.19606). */
  streams?: { count: number /** Numbers that mix them, for each token and block. */; mixes: number }
  /** An embedding for each layer, of this width, that is gated in after the feed-forward network. */
  perLayerInput?: { width: number; vocab: number }
  /** A low-rank projection beside attention (Gemma 3n). */
  laurelRank?: number
  /** Alternating updates of so many copies of the hidden state (AltUp, arXiv 2301.13310). */
  altupInputs?: number
  /** Each block picks from the outputs of blocks before, of so many layers. */
  residualBlock?: number
}

/** Weights of the extras in each layer. */
export function layerExtraWeights(extras: LayerExtras, hidden: number): Weight[] {
  const { streams, perLayerInput, laurelRank, altupInputs, residualBlock } = extras
  const weights: Weight[] = []
  const add = (name: string, parameters: number) =>
    weights.push(plain(name, parameters, 'replicated'))
  if (streams !== undefined) add('streams', 2 * streams.mixes * (streams.count * hidden + 1))
  if (perLayerInput !== undefined) add('per_layer_input', hidden * (2 * perLayerInput.width + 1))
  if (laurelRank !== undefined) add('laurel', hidden * (2 * laurelRank + 1))
  if (altupInputs !== undefined) {
    add('altup', hidden * (altupInputs + 2) + altupInputs ** 2 * (altupInputs + 1))
  }
  if (residualBlock !== undefined) add('attention_residuals', 4 * hidden)
  return weights
}

/** Weights of the extras outside of the layers. */
export function outerExtraWeights(extras: LayerExtras, hidden: number, layers: number): Weight[] {
  const { streams, perLayerInput, altupInputs } = extras
  const weights: Weight[] = []
  if (streams !== undefined) {
    weights.push(plain('stream_head', streams.count * (streams.count * hidden + 1), 'replicated'))
  }
  if (perLayerInput !== undefined) {
    const { width, vocab } = perLayerInput
    // A token reads one row of the table, so next to nothing of it is active.
    const table = plain('embed_per_layer', vocab * layers * width, 'tensor')
    weights.push({ ...table, activeShare: 1 / vocab })
    weights.push(plain('per_layer_proj', (layers * hidden + 1) * width, 'replicated'))
  }
  if (altupInputs !== undefined) {
    weights.push(plain('altup_proj', 2 * (altupInputs - 1) * hidden * hidden, 'replicated'))
  }
  return weights
}

/** Adds what runs around each of a layer's two blocks. */
export function addStreams(
  b: ProgramBuilder,
  extras: LayerExtras,
  rows: Rows,
  module: string,
): void {
  const { streams } = extras
  if (streams === undefined) return
  const { hidden } = b.model
  const { count, mixes } = streams
  const place = `${module}.streams`
  b.linear(`${module}_streams`, place, { part: null, rows, n: mixes, k: count * hidden })
  b.pointwise(`${module}_collapse`, place, {
    rows,
    cols: hidden,
    function: 'collapse_streams',
    inputs: count,
  })
  b.pointwise(`${module}_expand`, place, {
    rows,
    cols: count * hidden,
    function: 'expand_streams',
    inputs: 2,
  })
}

/** Adds what follows the feed-forward network of each layer. */
export function addLayerExtras(b: ProgramBuilder, extras: LayerExtras, rows: Rows): void {
  const { hidden } = b.model
  const { perLayerInput, laurelRank, altupInputs } = extras
  if (laurelRank !== undefined) {
    b.linear('laurel_left', 'laurel.linear_left', { part: null, rows, n: laurelRank, k: hidden })
    b.linear('laurel_right', 'laurel.linear_right', { part: null, rows, n: hidden, k: laurelRank })
    b.norm('laurel_norm', 'laurel.post_laurel_norm', rows, hidden, true)
  }
  if (altupInputs !== undefined) {
    b.pointwise('altup', 'altup', {
      rows,
      cols: altupInputs * hidden,
      function: 'predict_and_correct',
      inputs: 3,
    })
  }
  if (perLayerInput !== undefined) {
    const { width } = perLayerInput
    b.linear('per_layer_gate', 'per_layer_input_gate', { part: null, rows, n: width, k: hidden })
    b.pointwise('per_layer_mul', 'per_layer_input_gate', {
      rows,
      cols: width,
      function: 'gelu_mul',
      inputs: 2,
    })
    b.linear('per_layer_proj', 'per_layer_projection', { part: null, rows, n: hidden, k: width })
    b.norm('per_layer_norm', 'post_per_layer_input_norm', rows, hidden, true)
  }
}
