// RWKV-7's time mixing (arXiv 2503.14456, sections 4 and B): a delta rule with a decay and a learning rate
// for each channel, each from a low-rank projection, and token shift before all projections. FLOPs are
// those of the recurrence on a state of d × d for each head: decay d², removal 4d², update 2d², read-out
// 2d².
import { dtypeBytes } from '@flowsim/trace-schema'
import type { ProgramBuilder } from '../program/builder.js'
import { addRecurrence } from '../program/recurrence.js'
import { type MixerBlock, matrix, plain } from './block.js'

/** RWKV-7's time mixing (arXiv 2503.14456). */
export interface RwkvMixer {
  type: 'rwkv7'
  heads: number
  headDim: number
  /** Ranks of the projections of decay, learning rate, value residual and gate. */
  ranks: { decay: number; rate: number; value: number; gate: number }
}

export const RWKV: MixerBlock<RwkvMixer> = {
  weights({ heads, headDim, ranks }, hidden) {
    const width = heads * headDim
    const low = (rank: number) => rank * (hidden + width)
    return [
      matrix('rkv_proj', 3 * hidden * width, 'tensor'),
      matrix('low_rank', low(ranks.decay + ranks.rate + ranks.value + ranks.gate), 'tensor'),
      matrix('o_proj', width * hidden, 'tensor'),
      // Six token shifts; biases of decay, rate and value; k_k, k_a, r_k; the norm of the output.
      plain('vectors', 6 * hidden + 6 * width + 2 * width, 'replicated'),
    ]
  },
  divided: ({ heads }) => [{ count: heads, what: 'heads' }],
  stateBytes: ({ heads, headDim }, layout, { activations }) =>
    (heads * headDim * headDim * dtypeBytes('fp32')) / layout.tensor +
    2 * heads * headDim * dtypeBytes(activations),
  activationWidth: ({ heads, headDim }) => 8 * heads * headDim,
  addOps,
}

function addOps(b: ProgramBuilder, { heads: all, headDim, ranks }: RwkvMixer): void {
  const { hidden } = b.model
  const heads = b.layout.share(all, b.layout.tensor)
  const width = heads * headDim
  b.pointwise('token_shift', 'time_mix', {
    rows: 'tokens',
    cols: 6 * hidden,
    function: 'lerp',
    inputs: 2,
  })
  b.linear('rkv_proj', 'time_mix.rkv_proj', {
    part: 'attention',
    rows: 'tokens',
    n: 3 * width,
    k: hidden,
  })
  for (const [name, rank] of Object.entries(ranks)) {
    if (rank === 0) continue
    b.linear(`${name}_a_proj`, `time_mix.${name}_a_proj`, {
      part: 'attention',
      rows: 'tokens',
      n: rank,
      k: hidden,
    })
    b.linear(`${name}_b_proj`, `time_mix.${name}_b_proj`, {
      part: 'attention',
      rows: 'tokens',
      n: width,
      k: rank,
    })
  }
  addRecurrence(b, {
    module: 'time_mix',
    kernel: 'rwkv7_state_scan',
    name: 'time_mix',
    state: width * headDim,
    flopsPerState: 9,
    inputs: 6 * width,
    outputs: width,
  })
  b.pointwise('gated_norm', 'time_mix.norm', {
    rows: 'tokens',
    cols: width,
    function: 'groupnorm_gate',
    inputs: 2,
  })
  b.linear('o_proj', 'time_mix.o_proj', { part: 'attention', rows: 'tokens', n: hidden, k: width })
}
