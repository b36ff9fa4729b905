// The operations of a layer of experts.
//
// Experts, after the router has chosen `topk` of them for each token, run on the rows that reach a
// device: tokens·topk/expert. How tokens get there and back is the layout's `dispatch`. In an
// all-to-all a token goes once to each device that has one of its experts; with experts drawn evenly
// that is E·(1 − C(N − N/E, k)/C(N, k)) of E devices for k of N experts.
import type { Dtype, OpCallOf } from '@flowsim/trace-schema'
import type { ProgramBuilder, Rows } from '../program/builder.js'
import type { Sizes } from '../program/sizes.js'
import { addActivation, addTwoLinears, type ExpertFeedForward } from './feed-forward.js'

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
