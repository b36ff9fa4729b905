// State space models and linear attention: they take the place of attention in hybrid models. Names
// from flash-linear-attention (fla/ops), mamba_ssm, vLLM (model_executor/layers/mamba) and SGLang.
import type { KernelRule } from '../rule.js'

export const LINEAR_ATTENTION: readonly KernelRule[] = [
  {
    id: 'ssm.causal_conv1d',
    kernel: /causal_conv1d/,
    op: 'conv',
    family: 'convolution',
    dimensions: 'none',
    examples: [
      'void causal_conv1d_fwd_kernel<Causal_conv1d_fwd_kernel_traits<128, 4, true, c10::BFloat16, c10::BFloat16> >(ConvParamsBase)',
      '_causal_conv1d_update_kernel',
      'causal_conv1d_update_kernel',
    ],
  },
  {
    id: 'ssm.selective_scan',
    kernel:
      /selective_scan|selective_state_update|_chunk_scan_fwd|_chunk_state_(?:fwd|varlen)|_state_passing_fwd|_bmm_chunk_fwd|_chunk_cumsum_fwd|mamba\w*_(?:scan|ssd)/,
    op: 'scan',
    family: 'attention',
    parameters: { function: 'selective_scan' },
    examples: [
      'void selective_scan_fwd_kernel<Selective_Scan_fwd_kernel_traits<64, 16, 1, false, true, true, true, true, c10::BFloat16, float> >(SSMParamsBase)',
      '_selective_scan_update_kernel',
      '_chunk_scan_fwd_kernel',
      '_state_passing_fwd_kernel',
    ],
  },
  {
    id: 'linear_attention.gated_delta',
    kernel:
      /gated_delta|delta_rule|chunk_(?:fwd|bwd|gated|local_cumsum|scaled_dot_kkt|kda|gla|h_|o_)\w*|recompute_w_u|solve_tril|merge_\d+x\d+_to_\d+x\d+_inverse|fused_gdn_gating|fused_recurrent_\w+|fused_sigmoid_gating_\w+|kda_gate\w*|gdn_\w*kernel|\bgdr_\w+|prepare_wy_repr|fused_kda|^(?:fused_)?chunk(?:wise)?_\w*(?:fwd|bwd)|^wu_fwd|^token_shift_\w+|^_?parallel_\w*(?:gla|based|rebased|deltaformer)_(?:fwd|bwd)/,
    op: 'scan',
    family: 'attention',
    parameters: { function: 'gated_delta_rule' },
    examples: [
      'chunk_gated_delta_rule_fwd_kernel_h_blockdim64',
      'chunk_fwd_kernel_o',
      'recompute_w_u_fwd_kernel',
      'fused_recurrent_gated_delta_rule_fwd_kernel',
      'chunk_scaled_dot_kkt_fwd_kernel',
      'merge_16x16_to_64x64_inverse_kernel',
      'fused_sigmoid_gating_delta_rule_update_kernel',
      'chunk_dplr_fwd_kernel_h',
      'chunk_gsa_fwd_k_kernel_inter',
    ],
  },
  {
    id: 'linear_attention.lightning',
    kernel:
      /lightning_attention|linear_attn|linear_attention|_fwd_(?:diag|kv_parallel|kv_reduce|none_diag)_?kernel|^_fwd_kv_\w+|retention_\w*kernel|rwkv\w*|wkv_\w*kernel/i,
    op: 'scan',
    family: 'attention',
    parameters: { function: 'linear_attention' },
    examples: [
      'void lightning_attention_decode_kernel<c10::BFloat16>(c10::BFloat16 const*, c10::BFloat16 const*, c10::BFloat16 const*, float const*, float const*, c10::BFloat16*, float*, int, int, int, int)',
      '_fwd_diag_kernel',
      '_linear_attn_decode_kernel',
      '_fwd_kv_parallel',
    ],
  },
]
