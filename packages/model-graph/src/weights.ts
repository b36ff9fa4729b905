// The weights of a model, matrix by matrix: how many, how they are stored and how parallelism
// divides them. Counts follow the modelling code of Hugging Face transformers.
import type { LayerKind, ModelConfig } from './model.js'
import type { WeightPart } from './quantization.js'

/** How a weight is divided among the devices of a stage. */
type Sharding =
  /** Over tensor parallelism. */
  | 'tensor'
  /** Over tensor parallelism, but not below one key-value head a device. */
  | 'kv_heads'
  /** Over the devices that share the experts. */
  | 'experts'
  /** On every device. */
  | 'replicated'

/** A weight, or several that are stored and divided alike. */
export interface Weight {
  name: string
  parameters: number
  sharding: Sharding
  /** The part of the model that a quantisation scheme covers; absent: never quantised. */
  part?: WeightPart
  /** Share of the parameters that one token uses; 1 if absent. */
  activeShare?: number
}

/** The weights of one layer. */
export function layerWeights(model: ModelConfig, kind: LayerKind): Weight[] {
  return [...normWeights(model), ...mixerWeights(model, kind), ...ffnWeights(model, kind)]
}

function normWeights(model: ModelConfig): Weight[] {
  const norms = { sequential: 2, parallel: 1, sandwich: 4 }[model.residual]
  const each = model.hidden * (model.normBias ? 2 : 1)
  return [{ name: 'norms', parameters: norms * each, sharding: 'replicated' }]
}

function mixerWeights(model: ModelConfig, { mixer }: LayerKind): Weight[] {
  const { hidden } = model
  const weight = (name: string, parameters: number, sharding: Sharding): Weight => ({
    name,
    parameters,
    sharding,
    part: 'attention',
  })
  const plain = (name: string, parameters: number, sharding: Sharding): Weight => ({
    name,
    parameters,
    sharding,
  })
  if (mixer.type === 'linear') {
    const key = mixer.keyHeads * mixer.keyDim
    const value = mixer.valueHeads * mixer.valueDim
    const gates = mixer.variant === 'gated_delta' ? 2 * mixer.valueHeads : 0
    return [
      weight('in_proj', hidden * (2 * key + 2 * value), 'tensor'),
      plain('in_proj_gates', hidden * gates + gates, 'tensor'),
      plain('conv1d', mixer.convTaps * (2 * key + value), 'tensor'),
      plain('norm', mixer.variant === 'gated_delta' ? mixer.valueDim : value, 'replicated'),
      weight('out_proj', value * hidden, 'tensor'),
    ]
  }
  if (mixer.type === 'mla') {
    const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim, indexer } = mixer
    const query = heads * (nopeDim + ropeDim)
    return [
      ...(queryRank === null
        ? [weight('q_proj', hidden * query, 'tensor')]
        : [
            weight('q_a_proj', hidden * queryRank, 'replicated'),
            plain('q_a_layernorm', queryRank, 'replicated'),
            weight('q_b_proj', queryRank * query, 'tensor'),
          ]),
      weight('kv_a_proj', hidden * (kvRank + ropeDim), 'replicated'),
      plain('kv_a_layernorm', kvRank, 'replicated'),
      weight('kv_b_proj', kvRank * heads * (nopeDim + valueDim), 'tensor'),
      weight('o_proj', heads * valueDim * hidden, 'tensor'),
      ...(indexer === undefined
        ? []
        : [
            weight(
              'indexer',
              (queryRank ?? hidden) * indexer.heads * indexer.headDim + hidden * indexer.headDim,
              'replicated',
            ),
            plain('indexer.weights', hidden * indexer.heads + 2 * indexer.headDim, 'replicated'),
          ]),
    ]
  }
  const { heads, kvHeads, headDim } = mixer
  const query = heads * headDim * (mixer.outputGate === true ? 2 : 1)
  const keyValue = 2 * kvHeads * headDim
  return [
    weight('q_proj', hidden * query, 'tensor'),
    weight('kv_proj', hidden * keyValue, 'kv_heads'),
    weight('o_proj', heads * headDim * hidden, 'tensor'),
    ...(mixer.qkvBias
      ? [plain('q_bias', query, 'tensor'), plain('kv_bias', keyValue, 'kv_heads')]
      : []),
    ...(mixer.outBias ? [plain('o_bias', hidden, 'replicated')] : []),
    ...(mixer.qkNorm === 'head' ? [plain('qk_norm', 2 * headDim, 'replicated')] : []),
    ...(mixer.qkNorm === 'layer' ? [plain('qk_norm', (heads + kvHeads) * headDim, 'tensor')] : []),
  ]
}

