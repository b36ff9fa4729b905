// Attention with a state of fixed size: the gated delta rule (arXiv 2412.06464) and lightning
// attention (arXiv 2401.04658). FLOPs are those of the recurrence, the least work, for each token and
// value head with a state of a × b: decay ab, read-out 2ab, update 2ab, and for the delta rule 2ab
// more to predict the value that is there. The state of each sequence is read and written in fp32.
import type { OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import type { LinearMixer } from '../model.js'
import { phaseTokens } from './attention.js'
import type { ProgramBuilder } from './builder.js'

const STATE_BYTES = 4

/** Adds the mixer of a layer, up to its output projection. */
export function addLinearAttention(b: ProgramBuilder, mixer: LinearMixer): void {
  const { tensor, share } = b.layout
  const { hidden } = b.model
  const keyHeads = share(mixer.keyHeads, tensor)
  const valueHeads = share(mixer.valueHeads, tensor)
  const keys = keyHeads * mixer.keyDim
  const values = valueHeads * mixer.valueDim
  b.linear('in_proj', 'linear_attn.in_proj', 'attention', 'tokens', 2 * keys + 2 * values, hidden)
  if (mixer.variant === 'gated_delta') {
    b.linear('in_proj_gates', 'linear_attn.in_proj_ba', null, 'tokens', 2 * valueHeads, hidden)
  }
  if (mixer.convTaps > 0) addConvolution(b, mixer.convTaps, 2 * keys + values)
  const flopsPerState = mixer.variant === 'gated_delta' ? 7 : 5
  for (const phase of ['prefill', 'decode'] as const) {
    const rows = phaseTokens(phase, b.layout.context)
    const state = valueHeads * mixer.keyDim * mixer.valueDim
    const bytes = dtypeBytes(b.dtypes.activations)
    const call: OpCallOf<'other'> = {
      op: 'other',
      name: mixer.variant === 'gated_delta' ? 'gated_delta_rule' : 'lightning_attention',
    }
    b.add(
      `linear_attention_${phase}`,
      'linear_attn',
      call,
      (other, sizes) => {
        const tokens = rows(sizes)
        const sequences = phase === 'prefill' ? sizes.prefillSequences : sizes.decodeSequences
        const states = sequences * state * STATE_BYTES
        other.flops = flopsPerState * tokens * state
        other.readBytes = Math.round(tokens * (2 * keys + values) * bytes + states)
        other.writeBytes = Math.round(tokens * values * bytes + states)
      },
      { needs: phase, varies: phase },
    )
  }
  b.pointwise('gated_norm', 'linear_attn.norm', 'tokens', values, 'rmsnorm_gate', 2)
  b.linear('out_proj', 'linear_attn.out_proj', 'attention', 'tokens', hidden, values)
}

function addConvolution(b: ProgramBuilder, taps: number, channels: number): void {
  const bytes = dtypeBytes(b.dtypes.activations)
  const call: OpCallOf<'other'> = { op: 'other', name: 'causal_conv1d' }
  b.add('conv1d', 'linear_attn.conv1d', call, (other, sizes) => {
    const elements = sizes.tokens * channels
    other.flops = 2 * taps * elements
    other.readBytes = elements * bytes + taps * channels * bytes
    other.writeBytes = elements * bytes
  })
}
