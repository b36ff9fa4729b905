// Arguments of the operators of TensorRT-LLM's PyTorch flow.
// Source: TensorRT-LLM, tensorrt_llm/_torch/custom_ops and cpp/tensorrt_llm/thop.
import type { OperatorRule } from '../rule.js'

export const TENSORRT_LLM: readonly OperatorRule[] = [
  { operators: ['trtllm::cublas_mm'], params: 'a b bias out_dtype', op: 'matmul' },
  {
    operators: ['trtllm::cublas_scaled_mm'],
    params: 'a b scale_a scale_b bias out_dtype',
    op: 'matmul',
  },
  { operators: ['trtllm::fp8_block_scaling_gemm'], params: 'a b scale_a scale_b', op: 'matmul' },
  {
    operators: ['trtllm::fp8_block_scaling_bmm', 'trtllm::fp8_block_scaling_bmm_out'],
    params: 'a b scale_a scale_b',
    op: 'bmm',
  },
  {
    operators: ['trtllm::nvfp4_gemm', 'trtllm::nvfp4_gemm_cublaslt', 'trtllm::fp4_gemm'],
    params: 'a b block_scale_a scale_b alpha',
    op: 'matmul',
    parameters: { dtype: 'fp4_e2m1', weightDtype: 'fp4_e2m1', packA: 2, weight: 'nk' },
  },
  {
    operators: ['trtllm::fused_moe'],
    params: 'hidden_states topk_ids topk_weights w1 w1_bias w2 w2_bias',
    op: 'grouped_gemm',
    decides: false,
  },
  {
    operators: ['trtllm::renorm_moe_routing_op', 'trtllm::default_moe_routing_op'],
    params: 'gating_output topk',
    op: 'moe_route',
  },
  {
    operators: ['trtllm::noaux_tc_op'],
    params: 'gating_output bias n_group topk_group topk',
    op: 'moe_route',
  },
  {
    operators: [
      'norm::fused_add_rmsnorm',
      'trtllm::flashinfer_fused_add_rmsnorm',
      'trtllm::flashinfer_gemma_fused_add_rmsnorm',
    ],
    params: '~input ~residual weight eps',
    op: 'rmsnorm',
  },
  {
    operators: ['trtllm::flashinfer_rmsnorm', 'trtllm::flashinfer_gemma_rmsnorm'],
    params: 'input weight eps',
    op: 'rmsnorm',
  },
  { operators: ['trtllm::flashinfer_silu_and_mul'], params: 'input', op: 'silu_mul' },
  {
    operators: ['trtllm::fused_qk_norm_rope'],
    params: '~qkv num_heads_q num_heads_k num_heads_v head_dim eps',
    op: 'rope',
    decides: false,
    fused: ['rmsnorm'],
  },
  {
    operators: ['trtllm::attention', 'trtllm::attention_inplace'],
    params: 'q k v >out',
    op: 'attention',
    parameters: { cached: true },
    decides: false,
  },
]
