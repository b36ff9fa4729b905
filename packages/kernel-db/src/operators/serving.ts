// Arguments of the custom operators of serving engines and their kernel libraries.
// Sources: vllm csrc/torch_bindings.cpp, csrc/moe/torch_bindings.cpp, csrc/rocm/torch_bindings.cpp,
// vllm/attention/layer.py; sglang sgl-kernel/csrc/common_extension.cc, flash_extension.cc;
// flashinfer csrc (torch bindings of the JIT modules); aiter/ops/*.py.
import type { OperatorRule } from '../rule.js'

const C = (...names: string[]) =>
  names.flatMap((name) => [`_C::${name}`, `vllm::${name}`, `sgl_kernel::${name}`])

const FA3_FORWARD =
  'q k v k_new v_new q_v >out cu_seqlens_q cu_seqlens_k cu_seqlens_k_new seqused_q seqused_k max_seqlen_q max_seqlen_k page_table kv_batch_idx leftpad_k rotary_cos rotary_sin seqlens_rotary q_descale k_descale v_descale softmax_scale is_causal window_size_left window_size_right'

const EXPERTS = 'hidden_states w1 w2 topk_weights topk_ids'

export const SERVING: readonly OperatorRule[] = [
  // Linear layers.
  {
    operators: C('cutlass_scaled_mm'),
    params: '>out a b scale_a scale_b bias',
    op: 'matmul',
  },
  {
    operators: C('cutlass_scaled_mm_azp'),
    params: '>out a b scale_a scale_b azp_adj azp bias',
    op: 'matmul',
  },
  {
    operators: C('cutlass_scaled_fp4_mm'),
    params: '>out a b block_scale_a scale_b alpha',
    op: 'matmul',
    parameters: { dtype: 'fp4_e2m1', weightDtype: 'fp4_e2m1', packA: 2, weight: 'nk' },
  },
  {
    operators: C('fp8_scaled_mm', 'int8_scaled_mm', 'fp8_blockwise_scaled_mm'),
    params: ['a b scale_a scale_b out_dtype bias', 'a b scale_a scale_b out_dtype'],
    op: 'matmul',
  },
  { operators: C('dsv3_fused_a_gemm', 'dsv3_router_gemm'), params: '>out a b', op: 'matmul' },
  { operators: ['sglang::flashinfer_dsv3_router_gemm'], params: '>out a b', op: 'matmul' },
  {
    operators: [
      'sglang::deep_gemm_fp8_fp8_bf16_nt',
      'vllm::fp8_gemm_nt_op',
      'vllm::w8a8_deepgemm_block_scaled_mm',
    ],
    params: ['a scale_a b scale_b >out', 'a scale_a b scale_b >out use_deep_gemm_e8m0'],
    op: 'matmul',
  },
  {
    operators: [
      'vllm::w8a8_block_fp8_matmul_func',
      'vllm::w8a8_triton_block_scaled_mm_func',
      'vllm::rocm_aiter_gemm_w8a8_blockscale',
      'sglang::w8a8_block_fp8_matmul_triton',
      'sglang::w8a8_block_fp8_matmul_deepgemm',
    ],
    params: 'a b scale_a scale_b block_size out_dtype',
    op: 'matmul',
  },
  {
    operators: ['vllm::apply_w8a8_block_fp8_linear', 'sglang::fp8_linear'],
    params: 'a b block_size scale_b',
    op: 'matmul',
  },
  {
    operators: C(
      'gptq_marlin_gemm',
      'marlin_gemm',
      'marlin_qqq_gemm',
      'gptq_marlin_24_gemm',
      'fp8_marlin_gemm',
      'hqq_marlin_gemm',
    ),
    params: 'a',
    op: 'matmul',
    parameters: { weightDtype: 'int4' },
  },
  {
    operators: C('awq_gemm'),
    params: 'a b scale_b zeros split_k_iters',
    op: 'matmul',
    // Eight 4-bit values lie in each int32 along n.
    parameters: { packN: 8, weightDtype: 'int4' },
  },
  {
    operators: C('gptq_gemm'),
    params: 'a b qzeros scale_b g_idx',
    op: 'matmul',
    parameters: { weightDtype: 'int4' },
  },
  { operators: C('machete_mm'), params: 'a b', op: 'matmul', parameters: { weightDtype: 'int4' } },
  {
    operators: C('allspark_w8a16_gemm'),
    params: 'a b scale_b',
    op: 'matmul',
    parameters: { weightDtype: 'int8' },
  },
  { operators: C('bmm_fp8'), params: 'a b >out scale_a scale_b', op: 'bmm' },
  {
    operators: ['_rocm_C::LLMM1', '_rocm_C::wvSplitK', '_rocm_C::wvSplitKrc'],
    params: 'b a bias',
    op: 'matmul',
  },
  {
    operators: ['vllm::rocm_unquantized_gemm', 'vllm::rocm_unquantized_gemm_impl'],
    params: 'a b bias',
    op: 'matmul',
  },
  { operators: ['_rocm_C::wvSplitKQ'], params: 'b a bias >out scale_a scale_b', op: 'matmul' },
  {
    operators: [
      'aiter::gemm_a8w8',
      'aiter::gemm_a8w8_ck',
      'aiter::gemm_a8w8_bpreshuffle',
      'aiter::gemm_a8w8_bpreshuffle_ck',
      'aiter::gemm_a8w8_blockscale',
      'aiter::gemm_a8w8_blockscale_ck',
      'aiter::gemm_a8w8_ASM',
      'aiter::gemm_a8w8_blockscale_cktile',
      'aiter::gemm_a8w8_blockscale_bpreshuffle_ck',
      'aiter::gemm_a8w8_blockscale_bpreshuffle_cktile',
      'aiter::flatmm_a8w8_blockscale_asm',
      'vllm::rocm_aiter_triton_gemm_a8w8_blockscale',
    ],
    params: 'a b scale_a scale_b >out',
    op: 'matmul',
  },
  {
    // Launchers that a profiler plug-in for SGLang wraps, with a number at the end.
    operators: /^sglang_profiler::\w*gemm_a8w8_\w+$/,
    params: 'a b scale_a scale_b',
    op: 'matmul',
  },
  {
    operators: [
      'aiter::gemm_a4w4',
      'aiter::gemm_a4w4_blockscale',
      'aiter::gemm_a4w4_asm',
      'aiter::_gemm_a4w4_asm',
    ],
    params: 'a b scale_a scale_b >out',
    op: 'matmul',
    // Two 4-bit values lie in each byte.
    parameters: { dtype: 'fp4_e2m1', weightDtype: 'fp4_e2m1', packA: 2, weight: 'nk' },
  },
  {
    operators: [
      'aiter::hipb_mm',
      'aiter::gemm_a16w16',
      'aiter::gemm_a16w16_asm',
      'aiter::rocb_mm',
      'aiter::wv_splitk_small_fp16_bf16',
      'aiter::tgemm_mm',
    ],
    params: 'a b',
    op: 'matmul',
  },
  {
    operators: ['aiter::batched_gemm_a8w8', 'aiter::batched_gemm_bf16'],
    params: 'a b >out',
    op: 'bmm',
  },
  {
    operators: [
      'flashinfer::mm_fp4',
      'sglang::flashinfer_fp4_gemm',
      'sglang::fp4_gemm',
      'vllm::flashinfer_mm_fp4',
      'flashinfer::fp4_gemm',
    ],
    params: 'a b block_scale_a scale_b',
    op: 'matmul',
    parameters: { dtype: 'fp4_e2m1', weightDtype: 'fp4_e2m1', packA: 2 },
  },
  {
    operators: ['flashinfer::bmm_fp8'],
    params: 'a b scale_a scale_b out_dtype >out',
    op: 'bmm',
  },
  // Attention of whole layers.
  {
    operators: ['vllm::unified_attention'],
    params: 'q k v',
    op: 'attention',
    parameters: { cached: true },
  },
  {
    operators: ['vllm::unified_attention_with_output', 'sglang::unified_attention_with_output'],
    params: 'q k v >out',
    op: 'attention',
    parameters: { cached: true },
  },
  {
    operators: [
      'vllm::unified_mla_attention',
      'vllm::unified_mla_attention_with_output',
      'sglang::unified_mla_attention_with_output',
    ],
    params: 'q kv_c k_pe >out',
    op: 'attention',
    dimensions: 'latentAttention',
    parameters: { cached: true },
    decides: false,
  },
  { operators: ['vllm::maybe_calc_kv_scales'], params: 'q k v', op: 'reduce', decides: false },
  {
    operators: ['_C::paged_attention_v1', 'vllm::paged_attention_v1'],
    params: '>out q k_cache v_cache num_kv_heads scale block_table seq_lens block_size max_seq_len',
    op: 'attention',
    parameters: { cache: 'blocks' },
  },
  {
    operators: ['_C::paged_attention_v2', 'vllm::paged_attention_v2', '_rocm_C::paged_attention'],
    params:
      '>out exp_sums max_logits tmp_out q k_cache v_cache num_kv_heads scale block_table seq_lens block_size max_seq_len',
    op: 'attention',
    parameters: { cache: 'blocks' },
  },
  {
    operators: [
      '_vllm_fa2_C::varlen_fwd',
      'sgl_kernel::varlen_fwd',
      'flash_attn_2_cuda::varlen_fwd',
    ],
    params:
      'q k v >out cu_seqlens_q cu_seqlens_k seqused_k leftpad_k block_table alibi_slopes max_seqlen_q max_seqlen_k dropout_p softmax_scale zero_tensors is_causal window_size_left window_size_right',
    op: 'attention',
    parameters: { cacheInKeys: true },
  },
  {
    operators: [
      '_vllm_fa3_C::fwd',
      'sgl_kernel::fwd',
      'flash_attn_3::fwd',
      'flash_attn_3::_flash_attn_forward',
      'flash_attn_3_cuda::fwd',
    ],
    params: FA3_FORWARD,
    op: 'attention',
    parameters: { cacheInKeys: true },
  },
  {
    operators: ['flash_attn::_flash_attn_forward'],
    params: 'q k v dropout_p softmax_scale is_causal window_size_left window_size_right',
    op: 'attention',
  },
  {
    operators: ['flash_attn::_flash_attn_varlen_forward'],
    params:
      'q k v cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k dropout_p softmax_scale is_causal window_size_left window_size_right',
    op: 'attention',
  },
  {
    operators: ['flash_attn::_flash_attn_backward'],
    params: 'grad_output q k v out logsumexp >dq >dk >dv dropout_p softmax_scale is_causal',
    op: 'attention',
    parameters: { direction: 'backward' },
  },
  {
    operators: ['flash_attn::_flash_attn_varlen_backward'],
    params:
      'grad_output q k v out logsumexp >dq >dk >dv cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k dropout_p softmax_scale is_causal',
    op: 'attention',
    parameters: { direction: 'backward' },
  },
  {
    operators: ['aiter::fmha_v3_fwd', 'aiter::mha_fwd', 'aiter::_flash_attn_forward'],
    params: 'q k v dropout_p softmax_scale is_causal window_size_left window_size_right',
    op: 'attention',
  },
  {
    operators: [
      'aiter::fmha_v3_varlen_fwd',
      'aiter::mha_varlen_fwd',
      'aiter::_flash_attn_varlen_forward',
    ],
    params:
      'q k v cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k min_seqlen_q dropout_p softmax_scale logits_soft_cap zero_tensors is_causal window_size_left window_size_right',
    op: 'attention',
  },
  {
    operators: ['aiter::fmha_v3_bwd', 'aiter::mha_bwd'],
    params: 'grad_output q k v out logsumexp dropout_p softmax_scale is_causal',
    op: 'attention',
    parameters: { direction: 'backward' },
  },
  {
    operators: ['aiter::fmha_v3_varlen_bwd', 'aiter::mha_varlen_bwd'],
    params: 'grad_output q k v out logsumexp cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k',
    op: 'attention',
    parameters: { direction: 'backward' },
  },
  {
    operators: ['aiter::mha_batch_prefill', 'sglang_profiler::attention_mha_batch_prefill'],
    params:
      'q k_cache v_cache cu_seqlens_q kv_indptr kv_indices max_seqlen_q max_seqlen_k dropout_p softmax_scale logits_soft_cap zero_tensors is_causal window_size_left window_size_right',
    op: 'attention',
    parameters: { indices: 'buffer' },
  },
  {
    operators: [
      'aiter::paged_attention_ragged',
      'sglang_profiler::attention_paged_attention_ragged',
    ],
    params: '>out workspace q k_cache v_cache kv_indptr kv_indices kv_last_page_lens',
    op: 'attention',
    parameters: { indices: 'buffer' },
  },
  {
    operators: [
      'aiter::paged_attention_rocm',
      'aiter::paged_attention_v1',
      'vllm::paged_attention_rocm',
    ],
    params:
      '>out exp_sums max_logits tmp_out q k_cache v_cache num_kv_heads scale block_table seq_lens block_size max_seq_len',
    op: 'attention',
    parameters: { cache: 'blocks' },
  },
  {
    operators: ['aiter::pa_fwd_asm', 'aiter::pa_fwd'],
    params: 'q k_cache v_cache block_table seq_lens',
    op: 'attention',
    parameters: { cache: 'blocks' },
  },
  {
    operators: [
      'aiter::mla_decode_stage1_asm_fwd',
      'aiter::mla_decode_fwd',
      'vllm::rocm_aiter_mla_decode_fwd',
      'sglang_profiler::mla_decode_fwd',
    ],
    params: 'q kv_cache qo_indptr kv_indptr kv_indices kv_last_page_lens',
    op: 'attention',
    dimensions: 'latentAttention',
    parameters: { indices: 'buffer' },
  },
  {
    operators: /^batch_prefill_with_kv_cache_\w+::ragged_run$/,
    params:
      'workspace int_workspace plan_info q k v qo_indptr kv_indptr >out lse mask_mode layout window_left',
    op: 'attention',
  },
  {
    operators: /^batch_prefill_with_kv_cache_\w+::paged_run$/,
    params:
      'workspace int_workspace plan_info q k_cache v_cache qo_indptr kv_indptr kv_indices kv_last_page_lens >out lse mask_mode layout window_left',
    op: 'attention',
  },
  {
    operators: /^batch_decode_with_kv_cache_\w+::run$/,
    params:
      'workspace int_workspace plan_info q k_cache v_cache kv_indptr kv_indices kv_last_page_lens >out lse layout window_left',
    op: 'attention',
  },
  {
    operators: /^batch_mla_attention_\w+::run$/,
    params:
      'workspace int_workspace plan_info q_nope q_pe ckv_cache kpe_cache kv_indices >out lse mask_mode num_heads page_size scale',
    op: 'attention',
    dimensions: 'latentAttention',
  },
  {
    operators: /^single_prefill_with_kv_cache_\w+::run$/,
    params: 'q k v tmp >out lse mask_mode layout window_left',
    op: 'attention',
  },
  {
    operators: /^single_decode_with_kv_cache_\w+::run$/,
    params: 'q k v tmp >out lse layout window_left',
    op: 'attention',
  },
  {
    operators: ['sgl_kernel::cutlass_mla_decode'],
    params: '>out q_nope q_pe kv_cache seq_lens page_table workspace scale num_kv_splits',
    op: 'attention',
    dimensions: 'latentAttention',
  },
  {
    operators: ['_C::sm100_cutlass_mla_decode'],
    params: '>out lse q_nope q_pe kv_cache seq_lens page_table workspace scale num_kv_splits',
    op: 'attention',
    dimensions: 'latentAttention',
  },
  {
    operators: [
      '_flashmla_C::fwd_kvcache_mla',
      'sgl_kernel::fwd_kvcache_mla',
      'vllm::flash_mla_with_kvcache',
    ],
    params: 'q kv_cache head_dim_v seq_lens block_table scale is_causal',
    op: 'attention',
    dimensions: 'latentAttention',
  },
  {
    operators: ['sgl_kernel::merge_state', 'sgl_kernel::merge_state_v2'],
    params: 'v_a s_a v_b s_b >out >s_merged',
    op: 'elementwise',
    family: 'attention',
    parameters: { function: 'merge_attention_states' },
  },
  {
    operators: ['_C::merge_attn_states'],
    params: '>out >lse prefix_output prefix_lse suffix_output suffix_lse',
    op: 'elementwise',
    family: 'attention',
    parameters: { function: 'merge_attention_states' },
  },
  {
    operators: ['sgl_kernel::lightning_attention_decode'],
    params: 'q k v past_kv slope >out >new_kv',
    op: 'scan',
    family: 'attention',
    decides: false,
  },
  // Mixture of experts.
  {
    operators: [
      'sglang::inplace_fused_experts',
      'sglang::outplace_fused_experts',
      'vllm::inplace_fused_experts',
      'vllm::outplace_fused_experts',
      'sglang::fused_experts',
      'sglang::rocm_fused_experts_tkw1',
      'vllm::rocm_aiter_fused_moe',
    ],
    params: EXPERTS,
    op: 'grouped_gemm',
    decides: false,
  },
  {
    operators: ['vllm::moe_forward', 'vllm::moe_forward_shared', 'sglang::moe_forward'],
    params: 'hidden_states router_logits',
    op: 'grouped_gemm',
    decides: false,
  },
  {
    operators: ['vllm::fused_marlin_moe', 'sglang::fused_marlin_moe'],
    params: EXPERTS,
    op: 'grouped_gemm',
    decides: false,
  },
  {
    operators: [
      'sglang::trtllm_fp8_block_scale_moe_wrapper',
      'flashinfer::trtllm_fp8_block_scale_moe',
      'vllm::flashinfer_fused_moe_blockscale_fp8',
      'sglang::trtllm_fp8_block_scale_moe',
    ],
    params:
      'router_logits bias hidden_states hidden_scale w1 w1_scale w2 w2_scale num_experts topk n_group topk_group intermediate_size local_expert_offset local_num_experts',
    op: 'grouped_gemm',
    decides: false,
  },
  {
    operators: ['_C::cutlass_moe_mm', 'sgl_kernel::cutlass_moe_mm'],
    params: '>out a b scale_a scale_b expert_offsets problem_sizes',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: { grouped: true },
  },
  {
    operators: ['_C::cutlass_fp4_group_mm', 'sgl_kernel::cutlass_fp4_group_mm'],
    params: '>out a b block_scale_a scale_b alphas',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: {
      grouped: true,
      dtype: 'fp4_e2m1',
      weightDtype: 'fp4_e2m1',
      packA: 2,
      weight: 'nk',
    },
  },
  {
    operators: ['sgl_kernel::fp8_blockwise_scaled_grouped_mm'],
    params: '>out a_ptrs b_ptrs out_ptrs a_scales_ptrs b_scales_ptrs a b scale_a scale_b',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: { grouped: true },
  },
  {
    operators: ['sgl_kernel::cutlass_w4a8_moe_mm', '_C::cutlass_w4a8_moe_mm'],
    params: '>out a b scale_a scale_b expert_offsets',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: { grouped: true, weightDtype: 'int4' },
  },
  {
    operators: [
      '_moe_C::moe_wna16_marlin_gemm',
      'sgl_kernel::moe_wna16_marlin_gemm',
      '_moe_C::marlin_gemm_moe',
    ],
    params: 'a',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: { weightDtype: 'int4' },
  },
  {
    operators: ['_moe_C::moe_wna16_gemm'],
    params: 'input >out b scale_b',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: { weightDtype: 'int4', grouped: true },
  },
  {
    operators: [
      'sglang::deep_gemm_grouped_gemm_nt_f8f8bf16_contig',
      'sglang::deep_gemm_grouped_gemm_nt_f8f8bf16_masked',
    ],
    params: 'a scale_a b scale_b >out',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: { grouped: true },
  },
  {
    operators: [
      'aiter::fmoe_g1u1',
      'aiter::fmoe_int8_g1u0',
      'aiter::fmoe_fp8_blockscale_g1u1',
      'aiter::fmoe',
    ],
    params:
      '>out hidden_states w1 w2 sorted_token_ids sorted_weights sorted_expert_ids num_valid_ids topk',
    op: 'moe',
  },
  {
    operators: ['aiter::ck_moe_stage1', 'aiter::ck_moe_stage1_fwd', 'aiter::moe_stage1_g1u1'],
    params: 'hidden_states w1 w2 sorted_token_ids sorted_expert_ids num_valid_ids >out topk',
    op: 'grouped_gemm',
    parameters: { stage: 'up' },
  },
  {
    operators: ['aiter::ck_moe_stage2', 'aiter::ck_moe_stage2_fwd'],
    params: 'hidden_states w1 w2 sorted_token_ids sorted_expert_ids num_valid_ids >out topk',
    op: 'grouped_gemm',
    parameters: { stage: 'down' },
  },
  {
    operators: ['aiter::fused_moe_', 'aiter::fused_moe'],
    params: EXPERTS,
    op: 'grouped_gemm',
    decides: false,
  },
  {
    operators: [
      'sgl_kernel::moe_align_block_size',
      '_moe_C::moe_align_block_size',
      '_moe_C::sgl_moe_align_block_size',
      'vllm::moe_align_block_size',
    ],
    params: 'topk_ids num_experts block_size >sorted_token_ids >experts_ids >num_tokens_post_pad',
    op: 'sort',
    family: 'moe',
    dimensions: 'align',
  },
  {
    operators: [
      'sgl_kernel::prepare_moe_input',
      '_C::get_cutlass_moe_mm_data',
      'sgl_kernel::get_cutlass_w4a8_moe_mm_data',
    ],
    params: 'topk_ids',
    op: 'sort',
    family: 'moe',
    dimensions: 'align',
  },
  {
    operators: ['aiter::moe_sorting_fwd', 'aiter::moe_sorting_opus_fwd'],
    params: 'topk_ids topk_weights',
    op: 'sort',
    family: 'moe',
    dimensions: 'align',
  },
  {
    operators: [
      'sgl_kernel::topk_softmax',
      '_moe_C::topk_softmax',
      'aiter::topk_softmax',
      'aiter::topk_softmax_asm',
      'aiter::topk_sigmoid',
      'sgl_kernel::topk_sigmoid',
      '_moe_C::topk_sigmoid',
    ],
    params: [
      '>topk_weights >topk_ids gating_output renormalize',
      '>topk_weights >topk_ids >token_expert_indices gating_output',
      '>topk_weights >topk_ids >token_expert_indices gating_output renormalize',
      '>topk_weights >topk_ids gating_output renormalize moe_softcapping correction_bias',
    ],
    op: 'moe_route',
  },
  {
    operators: ['sgl_kernel::moe_fused_gate', 'sgl_kernel::kimi_k2_moe_fused_gate'],
    params: 'gating_output bias num_expert_group topk_group topk',
    op: 'moe_route',
  },
  {
    operators: ['_moe_C::grouped_topk'],
    params: 'gating_output scores_with_bias n_group topk_group topk',
    op: 'moe_route',
  },
  {
    operators: [
      'aiter::biased_grouped_topk_hip',
      'aiter::biased_grouped_topk',
      'aiter::moe_fused_gate',
    ],
    params: 'gating_output bias topk_weights topk_ids',
    op: 'moe_route',
  },
  {
    operators: ['aiter::grouped_topk', 'vllm::rocm_aiter_grouped_topk'],
    params: 'gating_output topk_weights topk_ids',
    op: 'moe_route',
  },
  {
    operators: ['vllm::rocm_aiter_biased_grouped_topk'],
    params: 'gating_output bias topk_weights topk_ids',
    op: 'moe_route',
  },
  {
    operators: [
      '_moe_C::moe_sum',
      'sgl_kernel::moe_sum',
      'sgl_kernel::moe_sum_reduce',
      'sglang::moe_sum_reduce',
      'aiter::moe_sum',
    ],
    params: 'hidden_states >out',
    op: 'moe_permute',
  },
  {
    operators: ['sgl_kernel::apply_shuffle_mul_sum'],
    params: 'input >out permutation factors',
    op: 'moe_permute',
  },
  {
    operators: ['sgl_kernel::shuffle_rows', '_C::shuffle_rows'],
    params: 'input index >out',
    op: 'gather',
  },
  { operators: ['_moe_C::moe_permute'], params: 'hidden_states topk_ids', op: 'moe_permute' },
  {
    operators: ['_moe_C::moe_unpermute'],
    params: 'permuted topk_weights row_map offset topk >hidden_states',
    op: 'moe_permute',
  },
  // Normalisation.
  {
    operators: ['sgl_kernel::rmsnorm', 'sgl_kernel::gemma_rmsnorm'],
    params: '>out input weight eps enable_pdl',
    op: 'rmsnorm',
  },
  {
    operators: [...C('rms_norm'), 'vllm_ir::rms_norm'],
    params: '>out input weight eps',
    op: 'rmsnorm',
  },
  {
    operators: [
      'sgl_kernel::fused_add_rmsnorm',
      'sgl_kernel::gemma_fused_add_rmsnorm',
      ...C('fused_add_rms_norm'),
    ],
    params: '~input ~residual weight eps enable_pdl',
    op: 'rmsnorm',
  },
  {
    operators: C('rms_norm_static_fp8_quant'),
    params: '>out input weight scale eps',
    op: 'rmsnorm',
    fused: ['quantize'],
  },
  {
    operators: C('fused_add_rms_norm_static_fp8_quant'),
    params: '>out input ~residual weight scale eps',
    op: 'rmsnorm',
    fused: ['quantize'],
  },
  {
    operators: C('rms_norm_dynamic_per_token_quant', 'rms_norm_per_block_quant'),
    params: '>out input weight >scale eps scale_ub residual',
    op: 'rmsnorm',
    fused: ['quantize'],
  },
  {
    operators: [
      'flashinfer::rmsnorm',
      'flashinfer::gemma_rmsnorm',
      'norm::rmsnorm',
      'flashinfer_norm::rmsnorm',
    ],
    params: '>out input weight eps enable_pdl',
    op: 'rmsnorm',
  },
  {
    operators: ['flashinfer::fused_add_rmsnorm', 'flashinfer::gemma_fused_add_rmsnorm'],
    params: '~input ~residual weight eps enable_pdl',
    op: 'rmsnorm',
  },
  {
    operators: ['aiter::rmsnorm', 'aiter::rmsnorm2d_fwd_ck', 'aiter::rmsnorm_cu'],
    params: ['>out input weight eps', '>out input weight eps use_model_sensitive_rmsnorm'],
    op: 'rmsnorm',
  },
  {
    operators: [
      'aiter::rms_norm',
      'aiter::rmsnorm2d_fwd',
      'aiter::rms_norm_cu',
      'vllm::rocm_aiter_rms_norm',
      'vllm::rocm_aiter_rms_norm_impl',
    ],
    params: 'input weight eps',
    op: 'rmsnorm',
  },
  {
    operators: [
      'aiter::rmsnorm2d_fwd_with_add',
      'aiter::rmsnorm2d_fwd_with_add_ck',
      'aiter::add_rmsnorm',
      'aiter::fused_add_rms_norm_cu',
    ],
    params: '>out input residual >residual_out weight eps',
    op: 'rmsnorm',
  },
  {
    operators: [
      'vllm::rocm_aiter_rmsnorm2d_fwd_with_add',
      'vllm::rocm_aiter_rmsnorm2d_fwd_with_add_impl',
    ],
    params: 'input residual weight eps',
    op: 'rmsnorm',
  },
  {
    operators: ['aiter::layernorm2d_fwd', 'aiter::layer_norm'],
    params: 'input weight bias eps',
    op: 'layernorm',
  },
  {
    operators: ['aiter::_groupnorm_run', 'aiter::groupnorm_run'],
    params: 'input num_groups weight bias eps',
    op: 'groupnorm',
  },
  // Rotary position.
  {
    operators: [
      'sgl_kernel::apply_rope_pos_ids_cos_sin_cache',
      'flashinfer::apply_rope_pos_ids_cos_sin_cache',
    ],
    params: 'q k >q_rope >k_rope cos_sin_cache pos_ids',
    op: 'rope',
  },
  {
    operators: [...C('rotary_embedding'), 'vllm::rocm_aiter_rotary_embedding'],
    params: 'positions ~q ~k head_size cos_sin_cache is_neox',
    op: 'rope',
  },
  {
    operators: [
      'aiter::rope_cached_positions_2c_fwd_impl',
      'aiter::rope_cached_thd_positions_2c_fwd_impl',
      'aiter::rope_cached_positions_offsets_2c_fwd_impl',
      'aiter::rope_cached_2c_fwd_impl',
      'aiter::rope_2c_fwd_impl',
    ],
    params: '>out >out_k q k cos sin positions',
    op: 'rope',
  },
  {
    operators: C('fused_qk_norm_rope'),
    params: '~qkv num_heads_q num_heads_k num_heads_v head_dim eps',
    op: 'rope',
    decides: false,
    fused: ['rmsnorm'],
  },
  // Activations.
  {
    operators: [
      ...C('silu_and_mul', 'mul_and_silu', 'fatrelu_and_mul', 'swigluoai_and_mul'),
      'flashinfer::silu_and_mul',
      'aiter::silu_and_mul',
      'activation::silu_and_mul',
    ],
    params: '>out input',
    op: 'silu_mul',
  },
  {
    operators: [
      ...C('gelu_and_mul', 'gelu_tanh_and_mul'),
      'flashinfer::gelu_and_mul',
      'flashinfer::gelu_tanh_and_mul',
      'aiter::gelu_and_mul',
      'aiter::gelu_tanh_and_mul',
    ],
    params: '>out input',
    op: 'gelu_mul',
    parameters: { op: 'gelu_mul' },
  },
  {
    operators: [...C('silu_and_mul_quant'), 'aiter::scaled_silu_and_mul'],
    params: '>out input scale',
    op: 'silu_mul',
    fused: ['quantize'],
  },
  {
    operators: C('silu_and_mul_per_block_quant'),
    params: '>out input >scale group_size',
    op: 'silu_mul',
    fused: ['quantize'],
  },
  { operators: ['sglang::_run_activation_inplace'], params: '_ input >out', op: 'silu_mul' },
  { operators: C('gelu_new', 'gelu_fast', 'gelu_quick'), params: '>out input', op: 'gelu' },
  // Quantisation.
  {
    operators: C(
      'static_scaled_fp8_quant',
      'dynamic_scaled_fp8_quant',
      'dynamic_per_token_scaled_fp8_quant',
    ),
    params: '>out input scale',
    op: 'quantize',
  },
  {
    operators: C('static_scaled_int8_quant', 'dynamic_scaled_int8_quant'),
    params: '>out input scale azp',
    op: 'quantize',
  },
  {
    operators: C(
      'per_token_group_fp8_quant',
      'per_token_group_quant_int8',
      'sgl_per_token_group_quant_fp8',
      'sgl_per_token_group_quant_int8',
      'sgl_per_token_group_quant_8bit',
      'per_token_group_quant_fp8',
      'per_token_group_quant_8bit',
    ),
    params: 'input >out >scale group_size eps',
    op: 'quantize',
  },
  {
    operators: ['sgl_kernel::sgl_per_tensor_quant_fp8', 'sgl_kernel::sgl_per_token_quant_fp8'],
    params: 'input >out >scale',
    op: 'quantize',
  },
  {
    operators: C('scaled_fp4_quant'),
    params: '>out input >scale input_scale',
    op: 'quantize',
    parameters: { outDtype: 'fp4_e2m1', group: 16 },
  },
  {
    operators: [
      'sglang::flashinfer_fp4_quantize',
      'flashinfer::fp4_quantize',
      'vllm::flashinfer_fp4_quantize',
      'trtllm::fp4_quantize',
    ],
    params: 'input global_scale',
    op: 'quantize',
    parameters: { outDtype: 'fp4_e2m1' },
  },
  {
    operators: [
      'aiter::dynamic_per_token_scaled_quant',
      'aiter::dynamic_per_tensor_quant',
      'aiter::static_per_tensor_quant',
      'aiter::dynamic_per_group_scaled_quant_fp4',
    ],
    params: '>out input >scale',
    op: 'quantize',
  },
  {
    operators: [
      'vllm::rocm_aiter_per_token_quant',
      'vllm::rocm_aiter_group_fp8_quant',
      'vllm::triton_per_token_group_quant_fp8',
    ],
    params: 'input',
    op: 'quantize',
    parameters: { outDtype: 'fp8_e4m3' },
  },
  // Cache.
  {
    operators: [
      '_C_cache_ops::reshape_and_cache',
      '_C_cache_ops::reshape_and_cache_flash',
      'vllm::unified_kv_cache_update',
      'aiter::reshape_and_cache',
      'aiter::reshape_and_cache_flash',
      'aiter::reshape_and_cache_with_pertoken_quant',
    ],
    params: 'k v >k_cache >v_cache slot_mapping',
    op: 'kv_cache_write',
  },
  {
    operators: ['_C_cache_ops::concat_and_cache_mla', 'aiter::concat_and_cache_mla'],
    params: 'kv_c k_pe >kv_cache slot_mapping',
    op: 'kv_cache_write',
  },
  {
    operators: ['_C_cache_ops::indexer_k_quant_and_cache', 'aiter::indexer_k_quant_and_cache'],
    params: 'k >k_cache slot_mapping',
    op: 'kv_cache_write',
  },
  {
    operators: [
      'sglang::store_cache',
      'sgl_kernel::store_kv_cache',
      'sgl_kernel::set_kv_buffer_kernel',
    ],
    params: 'k v >k_cache >v_cache slot_mapping',
    op: 'kv_cache_write',
  },
  {
    operators: [
      '_C_cache_ops::gather_cache',
      '_C_cache_ops::gather_and_maybe_dequant_cache',
      '_C_cache_ops::cp_gather_cache',
    ],
    params: 'src >out block_table cu_seq_lens',
    op: 'gather',
    decides: false,
  },
  {
    operators: [
      '_C_cache_ops::copy_blocks',
      '_C_cache_ops::swap_blocks',
      '_C_cache_ops::convert_fp8',
    ],
    params: 'src >out',
    op: 'copy',
    decides: false,
  },
  // Collectives.
  {
    operators: [
      'sgl_kernel::all_reduce',
      '_C_custom_ar::all_reduce',
      '_C_custom_ar::qr_all_reduce',
      'sgl_kernel::mscclpp_allreduce',
      'sgl_kernel::qr_all_reduce',
      'aiter::all_reduce',
    ],
    params: 'fa input >out',
    op: 'all_reduce',
    parameters: { op: 'all_reduce' },
  },
  {
    operators: [
      'vllm::all_reduce',
      'sglang::inplace_all_reduce',
      'sglang::outplace_all_reduce',
      'symm_mem::multimem_all_reduce_',
      'symm_mem::one_shot_all_reduce',
      'symm_mem::two_shot_all_reduce_',
      '_c10d_functional::all_reduce',
      '_c10d_functional::all_reduce_',
      'trtllm::allreduce',
    ],
    params: 'input',
    op: 'all_reduce',
    parameters: { op: 'all_reduce' },
  },
  {
    operators: [
      'sglang::flashinfer_allreduce_residual_rmsnorm',
      'vllm::flashinfer_trtllm_fused_allreduce_norm',
      'aiter::fused_allreduce_rmsnorm',
    ],
    params: 'input ~residual weight',
    op: 'all_reduce',
    parameters: { op: 'all_reduce' },
    fused: ['rmsnorm'],
  },
  {
    operators: ['sglang::reg_all_gather_into_tensor', 'c10d::_allgather_base_'],
    params: '>out input',
    op: 'all_gather',
    parameters: { op: 'all_gather' },
  },
  {
    operators: ['c10d::allgather_'],
    params: 'out input',
    op: 'all_gather',
    parameters: { op: 'all_gather' },
    decides: false,
  },
  {
    operators: ['vllm::all_gather', '_c10d_functional::all_gather_into_tensor'],
    params: 'input',
    op: 'all_gather',
    parameters: { op: 'all_gather' },
  },
  {
    operators: ['vllm::reduce_scatter', '_c10d_functional::reduce_scatter_tensor'],
    params: 'input',
    op: 'reduce_scatter',
    parameters: { op: 'reduce_scatter' },
  },
  {
    operators: ['c10d::_reduce_scatter_base_', 'sglang::reg_reduce_scatter_tensor'],
    params: '>out input',
    op: 'reduce_scatter',
    parameters: { op: 'reduce_scatter' },
  },
  {
    operators: ['c10d::alltoall_base_', 'c10d::alltoall_'],
    params: '>out input',
    op: 'all_to_all',
    parameters: { op: 'all_to_all' },
  },
  { operators: ['record_param_comms'], params: 'input', op: 'all_reduce', decides: false },
  {
    operators: ['c10d::allreduce_', 'c10d::broadcast_'],
    params: 'tensors',
    op: 'all_reduce',
    decides: false,
  },
  // State space models and others.
  {
    operators: [
      'sglang::hadamard_transform',
      'sgl_kernel::fast_hadamard_transform',
      '_C::hadacore_transform',
    ],
    params: 'input scale',
    op: 'elementwise',
    dimensions: 'transform',
    parameters: { function: 'hadamard' },
  },
  {
    operators: ['_C::selective_scan_fwd'],
    params: '~input delta A B C',
    op: 'scan',
    family: 'attention',
    parameters: { function: 'selective_scan' },
  },
  {
    operators: [
      '_C::causal_conv1d_fwd',
      'sgl_kernel::causal_conv1d_fwd',
      '_C::causal_conv1d_update',
      'sgl_kernel::causal_conv1d_update',
    ],
    params: '~input weight bias',
    op: 'conv',
    dimensions: 'none',
    decides: false,
  },
  // Sampling.
  {
    operators: [
      'sgl_kernel::top_k_renorm_probs',
      'sgl_kernel::top_p_renorm_probs',
      'sgl_kernel::top_k_top_p_sampling_from_probs',
      'sgl_kernel::top_p_sampling_from_probs',
      'sgl_kernel::min_p_sampling_from_probs',
      'flashinfer::sampling_from_probs',
      'flashinfer::top_p_sampling_from_probs',
      'flashinfer::top_k_sampling_from_probs',
      'flashinfer::top_k_top_p_sampling_from_probs',
      'flashinfer::min_p_sampling_from_probs',
      'flashinfer::top_k_renorm_probs',
      'flashinfer::top_p_renorm_probs',
      'flashinfer::top_k_mask_logits',
    ],
    params: 'probs',
    op: 'sampling',
  },
  { operators: ['_C::apply_repetition_penalties_'], params: '~logits', op: 'sampling' },
  {
    operators: [
      '_C::top_k_per_row_decode',
      '_C::top_k_per_row_prefill',
      '_C::persistent_topk',
      'sgl_kernel::fast_topk_transform',
    ],
    params: 'logits',
    op: 'topk',
    decides: false,
  },
]
