// The weights of a model, matrix by matrix: how many, how they are stored and how parallelism
// divides them. Counts follow the modelling code of Hugging Face transformers.
import { plain, type Weight } from './blocks/block.js'
import { layerExtraWeights, outerExtraWeights } from './blocks/extras.js'
import { feedForwardWeights } from './blocks/feed-forward.js'
import { blockOf } from './blocks/mixer.js'
import type { LayerKind, ModelConfig } from './model.js'

/** The weights of one layer. */
export function layerWeights(model: ModelConfig, kind: LayerKind): Weight[] {
  const { hidden, extras } = model
  return [
    ...normWeights(model, kind),
    ...blockOf(kind.mixer).weights(kind.mixer, hidden),
    ...feedForwardWeights(kind.ffn, hidden),
    ...(extras === undefined ? [] : layerExtraWeights(extras, hidden)),
  ]
}

function normWeights(model: ModelConfig, { mixer, ffn }: LayerKind): Weight[] {
  const both = { sequential: 2, post: 2, parallel: 1, sandwich: 4 }[model.residual]
  const norms = mixer.type === 'none' || ffn.type === 'none' ? Math.ceil(both / 2) : both
  const each = model.hidden * (model.normBias ? 2 : 1)
  return [plain('norms', norms * each, 'replicated')]
}

/** What stands before the first layer: embedding tables and what a tower has in their place. */
export function embeddingWeights(model: ModelConfig): Weight[] {
  const { vocab, hidden, embeddingDim = hidden, extras, others = [] } = model
  const projected = embeddingDim === hidden ? 0 : 2 * embeddingDim * hidden
  return [
    plain('embed_tokens', vocab * embeddingDim, 'tensor'),
    ...(projected === 0 ? [] : [plain('embed_proj', projected, 'replicated')]),
    ...(model.positions === 'learned'
      ? [plain('embed_positions', (model.maxPositions ?? 0) * hidden, 'replicated')]
      : []),
    ...(extras === undefined ? [] : outerExtraWeights(extras, hidden, model.layers.length)),
    ...others.map(({ name, parameters, activeShare = 1 }) => ({
      ...plain(name, parameters, 'replicated'),
      activeShare,
    })),
  ]
}

/** The last norm and the LM head; the head is absent where it is the embedding table, or there is none. */
export function headWeights(model: ModelConfig): Weight[] {
  const { hidden, vocab, embeddingDim = hidden, normBias, headBias } = model
  const norm = model.residual === 'post' && model.head === 'none' ? 0 : hidden * (normBias ? 2 : 1)
  return [
    plain('norm', norm, 'replicated'),
    ...(model.tiedEmbeddings || model.head === 'none'
      ? []
      : [
          {
            name: 'lm_head',
            parameters: vocab * embeddingDim + (headBias ? vocab : 0),
            sharding: 'tensor' as const,
            part: 'head' as const,
          },
        ]),
  ]
}

/** How many parameters a model has. */
export interface ParameterCount {
  /** All that the checkpoint's model has: with encoder and towers, without multi-token prediction. */
  total: number
  /** Parameters that one token of text uses: all but the experts that it is not routed to, and towers. */
  active: number
  /** In the embedding tables, LM head included. */
  embedding: number
  /** In towers for other inputs than text. */
  towers: number
  /** In layers that predict further tokens; not in `total`. */
  predictor: number
}

/** Counts the parameters of a model. */
export function countParameters(model: ModelConfig): ParameterCount {
  const text = countText(model)
  const encoder = model.encoder === undefined ? undefined : countText(model.encoder)
  const towers = (model.towers ?? []).reduce((sum, tower) => sum + countText(tower.model).total, 0)
  return {
    total: text.total + (encoder?.total ?? 0) + towers,
    active: text.active + (encoder?.active ?? 0),
    embedding: text.embedding,
    towers,
    predictor: predictorParameters(model),
  }
}

const TABLES = new Set(['embed_tokens', 'embed_positions', 'lm_head'])

function countText(model: ModelConfig): { total: number; active: number; embedding: number } {
  const kinds = model.layerKinds.map((kind) => sums(layerWeights(model, kind)))
  const outside = [...embeddingWeights(model), ...headWeights(model)]
  const rest = sums(outside)
  return {
    total: model.layers.reduce((sum, kind) => sum + kinds[kind]!.total, rest.total),
    active: model.layers.reduce((sum, kind) => sum + kinds[kind]!.active, rest.active),
    embedding: sums(outside.filter(({ name }) => TABLES.has(name))).total,
  }
}

function sums(weights: readonly Weight[]): { total: number; active: number } {
  let total = 0
  let active = 0
  for (const { parameters, activeShare = 1 } of weights) {
    total += parameters
    active += parameters * activeShare
  }
  return { total, active }
}

/** Parameters of multi-token prediction: its layers, a projection of two vectors to one, three norms. */
function predictorParameters(model: ModelConfig): number {
  const { predictor, hidden } = model
  if (predictor === undefined) return 0
  const layers = predictor.kinds.reduce(
    (sum, kind) => sum + sums(layerWeights(model, kind)).total,
    2 * hidden * hidden + 3 * hidden,
  )
  return layers * (predictor.separate ? predictor.depth : 1)
}