function ffnWeights({ hidden }: ModelConfig, { ffn }: LayerKind): Weight[] {
  const matrices = ffn.gated ? 3 : 2
  const biases = (inter: number) => (matrices - 1) * inter + hidden
  if (ffn.type === 'dense') {
    return [
      { name: 'mlp', parameters: matrices * hidden * ffn.inter, sharding: 'tensor', part: 'mlp' },
      ...(ffn.bias
        ? [{ name: 'mlp_bias', parameters: biases(ffn.inter), sharding: 'tensor' as const }]
        : []),
    ]
  }
  const { experts, topk, inter, shared } = ffn
  const activeShare = topk / experts
  return [
    {
      name: 'router',
      parameters: hidden * experts + (ffn.routerBias ? experts : 0),
      sharding: 'replicated',
    },
    {
      name: 'experts',
      parameters: experts * matrices * hidden * inter,
      sharding: 'experts',
      part: 'experts',
      activeShare,
    },
    ...(ffn.bias
      ? [
          {
            name: 'expert_bias',
            parameters: experts * biases(inter),
            sharding: 'experts' as const,
            activeShare,
          },
        ]
      : []),
    ...(shared === undefined
      ? []
      : [
          {
            name: 'shared_experts',
            parameters: matrices * hidden * shared.inter,
            sharding: 'tensor' as const,
            part: 'shared' as const,
          },
          ...(shared.gate
            ? [
                {
                  name: 'shared_expert_gate',
                  parameters: hidden,
                  sharding: 'replicated' as const,
                },
              ]
            : []),
        ]),
  ]
}

/** The embedding tables, before the first layer. */
export function embeddingWeights(model: ModelConfig): Weight[] {
  return [
    { name: 'embed_tokens', parameters: model.vocab * model.hidden, sharding: 'tensor' },
    ...(model.positions === 'learned'
      ? [
          {
            name: 'embed_positions',
            parameters: model.maxPositions * model.hidden,
            sharding: 'replicated' as const,
          },
        ]
      : []),
  ]
}

/** The last norm and the LM head; the head is absent where it is the embedding table. */
export function headWeights(model: ModelConfig): Weight[] {
  return [
    {
      name: 'norm',
      parameters: model.hidden * (model.normBias ? 2 : 1),
      sharding: 'replicated',
    },
    ...(model.tiedEmbeddings
      ? []
      : [
          {
            name: 'lm_head',
            parameters: model.vocab * model.hidden + (model.headBias ? model.vocab : 0),
            sharding: 'tensor' as const,
            part: 'head' as const,
          },
        ]),
  ]
}

/** How many parameters a model has. */
export interface ParameterCount {
  total: number
  /** Parameters that one token uses: all but the experts that it is not routed to. */
  active: number
  /** In the embedding tables, LM head included. */
  embedding: number
}

/** Counts the parameters of a model, multi-token prediction and vision towers left out. */
export function countParameters(model: ModelConfig): ParameterCount {
  const ofKind = model.layerKinds.map((kind) => {
    const weights = layerWeights(model, kind)
    return {
      total: weights.reduce((sum, weight) => sum + weight.parameters, 0),
      active: weights.reduce(
        (sum, weight) => sum + weight.parameters * (weight.activeShare ?? 1),
        0,
      ),
    }
  })
  const outside = [...embeddingWeights(model), ...headWeights(model)]
  const rest = outside.reduce((sum, weight) => sum + weight.parameters, 0)
  return {
    total: model.layers.reduce((sum, kind) => sum + ofKind[kind]!.total, rest),
    active: model.layers.reduce((sum, kind) => sum + ofKind[kind]!.active, rest),
    embedding: outside
      .filter(({ name }) => name !== 'norm')
      .reduce((sum, weight) => sum + weight.parameters, 0),
  }
}
