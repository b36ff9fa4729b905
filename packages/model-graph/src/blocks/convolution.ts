// A convolution over a few tokens between two gates (LFM2): B, C, x = in(h); y = out(C · conv(B · x)).
import { dtypeBytes } from '@flowsim/trace-schema'
import type { ProgramBuilder } from '../program/builder.js'
import { addConvolution } from '../program/recurrence.js'
import { type MixerBlock, matrix, plain } from './block.js'

/** A gated convolution over a few tokens (LFM2). */
export interface ConvolutionMixer {
  type: 'convolution'
  taps: number
  channels: number
  bias: boolean
}

export const CONVOLUTION: MixerBlock<ConvolutionMixer> = {
  weights: ({ taps, channels, bias }, hidden) => [
    matrix('in_proj', 3 * hidden * channels, 'tensor'),
    plain('conv', (taps + (bias ? 1 : 0)) * channels, 'tensor'),
    matrix('out_proj', channels * hidden, 'tensor'),
    ...(bias ? [plain('bias', 3 * channels + hidden, 'replicated')] : []),
  ],
  divided: ({ channels }) => [{ count: channels, what: 'channels' }],
  stateBytes: ({ taps, channels }, layout, { activations }) =>
    ((taps - 1) * channels * dtypeBytes(activations)) / layout.tensor,
  activationWidth: ({ channels }) => 4 * channels,
  addOps,
}

function addOps(b: ProgramBuilder, { taps, channels, bias }: ConvolutionMixer): void {
  const { hidden } = b.model
  const width = b.layout.share(channels, b.layout.tensor)
  b.linear('in_proj', 'conv.in_proj', {
    part: 'attention',
    rows: 'tokens',
    n: 3 * width,
    k: hidden,
    bias,
  })
  b.pointwise('conv_gate', 'conv', { rows: 'tokens', cols: width, function: 'mul', inputs: 2 })
  addConvolution(b, 'conv.conv', taps, width)
  b.pointwise('conv_output_gate', 'conv', {
    rows: 'tokens',
    cols: width,
    function: 'mul',
    inputs: 2,
  })
  b.linear('out_proj', 'conv.out_proj', {
    part: 'attention',
    rows: 'tokens',
    n: hidden,
    k: width,
    bias,
  })
}
