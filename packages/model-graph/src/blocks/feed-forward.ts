// What feed-forward networks are, dense or of experts: their weights, and the operations of a dense one.
import type { OpCallOf } from '@flowsim/trace-schema'
import type { ProgramBuilder, Rows } from '../program/builder.js'
import type { Sizes } from '../program/sizes.js'
import type { WeightPart } from '../quantization.js'
import { plain, type Weight } from './block.js'
import type { Nothing } from './mixer.js'

export type Activation = 'silu' | 'gelu' | 'relu'

/** One feed-forward network for every token. */
export interface DenseFeedForward {
  type: 'dense'
  inter: number
  gated: boolean
  activation: Activation
  bias: boolean
}

/** Many feed-forward networks (experts), of which each token uses a few. */
export interface ExpertFeedForward {
  type: 'moe'
  experts: number
  topk: number
  /** Intermediate width of one expert. */
  inter: number
  gated: boolean
  activation: Activation
  bias: boolean
  routerBias: boolean
  /** Experts work on vectors of this width, to and from which tokens are projected. */
  latent?: number
  /** Experts stand in so many groups, of which a token's lie in a few (group-limited routing). */
  groups?: { count: number; chosen: number }
  /** Choices of the router that are not networks but pass the token on; `topk` counts real experts. */
  identityExperts?: number
  /** A feed-forward network that every token uses besides its experts. */
  shared?: { inter: number; gate: boolean }
  /** Norms of the experts' inputs and outputs, besides those of the layer. */
  norms?: number
}

/** What a layer does to each token after mixing. */
export type FeedForward = DenseFeedForward | ExpertFeedForward | Nothing

/** The weights of a feed-forward network. */
export function feedForwardWeights(ffn: FeedForward, hidden: number): Weight[] {
  if (ffn.type === 'none') return []
  const matrices = ffn.gated ? 3 : 2
  const biases = (inter: number) => (matrices - 1) * inter + hidden
  if (ffn.type === 'dense') {
    return [
      { name: 'mlp', parameters: matrices * hidden * ffn.inter, sharding: 'tensor', part: 'mlp' },
      ...(ffn.bias ? [plain('mlp_bias', biases(ffn.inter), 'tensor')] : []),
    ]
  }
  const { experts, topk, inter, shared, latent, identityExperts = 0 } = ffn
  const activeShare = topk / experts
  const choices = experts + identityExperts
  return [
    plain('router', hidden * choices + (ffn.routerBias ? choices : 0), 'replicated'),
    ...(latent === undefined
      ? []
      : [{ ...plain('latent_proj', 2 * hidden * latent, 'replicated'), part: 'shared' as const }]),
    {
      name: 'experts',
      parameters: experts * matrices * (latent ?? hidden) * inter,
      sharding: 'experts',
      part: 'experts',
      activeShare,
    },
    ...(ffn.bias
      ? [{ ...plain('expert_bias', experts * biases(inter), 'experts'), activeShare }]
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
          ...(shared.gate ? [plain('shared_expert_gate', hidden, 'replicated')] : []),
        ]),
    ...(ffn.norms === undefined ? [] : [plain('expert_norms', ffn.norms * hidden, 'replicated')]),
  ]
}

/** Adds a dense feed-forward network, its reduction not included. */
export function addDense(b: ProgramBuilder, ffn: DenseFeedForward): void {
  const inter = b.layout.share(ffn.inter, b.layout.tensor)
  addTwoLinears(b, 'mlp', ffn, { part: 'mlp', rows: 'tokens', inter, bias: ffn.bias })
}

/** Adds the products of a network and what lies between them; widths are those of a device. */
export function addTwoLinears(
  b: ProgramBuilder,
  module: string,
  ffn: { gated: boolean; activation: Activation },
  layer: { part: WeightPart; rows: Rows; inter: number; bias?: boolean },
): void {
  const { part, rows, inter, bias = false } = layer
  const { hidden } = b.model
  const shared = part === 'shared' ? 'shared_' : ''
  const up = ffn.gated ? `${shared}gate_up_proj` : `${shared}up_proj`
  b.linear(up, `${module}.${ffn.gated ? 'gate_up_proj' : 'up_proj'}`, {
    part,
    rows,
    n: ffn.gated ? 2 * inter : inter,
    k: hidden,
    bias,
  })
  addActivation(b, `${shared}act_fn`, `${module}.act_fn`, ffn, {
    rows: (sizes) => sizes[rows],
    inter,
  })
  b.linear(`${shared}down_proj`, `${module}.down_proj`, { part, rows, n: hidden, k: inter, bias })
}

/** Adds the activation between the two products, with the gate's product where there is one. */
export function addActivation(
  b: ProgramBuilder,
  name: string,
  module: string,
  ffn: { gated: boolean; activation: Activation },
  { rows, inter }: { rows: (sizes: Sizes) => number; inter: number },
): void {
  const dtype = b.dtypes.activations
  if (!ffn.gated) {
    const call: OpCallOf<'silu' | 'gelu' | 'relu'> = { op: ffn.activation, elements: 0, dtype }
    b.add(name, module, call, (act, sizes) => {
      act.elements = rows(sizes) * inter
    })
  } else if (ffn.activation === 'relu') {
    b.pointwise(name, module, { rows, cols: inter, function: 'relu_mul', inputs: 2 })
  } else {
    const call: OpCallOf<'silu_mul' | 'gelu_mul'> = {
      op: `${ffn.activation}_mul`,
      rows: 0,
      cols: inter,
      dtype,
    }
    b.add(name, module, call, (act, sizes) => {
      act.rows = rows(sizes)
    })
  }
}
