// Dense feed-forward networks and experts.
//
// Experts, after the router has chosen `topk` of them for each token, run on the rows that reach a
// device: tokens·topk/expert. How tokens get there and back is the layout's `dispatch`. In an
// all-to-all a token goes once to each device that has one of its experts; with experts drawn evenly
// that is E·(1 − C(N − N/E, k)/C(N, k)) of E devices for k of N experts.
import type { OpCallOf } from '@flowsim/trace-schema'
import type { DenseFeedForward, ExpertFeedForward } from '../model.js'
import type { WeightPart } from '../quantization.js'
import type { ProgramBuilder, Rows } from './builder.js'
import type { Sizes } from './sizes.js'

/** Adds a dense feed-forward network, its reduction not included. */
export function addDense(b: ProgramBuilder, ffn: DenseFeedForward): void {
  addTwoLinears(
    b,
    'mlp',
    'mlp',
    ffn,
    'tokens',
    b.layout.share(ffn.inter, b.layout.tensor),
    ffn.bias,
  )
}

function addTwoLinears(
  b: ProgramBuilder,
  module: string,
  part: WeightPart,
  ffn: { gated: boolean; activation: 'silu' | 'gelu' | 'relu' },
  rows: Rows,
  inter: number,
  bias = false,
): void {
  const { hidden } = b.model
  const shared = part === 'shared' ? 'shared_' : ''
  const up = ffn.gated ? `${shared}gate_up_proj` : `${shared}up_proj`
  b.linear(
    up,
    `${module}.${ffn.gated ? 'gate_up_proj' : 'up_proj'}`,
    part,
    rows,
    ffn.gated ? 2 * inter : inter,
    hidden,
    {
      bias,
    },
  )
  addActivation(b, `${shared}act_fn`, `${module}.act_fn`, ffn, (sizes) => sizes[rows], inter)
  b.linear(`${shared}down_proj`, `${module}.down_proj`, part, rows, hidden, inter, { bias })
}

function addActivation(
  b: ProgramBuilder,
  name: string,
  module: string,
  ffn: { gated: boolean; activation: 'silu' | 'gelu' | 'relu' },
  rows: (sizes: Sizes) => number,
  inter: number,
): void {
  const dtype = b.dtypes.activations
  if (!ffn.gated) {
    const call: OpCallOf<'silu' | 'gelu' | 'relu'> = { op: ffn.activation, elements: 0, dtype }
    b.add(name, module, call, (act, sizes) => {
      act.elements = rows(sizes) * inter
    })
  } else if (ffn.activation === 'relu') {
    b.pointwise(name, module, rows, inter, 'relu_mul', 2)
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
  b.linear('router', 'mlp.gate', null, 'sentTokens', ffn.experts, hidden, { bias: ffn.routerBias })
  const route: OpCallOf<'moe_route'> = {
    op: 'moe_route',
    tokens: 0,
    experts: ffn.experts,
    topk: ffn.topk,
    dtype: 'fp32',
  }
  b.add('route', 'mlp.topk', route, (call, sizes) => {
    call.tokens = sizes.sentTokens
  })

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
    addTwoLinears(b, module, 'shared', ffn, rows, share(ffn.shared.inter, parts))
    if (ffn.shared.gate) {
      b.linear('shared_gate', 'mlp.shared_expert_gate', null, rows, 1, hidden)
      b.pointwise('shared_gate_mul', module, rows, hidden, 'sigmoid_mul', 2)
    }
  }
  if (b.options.experts === 'grouped') addGroupedExperts(b, ffn)
  else addFusedExperts(b, ffn)
  if (dispatch === 'all_to_all') addCombine(b, ffn)
  if (ffn.shared !== undefined) {
    const rows: Rows = dispatch === 'all_gather' ? 'expertTokens' : 'sentTokens'
    b.pointwise('shared_add', 'mlp', rows, hidden, 'add', 2)
  }
  if (dispatch === 'all_gather') {
    b.communicate(
      'reduce_scatter',
      'expert_reduce_scatter',
      'mlp.experts',
      'expert',
      moeDevices,
      (sizes) => sizes.expertTokens * hidden,
    )
  }
}

function addDispatch(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const { hidden } = b.model
  const { dispatch, moeDevices } = b.layout
  if (dispatch === 'all_gather') {
    b.communicate(
      'all_gather',
      'expert_all_gather',
      'mlp.experts',
      'expert',
      moeDevices,
      (sizes) => sizes.expertTokens * hidden,
    )
  } else if (dispatch === 'all_to_all') {
    const { input = b.dtypes.activations } = b.dtypes.parts.experts
    const devices = devicesPerToken(ffn.experts, ffn.topk, b.layout.expert)
    b.quantize('expert_dispatch', 'mlp.experts', 'sentTokens', hidden, 'experts')
    b.communicate(
      'all_to_all',
      'expert_dispatch',
      'mlp.experts',
      'expert',
      moeDevices,
      (sizes) => sizes.sentTokens * devices * hidden,
      { dtype: input },
    )
  }
}

function addCombine(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const { hidden } = b.model
  const devices = devicesPerToken(ffn.experts, ffn.topk, b.layout.expert)
  b.communicate(
    'all_to_all',
    'expert_combine',
    'mlp.experts',
    'expert',
    b.layout.moeDevices,
    (sizes) => sizes.sentTokens * devices * hidden,
  )
}

/** Devices, of those that divide the experts, that have at least one of a token's experts. */
function devicesPerToken(experts: number, topk: number, devices: number): number {
  const own = experts / devices
  let missed = 1
  for (let drawn = 0; drawn < topk; drawn++) {
    missed *= Math.max(0, experts - own - drawn) / (experts - drawn)
  }
  return devices * (1 - missed)
}

function addFusedExperts(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const { expert, moeTensor } = b.layout
  const call: OpCallOf<'moe'> = {
    op: 'moe',
    tokens: 0,
    hidden: b.model.hidden,
    inter: ffn.inter,
    topk: ffn.topk,
    experts: ffn.experts,
    ...(moeTensor === 1 ? {} : { tensorParallel: moeTensor }),
    ...(expert === 1 ? {} : { expertParallel: expert }),
    distribution: b.options.distribution ?? 'balanced',
    ...b.gemmTypes('experts'),
  }
  b.add('experts', 'mlp.experts', call, (moe, sizes) => {
    moe.tokens = sizes.expertTokens
  })
}

function addGroupedExperts(b: ProgramBuilder, ffn: ExpertFeedForward): void {
  const { hidden } = b.model
  const { expert, moeTensor, share } = b.layout
  const inter = share(ffn.inter, moeTensor)
  const groups = share(ffn.experts, expert)
  const types = b.gemmTypes('experts')
  const tokens = (sizes: Sizes) => Math.ceil(sizes.expertTokens / expert)
  const rows = (sizes: Sizes) => Math.ceil((sizes.expertTokens * ffn.topk) / expert)
  const module = 'mlp.experts'
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
  const gemm = (name: string, n: number, k: number) => {
    if (types.dtype !== b.dtypes.activations) b.quantize(name, module, rows, k, 'experts')
    const call: OpCallOf<'grouped_gemm'> = { op: 'grouped_gemm', groups, m: 0, n, k, ...types }
    b.add(name, module, call, (grouped, sizes) => {
      grouped.m = rows(sizes)
    })
  }
  gemm('expert_up', ffn.gated ? 2 * inter : inter, hidden)
  addActivation(b, 'expert_act', module, ffn, rows, inter)
  gemm('expert_down', hidden, inter)
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
