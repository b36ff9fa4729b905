// Arguments of operators of recommendation models and training libraries.
// Sources: FBGEMM fbgemm_gpu/codegen and src; Transformer Engine; xformers.
import type { OperatorRule } from '../rule.js'

export const TRAINING: readonly OperatorRule[] = [
  {
    operators: /^fbgemm::split_embedding_codegen_lookup_\w+_function$/,
    params:
      'placeholder weight uvm_weights cache_weights placements weights_offsets D_offsets total_D max_D hash_size_cumsum total_hash_size_bits indices offsets',
    op: 'embedding',
    library: 'fbgemm',
  },
  {
    operators: [
      'fbgemm::permute_2D_sparse_data',
      'fbgemm::permute_sparse_features',
      'fbgemm::permute_1D_sparse_data',
    ],
    params: 'permute lengths src',
    op: 'gather',
    library: 'fbgemm',
    decides: false,
  },
  {
    operators: ['fbgemm::permute_pooled_embs_auto_grad', 'fbgemm::permute_pooled_embs'],
    params: 'src',
    op: 'copy',
    library: 'fbgemm',
  },
  {
    operators: [
      'fbgemm::FloatToFP8RowwiseQuantized',
      'fbgemm::FloatToHFP8Quantized',
      'fbgemm::FloatToFused8BitRowwiseQuantized',
      'fbgemm::FloatToBfloat16Quantized',
    ],
    params: 'input',
    op: 'quantize',
    library: 'fbgemm',
    parameters: { outDtype: 'fp8_e4m3' },
  },
  {
    operators: ['fbgemm::FP8RowwiseQuantizedToFloat', 'fbgemm::HFP8QuantizedToFloat'],
    params: 'input',
    op: 'quantize',
    library: 'fbgemm',
    parameters: { dtype: 'fp8_e4m3', outDtype: 'fp32' },
  },
  {
    operators: ['fbgemm::bounds_check_indices'],
    params: '_ indices',
    op: 'elementwise',
    library: 'fbgemm',
    decides: false,
  },
  {
    operators: [
      'fbgemm::asynchronous_complete_cumsum',
      'fbgemm::asynchronous_inclusive_cumsum',
      'fbgemm::asynchronous_exclusive_cumsum',
    ],
    params: 'input',
    op: 'scan',
    library: 'fbgemm',
  },
  {
    operators: [
      'fbgemm::f8f8bf16_rowwise',
      'fbgemm::f8f8bf16_rowwise_batched',
      'fbgemm::f8f8bf16_blockwise',
      'fbgemm::f8f8bf16',
    ],
    params: 'a b scale_a scale_b',
    op: 'matmul',
    library: 'fbgemm',
  },
  {
    operators: ['fbgemm::quantize_fp8_per_row', 'fbgemm::quantize_fp8_per_tensor'],
    params: 'input',
    op: 'quantize',
    library: 'fbgemm',
    parameters: { outDtype: 'fp8_e4m3' },
  },
  {
    operators: ['xformers::efficient_attention_forward_cutlass'],
    params:
      'q k v bias cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k dropout_p compute_log_sumexp custom_mask_type',
    op: 'attention',
  },
  {
    operators: ['xformers_flash::flash_fwd'],
    params:
      'q k v cu_seqlens_q cu_seqlens_k seqused_k max_seqlen_q max_seqlen_k dropout_p softmax_scale is_causal window_size_left window_size_right',
    op: 'attention',
  },
  {
    operators: ['te_moe::permute', 'te::permute'],
    params: 'input',
    op: 'gather',
    library: 'transformer_engine',
    decides: false,
  },
]
