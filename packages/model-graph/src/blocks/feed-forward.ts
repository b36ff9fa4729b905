// Dense feed-forward networks and experts.
//
// Experts, after the router has chosen `topk` of them for each token, run on the rows that reach a
// device: tokens·topk/expert. How tokens get there and back is the layout's `dispatch`. In an
// all-to-all a token goes once to each device that has one of its experts; with experts drawn evenly
// that is E·(1 − C(N − N/E, k)/C(N, k)) of E devices for k of N experts.
import type { Dtype, OpCallOf } from '@flowsim/trace-schema'
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

function addTwoLinears(
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

function addActivation(
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

/** Adds router, shared and routed experts and the communication between them. */
export function addExperts(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const { hidden } = b.model
  const { dispatch, tensor, moeDevices, share } = b.layout
  const choices = ffn.experts + (ffn.identityExperts ?? 0)
  b.linear('router', 'mlp.gate', {
    part: null,
    rows: 'sentTokens',
    n: choices,
    k: hidden,
    bias: ffn.routerBias,
  })
  const route: OpCallOf<'moe_route'> = {
    op: 'moe_route',
    tokens: 0,
    experts: choices,
    topk: ffn.topk,
    dtype: 'fp32',
  }
  b.add('route', 'mlp.topk', route, (call, sizes) => {
    call.tokens = sizes.sentTokens
  })

  const { latent } = ffn
  if (latent !== undefined) {
    b.linear('latent_down', 'mlp.latent_down', {
      part: 'shared',
      rows: 'sentTokens',
      n: latent,
      k: hidden,
    })
  }
  addDispatch(b, ffn)
  if (ffn.shared !== undefined) {
    const rows: Rows =
      dispatch === 'all_gather'
        ? 'expertTokens'
        : dispatch === 'all_to_all'
          ? 'sentTokens'
          : 'tokens'
    const parts = dispatch === 'all_gather' ? moeDevices : dispatch === 'all_to_all' ? 1 : tensor
    const module = 'mlp.shared_experts'
    const inter = share(ffn.shared.inter, parts)
    addTwoLinears(b, module, ffn, { part: 'shared', rows, inter })
    if (ffn.shared.gate) {
      b.linear('shared_gate', 'mlp.shared_expert_gate', { part: null, rows, n: 1, k: hidden })
      b.pointwise('shared_gate_mul', module, {
        rows,
        cols: hidden,
        function: 'sigmoid_mul',
        inputs: 2,
      })
    }
  }
  if ((b.options.experts ?? 'fused') === 'fused') addFusedExperts(b, ffn)
  else addGroupedExperts(b, ffn)
  if (dispatch === 'all_to_all') addCombine(b, ffn)
  if (latent !== undefined) {
    b.linear('latent_up', 'mlp.latent_up', {
      part: 'shared',
      rows: 'sentTokens',
      n: hidden,
      k: latent,
    })
  }
  if (ffn.shared !== undefined) {
    const rows: Rows = dispatch === 'all_gather' ? 'expertTokens' : 'sentTokens'
    b.pointwise('shared_add', 'mlp', { rows, cols: hidden, function: 'add', inputs: 2 })
  }
  if (dispatch === 'all_gather') {
    b.communicate('reduce_scatter', 'expert_reduce_scatter', 'mlp.experts', {
      group: 'expert',
      devices: moeDevices,
      elements: (sizes) => sizes.expertTokens * hidden,
    })
  }
}

/** Width of what experts read and write. */
function expertWidth(b: ProgramBuilder, { latent }: ExpertFeedForward): number {
  return latent ?? b.model.hidden
}

function addDispatch(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const hidden = expertWidth(b, ffn)
  const { dispatch, moeDevices } = b.layout
  if (dispatch === 'all_gather') {
    b.communicate('all_gather', 'expert_all_gather', 'mlp.experts', {
      group: 'expert',
      devices: moeDevices,
      elements: (sizes) => sizes.expertTokens * hidden,
    })
  } else if (dispatch === 'all_to_all') {
    const { input = b.dtypes.activations } = b.dtypes.parts.experts
    const devices = devicesPerToken(ffn.experts, ffn.topk, b.layout.expert)
    b.quantize('expert_dispatch', 'mlp.experts', {
      rows: 'sentTokens',
      cols: hidden,
      part: 'experts',
    })
    b.communicate('all_to_all', 'expert_dispatch', 'mlp.experts', {
      group: 'expert',
      devices: moeDevices,
      elements: (sizes) => sizes.sentTokens * devices * hidden,
      dtype: input,
    })
  }
}

function addCombine(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const hidden = expertWidth(b, ffn)
  const devices = devicesPerToken(ffn.experts, ffn.topk, b.layout.expert)
  b.communicate('all_to_all', 'expert_combine', 'mlp.experts', {
    group: 'expert',
    devices: b.layout.moeDevices,
    elements: (sizes) => sizes.sentTokens * devices * hidden,
  })
}

/** Devices, of those that divide the experts, that have at least one of a token's experts. */
export function devicesPerToken(experts: number, topk: number, devices: number): number {
  const own = experts / devices
  let missed = 1
  for (let drawn = 0; drawn < topk; drawn++) {
    missed *= Math.max(0, experts - own - drawn) / (experts - drawn)
  }
  return devices * (1 - missed)
}

/** Rows of the most loaded device over the mean. */
function skewOf({ options: { expertSkew } }: ProgramBuilder, { expertTokens }: Sizes): number {
  return expertSkew === undefined ? 1 : expertSkew(expertTokens)
}

function addFusedExperts(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const { expert, moeTensor } = b.layout
  const call: OpCallOf<'moe'> = {
    op: 'moe',
    tokens: 0,
    hidden: expertWidth(b, ffn),
    inter: ffn.inter,
    topk: ffn.topk,
    experts: ffn.experts,
    ...(moeTensor === 1 ? {} : { tensorParallel: moeTensor }),
    ...(expert === 1 ? {} : { expertParallel: expert }),
    distribution: b.options.distribution ?? 'balanced',
    ...b.gemmTypes('experts'),
  }
  b.add('experts', 'mlp.experts', call, (moe, sizes) => {
    moe.tokens = Math.ceil(sizes.expertTokens * skewOf(b, sizes))
  })
}

function addGroupedExperts(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const hidden = expertWidth(b, ffn)
  const { expert, moeTensor, share, redundantExperts } = b.layout
  const inter = share(ffn.inter, moeTensor)
  const groups = share(ffn.experts + redundantExperts, expert)
  const types = b.gemmTypes('experts')
  const form = b.options.experts
  const isQuantised = types.dtype !== b.dtypes.activations
  const tokens = (sizes: Sizes) => Math.ceil(sizes.expertTokens / expert)
  const rows = (sizes: Sizes) =>
    Math.ceil(((sizes.expertTokens * ffn.topk) / expert) * skewOf(b, sizes))
  const module = 'mlp.experts'
  if (form === 'grouped') {
    const permute: OpCallOf<'moe_permute'> = {
      op: 'moe_permute',
      tokens: 0,
      hidden,
      topk: ffn.topk,
      dtype: b.dtypes.activations,
    }
    b.add('expert_permute', module, permute, (call, sizes) => {
      call.tokens = tokens(sizes)
    })
  } else if (form === 'contiguous') {
    addRowCopy(b, 'expert_permute', { rows, hidden, dtype: types.dtype })
  }
  const gemm = (name: string, n: number, k: number, quantizes: boolean) => {
    if (isQuantised && quantizes) b.quantize(name, module, { rows, cols: k, part: 'experts' })
    const topk = Math.max(1, Math.round(ffn.topk / expert))
    const call: OpCallOf<'grouped_gemm'> = {
      op: 'grouped_gemm',
      groups,
      topk,
      m: 0,
      n,
      k,
      ...types,
    }
    b.add(name, module, call, (grouped, sizes) => {
      grouped.m = rows(sizes)
    })
  }
  // What is sent to the devices of experts is quantised before.
  gemm('expert_up', ffn.gated ? 2 * inter : inter, hidden, form === 'grouped')
  addActivation(b, 'expert_act', module, ffn, { rows, inter })
  // Rows in order of experts are quantised by the kernel of their activation.
  gemm('expert_down', hidden, inter, form !== 'masked')
  if (form === 'contiguous') {
    addRowCopy(b, 'expert_gather', { rows, hidden, dtype: b.dtypes.activations })
  } else if (form === 'grouped') {
    const reduce: OpCallOf<'reduce'> = {
      op: 'reduce',
      rows: 0,
      cols: ffn.topk,
      dtype: b.dtypes.activations,
      function: 'weighted_sum',
    }
    b.add('expert_reduce', module, reduce, (call, sizes) => {
      call.rows = tokens(sizes) * hidden
    })
  }
}

/** Rows that change places between the order of their tokens and that of their experts. */
function addRowCopy(
  b: ProgramBuilder,
  name: string,
  { rows, hidden, dtype }: { rows: (sizes: Sizes) => number; hidden: number; dtype: Dtype },
): void {
  // Whole rows of several kilobytes are moved as fast as a copy is; rows that are gathered one by one are not.
  const call: OpCallOf<'copy'> = { op: 'copy', elements: 0, dtype }
  b.add(name, 'mlp.experts', call, (copy, sizes) => {
    copy.elements = rows(sizes) * hidden
  })
}
