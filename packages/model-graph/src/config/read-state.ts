// Mixers that keep a state from the fields of a configuration: linear attention, Mamba, RWKV, short
// convolutions.
import type { ConvolutionMixer } from '../blocks/convolution.js'
import type { LinearMixer } from '../blocks/linear-attention.js'
import type { MambaMixer } from '../blocks/mamba.js'
import type { LayerContext } from '../families/family.js'

/** The gated delta rule of Qwen3-Next and OLMo Hybrid. */
export function readGatedDelta({ fields }: LayerContext): LinearMixer {
  return {
    type: 'linear',
    variant: 'gated_delta',
    keyHeads: fields.size('linear_num_key_heads'),
    valueHeads: fields.size('linear_num_value_heads'),
    keyDim: fields.size('linear_key_head_dim'),
    valueDim: fields.size('linear_value_head_dim'),
    convTaps: fields.size('linear_conv_kernel_dim'),
  }
}

/** Kimi's delta attention. */
export function readKimiDelta({ fields }: LayerContext): LinearMixer {
  const nested = fields.object('linear_attn_config')
  const heads = nested?.optionalSize('num_heads') ?? fields.size('linear_num_heads')
  const dim = nested?.optionalSize('head_dim') ?? fields.size('linear_head_dim')
  const taps =
    nested?.optionalSize('short_conv_kernel_size') ?? fields.size('linear_conv_kernel_dim')
  const fullGate = nested?.flag('use_full_rank_gate', false) ?? false
  return {
    type: 'linear',
    variant: 'kda',
    keyHeads: heads,
    valueHeads: heads,
    keyDim: dim,
    valueDim: dim,
    convTaps: taps,
    ...(fullGate ? {} : { gateRank: dim }),
  }
}

/** Lightning attention of MiniMax-Text-01 and Ling. */
export function readLightning({ fields, hidden }: LayerContext): LinearMixer {
  const heads = fields.size('num_attention_heads')
  const headDim = fields.optionalSize('head_dim') ?? hidden / heads
  return {
    type: 'linear',
    variant: 'lightning',
    keyHeads: heads,
    valueHeads: heads,
    keyDim: headDim,
    valueDim: headDim,
    convTaps: 0,
  }
}

/** Mamba-2, by the names of Mamba, Bamba, Granite, Falcon-H1, Zamba and Nemotron. */
export function readMamba2({ fields, hidden }: LayerContext): MambaMixer {
  const expanded = hidden * (fields.optionalSize('mamba_expand', 'expand') ?? 2)
  const heads = fields.size('mamba_n_heads', 'mamba_num_heads', 'n_mamba_heads', 'num_heads')
  const headDim = fields.optionalSize('mamba_d_head', 'mamba_head_dim', 'mamba_headdim')
  const own = fields.optionalSize('mamba_d_ssm')
  const inner = own ?? heads * (headDim ?? fields.optionalSize('head_dim') ?? expanded / heads)
  return {
    type: 'mamba',
    version: 2,
    inner,
    heads,
    groups: fields.size('mamba_n_groups', 'mamba_ngroups', 'n_groups'),
    stateDim: fields.size('mamba_d_state', 'ssm_state_size', 'state_size'),
    convTaps: fields.size('mamba_d_conv', 'conv_kernel'),
    convBias: fields.flag('mamba_conv_bias', true) && fields.flag('use_conv_bias', true),
    norm: fields.flag('mamba_rms_norm', true),
  }
}

/** Mamba, by the names of Mamba and Jamba. */
export function readMamba1({ fields, hidden }: LayerContext): MambaMixer {
  const inner =
    fields.optionalSize('intermediate_size_mamba') ??
    hidden * (fields.optionalSize('mamba_expand', 'expand') ?? 2)
  return {
    type: 'mamba',
    version: 1,
    inner,
    heads: 1,
    groups: 1,
    stateDim: fields.size('mamba_d_state', 'state_size'),
    convTaps: fields.size('mamba_d_conv', 'conv_kernel'),
    convBias: fields.flag('mamba_conv_bias', true) && fields.flag('use_conv_bias', true),
    stepRank: fields.optionalSize('mamba_dt_rank', 'time_step_rank') ?? Math.ceil(hidden / 16),
    norm: fields.has('mamba_dt_rank'),
  }
}

/** LFM2's gated convolution. */
export function readConvolution({ fields, hidden }: LayerContext): ConvolutionMixer {
  return {
    type: 'convolution',
    taps: fields.size('conv_L_cache'),
    channels: hidden,
    bias: fields.flag('conv_bias', false),
  }
}
