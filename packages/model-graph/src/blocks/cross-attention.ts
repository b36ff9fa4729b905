// Attention of a decoder to its encoder's output (Whisper, T5, BART). Keys and values are projected once
// for a sequence, with its prompt, and kept.
import { dtypeBytes } from '@flowsim/trace-schema'
import { addCrossKernels } from '../program/attention-kernels.js'
import type { ProgramBuilder } from '../program/builder.js'
import { type MixerBlock, matrix, plain } from './block.js'

/** Attention of a decoder to its encoder's output, whose keys and values are made once a sequence. */
export interface CrossMixer {
  type: 'cross'
  heads: number
  headDim: number
  /** Positions of the encoder's output. */
  keys: number
  bias: boolean
}

export const CROSS_ATTENTION: MixerBlock<CrossMixer> = {
  weights({ heads, headDim, bias }, hidden) {
    const width = heads * headDim
    return [
      matrix('cross_q_proj', hidden * width, 'tensor'),
      matrix('cross_kv_proj', 2 * hidden * width, 'tensor'),
      matrix('cross_o_proj', width * hidden, 'tensor'),
      // Keys have no bias, as in BART and Whisper.
      ...(bias ? [plain('cross_bias', 2 * width + hidden, 'replicated')] : []),
    ]
  },
  divided: ({ heads }) => [{ count: heads, what: 'heads' }],
  stateBytes: ({ heads, headDim, keys }, layout, { kv }) =>
    (2 * keys * heads * headDim * dtypeBytes(kv)) / layout.tensor,
  activationWidth: ({ heads, headDim }) => 2 * heads * headDim,
  addOps,
}

function addOps(b: ProgramBuilder, { heads: all, headDim, keys, bias }: CrossMixer): void {
  const { hidden } = b.model
  const heads = b.layout.share(all, b.layout.tensor)
  const width = heads * headDim
  b.linear('cross_q_proj', 'encoder_attn.q_proj', {
    part: 'attention',
    rows: 'tokens',
    n: width,
    k: hidden,
    bias,
  })
  b.linear('cross_kv_proj', 'encoder_attn.kv_proj', {
    part: 'attention',
    rows: (sizes) => sizes.prefillSequences * keys,
    n: 2 * width,
    k: hidden,
    bias,
    needs: 'prefill',
    varies: 'prefill',
  })
  addCrossKernels(b, { heads, kvHeads: heads, headDim, causal: false }, keys)
  b.linear('cross_o_proj', 'encoder_attn.out_proj', {
    part: 'attention',
    rows: 'tokens',
    n: hidden,
    k: width,
    bias,
  })
}
