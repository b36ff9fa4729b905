// Operations of mixers that keep a state: a causal convolution over a few tokens, and a recurrence that
// reads and writes the state of each sequence, in fp32, once a step.
import type { OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { phaseTokens } from './attention-kernels.js'
import type { ProgramBuilder } from './builder.js'

/** A recurrence, on one device. */
export interface Recurrence {
  module: string
  /** Name of its kernel. */
  kernel: string
  /** Name of the operation, before the phase. */
  name: string
  /** Numbers in the state of a sequence. */
  state: number
  /** FLOPs of a token for each number of the state. */
  flopsPerState: number
  /** Elements of a token that it reads and writes. */
  inputs: number
  outputs: number
}

/** Adds a recurrence for the prompts and one for the decoding sequences of a step. */
export function addRecurrence(b: ProgramBuilder, recurrence: Recurrence): void {
  const { module, kernel, name, state, flopsPerState, inputs, outputs } = recurrence
  const bytes = dtypeBytes(b.dtypes.activations)
  for (const phase of ['prefill', 'decode'] as const) {
    const rows = phaseTokens(phase, b.layout.context)
    const call: OpCallOf<'other'> = { op: 'other', name: kernel }
    b.add(
      `${name}_${phase}`,
      module,
      call,
      (other, sizes) => {
        const tokens = rows(sizes)
        const sequences = phase === 'prefill' ? sizes.prefillSequences : sizes.decodeSequences
        const states = sequences * state * dtypeBytes('fp32')
        other.flops = flopsPerState * tokens * state
        other.readBytes = Math.round(tokens * inputs * bytes + states)
        other.writeBytes = Math.round(tokens * outputs * bytes + states)
      },
      { needs: phase, varies: phase },
    )
  }
}

/** Adds a causal convolution of each channel. */
export function addConvolution(
  b: ProgramBuilder,
  module: string,
  taps: number,
  channels: number,
): void {
  const bytes = dtypeBytes(b.dtypes.activations)
  const call: OpCallOf<'other'> = { op: 'other', name: 'causal_conv1d' }
  b.add('conv1d', module, call, (other, sizes) => {
    const elements = sizes.tokens * channels
    other.flops = 2 * taps * elements
    other.readBytes = elements * bytes + taps * channels * bytes
    other.writeBytes = elements * bytes
  })
}
