// A selective state space: Mamba (arXiv 2312.00752) and Mamba-2 (arXiv 2405.21060). FLOPs are those of the
// recurrence: for each token and each number of the state decay 1, update 2, read-out 2.
import { dtypeBytes } from '@flowsim/trace-schema'
import type { ProgramBuilder } from '../program/builder.js'
import { addConvolution, addRecurrence } from '../program/recurrence.js'
import { type MixerBlock, matrix, plain } from './block.js'

/** A selective state space (Mamba, arXiv 2312.00752; Mamba-2, arXiv 2405.21060). */
export interface MambaMixer {
  type: 'mamba'
  version: 1 | 2
  /** Width inside of the block. */
  inner: number
  /** Heads and groups of version 2; 1 in version 1. */
  heads: number
  groups: number
  stateDim: number
  convTaps: number
  convBias: boolean
  /** Rank of the time steps' projection, in version 1. */
  stepRank?: number
  /** Norm of the output (2) or of time steps and both state projections (1). */
  norm: boolean
}

export const MAMBA: MixerBlock<MambaMixer> = {
  weights(mixer, hidden) {
    const { version, inner, heads, stateDim, convTaps, convBias, stepRank = 0, norm } = mixer
    const channels = convolved(mixer)
    const conv = plain('conv1d', (convTaps + (convBias ? 1 : 0)) * channels, 'tensor')
    if (version === 2) {
      return [
        matrix('in_proj', hidden * (inner + channels + heads), 'tensor'),
        conv,
        plain('steps', 3 * heads, 'tensor'),
        ...(norm ? [plain('norm', inner, 'tensor')] : []),
        matrix('out_proj', inner * hidden, 'tensor'),
      ]
    }
    return [
      matrix('in_proj', hidden * 2 * inner, 'tensor'),
      conv,
      matrix('x_proj', inner * (stepRank + 2 * stateDim), 'tensor'),
      matrix('dt_proj', stepRank * inner, 'tensor'),
      plain('steps', inner * (stateDim + 2), 'tensor'),
      ...(norm ? [plain('norm', stepRank + 2 * stateDim, 'replicated')] : []),
      matrix('out_proj', inner * hidden, 'tensor'),
    ]
  },
  divided: ({ version, heads, inner }) =>
    version === 2 ? [{ count: heads, what: 'heads' }] : [{ count: inner, what: 'channels' }],
  stateBytes(mixer, layout, { activations }) {
    const state = mixer.inner * mixer.stateDim * dtypeBytes('fp32')
    const taps = (mixer.convTaps - 1) * convolved(mixer) * dtypeBytes(activations)
    return (state + taps) / layout.tensor
  },
  activationWidth: (mixer) => 2 * mixer.inner + convolved(mixer),
  addOps,
}

/** Channels of the convolution: in version 2 the projections of the state too. */
function convolved({ version, inner, groups, stateDim }: MambaMixer): number {
  return version === 2 ? inner + 2 * groups * stateDim : inner
}

function addOps(b: ProgramBuilder, mixer: MambaMixer): void {
  const { tensor, share } = b.layout
  const { hidden } = b.model
  const { version, stateDim, stepRank = 0 } = mixer
  const inner = share(mixer.inner, tensor)
  const heads = share(mixer.heads, tensor)
  // Groups are repeated where there are fewer of them than devices.
  const groups = share(mixer.groups, tensor)
  const channels = version === 2 ? inner + 2 * groups * stateDim : inner
  const projected = version === 2 ? inner + channels + heads : 2 * inner
  b.linear('in_proj', 'mamba.in_proj', {
    part: 'attention',
    rows: 'tokens',
    n: projected,
    k: hidden,
  })
  addConvolution(b, 'mamba.conv1d', mixer.convTaps, channels)
  if (version === 1) {
    const selected = stepRank + 2 * stateDim
    b.linear('x_proj', 'mamba.x_proj', { part: 'attention', rows: 'tokens', n: selected, k: inner })
    b.reduceRows('x_proj', 'mamba.x_proj', selected)
    b.linear('dt_proj', 'mamba.dt_proj', {
      part: 'attention',
      rows: 'tokens',
      n: inner,
      k: stepRank,
      bias: true,
    })
  }
  addRecurrence(b, {
    module: 'mamba',
    kernel: version === 2 ? 'mamba2_state_scan' : 'mamba_selective_scan',
    name: 'state_space',
    state: inner * stateDim,
    flopsPerState: 5,
    inputs: channels + inner + 2 * (version === 1 ? stateDim : 0),
    outputs: inner,
  })
  b.pointwise('gated_norm', 'mamba.norm', {
    rows: 'tokens',
    cols: inner,
    function: 'rmsnorm_gate',
    inputs: 2,
  })
  b.linear('out_proj', 'mamba.out_proj', { part: 'attention', rows: 'tokens', n: hidden, k: inner })
}
