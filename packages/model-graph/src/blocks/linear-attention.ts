// Attention with a state of fixed size: the gated delta rule (arXiv 2412.06464), Kimi's delta attention
// with a decay for each channel (arXiv 2510.26692) and lightning attention (arXiv 2401.04658). FLOPs are
// those of the recurrence, the least work, for each token and value head with a state of a × b: decay ab,
// read-out 2ab, update 2ab, and for the delta rule 2ab more to predict the value that is there. The state
// of each sequence is read and written in fp32.
import { dtypeBytes } from '@flowsim/trace-schema'
import type { ProgramBuilder } from '../program/builder.js'
import { addConvolution, addRecurrence } from '../program/recurrence.js'
import { type MixerBlock, matrix, plain, type Weight } from './block.js'

/** Attention with a state of fixed size for each sequence instead of keys and values. */
export interface LinearMixer {
  type: 'linear'
  variant: 'gated_delta' | 'lightning' | 'kda'
  keyHeads: number
  valueHeads: number
  keyDim: number
  valueDim: number
  /** Taps of the causal convolution over queries, keys and values; 0 for none. */
  convTaps: number
  /** Rank of the projections of gates; absent: full. */
  gateRank?: number
}

const KERNELS = {
  gated_delta: 'gated_delta_rule',
  kda: 'kimi_delta_attention',
  lightning: 'lightning_attention',
} as const

export const LINEAR_ATTENTION: MixerBlock<LinearMixer> = {
  weights,
  divided: ({ keyHeads, valueHeads }) => [
    { count: valueHeads, what: 'heads' },
    { count: keyHeads, what: 'key heads' },
  ],
  stateBytes(mixer, layout, { activations }) {
    const state = mixer.valueHeads * mixer.keyDim * mixer.valueDim * dtypeBytes('fp32')
    const channels = 2 * mixer.keyHeads * mixer.keyDim + mixer.valueHeads * mixer.valueDim
    const taps = Math.max(0, mixer.convTaps - 1) * channels * dtypeBytes(activations)
    return (state + taps) / layout.tensor
  },
  activationWidth: ({ keyHeads, keyDim, valueHeads, valueDim }) =>
    2 * keyHeads * keyDim + 3 * valueHeads * valueDim,
  addOps,
}

function weights(mixer: LinearMixer, hidden: number): Weight[] {
  const { variant, keyHeads, keyDim, valueHeads, valueDim, gateRank } = mixer
  const key = keyHeads * keyDim
  const value = valueHeads * valueDim
  const projected = 2 * key + (gateRank === undefined ? 2 : 1) * value
  const gates = { gated_delta: 2 * valueHeads, kda: valueHeads, lightning: 0 }[variant]
  const decayed = { gated_delta: 2 * valueHeads, kda: key + valueHeads, lightning: 0 }[variant]
  const low =
    gateRank === undefined ? [] : [matrix('g_proj', gateRank * (hidden + value), 'tensor')]
  // Kimi projects its decays at the rank of a head, whatever its output gate.
  const decay = variant === 'kda' ? [matrix('f_proj', keyDim * (hidden + key), 'tensor')] : []
  return [
    matrix('in_proj', hidden * projected, 'tensor'),
    plain('in_proj_gates', hidden * gates + decayed, 'tensor'),
    ...low,
    ...decay,
    plain('conv1d', mixer.convTaps * (2 * key + value), 'tensor'),
    plain('norm', variant === 'lightning' ? value : valueDim, 'replicated'),
    matrix('out_proj', value * hidden, 'tensor'),
  ]
}

function addOps(b: ProgramBuilder, mixer: LinearMixer): void {
  const { tensor, share } = b.layout
  const { hidden } = b.model
  const { variant, gateRank } = mixer
  const keyHeads = share(mixer.keyHeads, tensor)
  const valueHeads = share(mixer.valueHeads, tensor)
  const keys = keyHeads * mixer.keyDim
  const values = valueHeads * mixer.valueDim
  const projected = 2 * keys + (gateRank === undefined ? 2 : 1) * values
  b.linear('in_proj', 'linear_attn.in_proj', {
    part: 'attention',
    rows: 'tokens',
    n: projected,
    k: hidden,
  })
  if (gateRank !== undefined) addLowRank(b, 'g', gateRank, values)
  if (variant === 'kda') addLowRank(b, 'f', mixer.keyDim, keys)
  if (variant !== 'lightning') {
    const gates = variant === 'kda' ? valueHeads : 2 * valueHeads
    b.linear('in_proj_gates', 'linear_attn.in_proj_ba', {
      part: null,
      rows: 'tokens',
      n: gates,
      k: hidden,
    })
  }
  if (mixer.convTaps > 0) {
    addConvolution(b, 'linear_attn.conv1d', mixer.convTaps, 2 * keys + values)
  }
  addRecurrence(b, {
    module: 'linear_attn',
    kernel: KERNELS[variant],
    name: 'linear_attention',
    state: valueHeads * mixer.keyDim * mixer.valueDim,
    flopsPerState: variant === 'lightning' ? 5 : 7,
    inputs: 2 * keys + values,
    outputs: values,
  })
  b.pointwise('gated_norm', 'linear_attn.norm', {
    rows: 'tokens',
    cols: values,
    function: 'rmsnorm_gate',
    inputs: 2,
  })
  b.linear('out_proj', 'linear_attn.out_proj', {
    part: 'attention',
    rows: 'tokens',
    n: hidden,
    k: values,
  })
}

/** A projection through a narrow layer that every device has. */
function addLowRank(b: ProgramBuilder, name: string, rank: number, width: number): void {
  const { hidden } = b.model
  b.linear(`${name}_a_proj`, `linear_attn.${name}_a_proj`, {
    part: 'attention',
    rows: 'tokens',
    n: rank,
    k: hidden,
  })
  b.linear(`${name}_b_proj`, `linear_attn.${name}_b_proj`, {
    part: 'attention',
    rows: 'tokens',
    n: width,
    k: rank,
  })
}
