// Arguments of ATen operators. Source: pytorch, aten/src/ATen/native/native_functions.yaml.
import type { OperatorRule } from '../rule.js'

const SDPA = 'q k v'

export const ATEN: readonly OperatorRule[] = [
  // Matrix products.
  {
    operators: ['aten::mm'],
    params: ['a b', 'a b >out', 'a b out_dtype', 'a b out_dtype >out'],
    op: 'matmul',
  },
  { operators: ['aten::addmm', 'aten::addmm_'], params: 'bias a b beta alpha', op: 'matmul' },
  { operators: ['aten::_addmm_activation'], params: 'bias a b beta alpha use_gelu', op: 'matmul' },
  { operators: ['aten::bmm'], params: ['a b', 'a b >out', 'a b out_dtype'], op: 'bmm' },
  { operators: ['aten::baddbmm', 'aten::baddbmm_'], params: 'self a b beta alpha', op: 'bmm' },
  { operators: ['aten::matmul'], params: ['a b', 'a b >out'], op: 'matmul' },
  { operators: ['aten::linear', 'aten::_linear'], params: 'input weight bias', op: 'matmul' },
  { operators: ['aten::mv'], params: 'a b', op: 'matmul' },
  { operators: ['aten::addmv', 'aten::addmv_'], params: 'self a b beta alpha', op: 'matmul' },
  { operators: ['aten::dot', 'aten::vdot'], params: 'a b', op: 'matmul' },
  { operators: ['aten::_int_mm'], params: ['a b', 'a b >out'], op: 'matmul' },
  {
    operators: ['aten::_scaled_mm'],
    params: [
      'a b scale_a scale_b bias scale_result out_dtype use_fast_accum',
      'a b scale_a scale_b bias scale_result out_dtype use_fast_accum >out',
    ],
    op: 'matmul',
  },
  {
    operators: ['aten::_grouped_mm'],
    params: 'a b offs bias out_dtype',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: { grouped: true },
  },
  {
    operators: ['aten::_scaled_grouped_mm'],
    params: 'a b scale_a scale_b offs bias scale_result out_dtype use_fast_accum',
    op: 'grouped_gemm',
    dimensions: 'gemm',
    parameters: { grouped: true },
  },
  {
    operators: ['aten::_weight_int4pack_mm'],
    params: 'a b group_size scales_and_zeros',
    op: 'matmul',
    parameters: { weightDtype: 'int4', tinygemm: true },
  },
  {
    operators: ['aten::_weight_int8pack_mm'],
    params: 'a b scales',
    op: 'matmul',
    parameters: { weight: 'nk' },
  },
  // Convolutions.
  {
    operators: ['aten::cudnn_convolution'],
    params: 'input weight padding stride dilation groups benchmark deterministic allow_tf32',
    op: 'conv',
  },
  {
    operators: ['aten::miopen_convolution', 'aten::miopen_depthwise_convolution'],
    params: 'input weight bias padding stride dilation groups benchmark deterministic',
    op: 'conv',
  },
  {
    operators: ['aten::convolution', 'aten::_convolution', 'aten::convolution_overrideable'],
    params: 'input weight bias stride padding dilation transposed output_padding groups',
    op: 'conv',
  },
  {
    operators: ['aten::convolution_backward', 'aten::convolution_backward_overrideable'],
    params:
      'grad_output input weight bias_sizes stride padding dilation transposed output_padding groups output_mask',
    op: 'conv',
    parameters: { direction: 'backward' },
  },
  {
    operators: ['aten::cudnn_convolution_relu', 'aten::cudnn_convolution_add_relu'],
    params: [
      'input weight bias stride padding dilation groups',
      'input weight z alpha bias stride padding dilation groups',
    ],
    op: 'conv',
  },
  {
    operators: ['aten::cudnn_convolution_transpose'],
    params:
      'input weight padding output_padding stride dilation groups benchmark deterministic allow_tf32',
    op: 'conv',
    parameters: { transposed: true },
  },
  {
    operators: ['aten::_conv_depthwise2d', 'aten::conv_depthwise3d'],
    params: 'input weight kernel_size bias stride padding dilation',
    op: 'conv',
  },
  {
    operators: [
      'aten::_slow_conv2d_forward',
      'aten::thnn_conv2d',
      'aten::slow_conv_dilated2d',
      'aten::slow_conv_dilated3d',
      'aten::slow_conv3d_forward',
    ],
    params: 'input weight kernel_size bias stride padding dilation',
    op: 'conv',
  },
  {
    operators: ['aten::conv1d', 'aten::conv2d', 'aten::conv3d'],
    params: 'input weight bias stride padding dilation groups',
    op: 'conv',
  },
  // Attention.
  {
    operators: ['aten::_flash_attention_forward'],
    params:
      'q k v cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k dropout_p is_causal return_debug_mask scale window_size_left window_size_right seqused_k alibi_slopes',
    op: 'attention',
  },
  {
    operators: ['aten::_efficient_attention_forward'],
    params:
      'q k v bias cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k dropout_p custom_mask_type compute_log_sumexp scale seqlen_k window_size',
    op: 'attention',
  },
  {
    operators: ['aten::_cudnn_attention_forward'],
    params:
      'q k v bias cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k compute_log_sumexp dropout_p is_causal return_debug_mask scale',
    op: 'attention',
    parameters: { layout: 'bhsd' },
  },
  {
    operators: ['aten::_scaled_dot_product_flash_attention'],
    params: `${SDPA} dropout_p is_causal return_debug_mask scale`,
    op: 'attention',
    parameters: { layout: 'bhsd' },
  },
  {
    operators: ['aten::_scaled_dot_product_efficient_attention'],
    params: `${SDPA} attn_bias compute_log_sumexp dropout_p is_causal scale`,
    op: 'attention',
    parameters: { layout: 'bhsd' },
  },
  {
    operators: ['aten::_scaled_dot_product_cudnn_attention'],
    params: `${SDPA} attn_bias compute_log_sumexp dropout_p is_causal return_debug_mask scale`,
    op: 'attention',
    parameters: { layout: 'bhsd' },
  },
  {
    operators: ['aten::scaled_dot_product_attention', 'aten::_scaled_dot_product_attention_math'],
    params: `${SDPA} attn_mask dropout_p is_causal scale enable_gqa`,
    op: 'attention',
    parameters: { layout: 'bhsd' },
    // The mathematical fall-back runs products and a softmax of their own.
    decides: false,
  },
  {
    operators: ['aten::_flash_attention_backward'],
    params:
      'grad_output q k v out logsumexp cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k dropout_p is_causal',
    op: 'attention',
    parameters: { direction: 'backward' },
  },
  {
    operators: ['aten::_efficient_attention_backward'],
    params:
      'grad_output q k v bias out cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k logsumexp dropout_p philox_seed philox_offset custom_mask_type',
    op: 'attention',
    parameters: { direction: 'backward' },
  },
  {
    operators: ['aten::_scaled_dot_product_flash_attention_backward'],
    params:
      'grad_output q k v out logsumexp cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k dropout_p is_causal',
    op: 'attention',
    parameters: { layout: 'bhsd', direction: 'backward' },
  },
  {
    operators: ['aten::_scaled_dot_product_efficient_attention_backward'],
    params:
      'grad_output q k v attn_bias out logsumexp philox_seed philox_offset dropout_p grad_input_mask is_causal',
    op: 'attention',
    parameters: { layout: 'bhsd', direction: 'backward' },
  },
  {
    operators: ['aten::_scaled_dot_product_cudnn_attention_backward'],
    params:
      'grad_output q k v out logsumexp philox_seed philox_offset attn_bias cu_seqlens_q cu_seqlens_k max_seqlen_q max_seqlen_k dropout_p is_causal',
    op: 'attention',
    parameters: { layout: 'bhsd', direction: 'backward' },
  },
  // Normalisation and softmax.
  {
    operators: ['aten::native_layer_norm', 'aten::layer_norm'],
    params: 'input normalized_shape weight bias eps',
    op: 'layernorm',
  },
  {
    operators: ['aten::native_layer_norm_backward'],
    params: 'grad_output input normalized_shape mean rstd weight bias output_mask',
    op: 'layernorm',
  },
  {
    operators: ['aten::rms_norm', 'aten::_fused_rms_norm'],
    params: 'input normalized_shape weight eps',
    op: 'rmsnorm',
  },
  {
    operators: ['aten::_fused_rms_norm_backward'],
    params: 'grad_output input normalized_shape rstd weight output_mask',
    op: 'rmsnorm',
  },
  {
    operators: [
      'aten::native_batch_norm',
      'aten::cudnn_batch_norm',
      'aten::miopen_batch_norm',
      'aten::batch_norm',
      'aten::_batch_norm_impl_index',
      'aten::_native_batch_norm_legit',
      'aten::_batch_norm_with_update',
      'aten::batch_norm_stats',
      'aten::batch_norm_elemt',
    ],
    params: 'input weight bias running_mean running_var training momentum eps',
    op: 'batchnorm',
  },
  {
    operators: [
      'aten::native_batch_norm_backward',
      'aten::cudnn_batch_norm_backward',
      'aten::miopen_batch_norm_backward',
      'aten::batch_norm_backward',
    ],
    params: 'grad_output input weight',
    op: 'batchnorm',
  },
  {
    operators: ['aten::native_group_norm', 'aten::group_norm'],
    params: ['input weight bias N C HxW group eps', 'input num_groups weight bias eps'],
    op: 'groupnorm',
  },
  { operators: ['aten::native_group_norm_backward'], params: 'grad_output input', op: 'groupnorm' },
  {
    operators: [
      'aten::_softmax',
      'aten::_log_softmax',
      'aten::softmax',
      'aten::log_softmax',
      'aten::_safe_softmax',
    ],
    params: 'input dim half_to_float',
    op: 'softmax',
  },
  {
    operators: ['aten::_softmax_backward_data', 'aten::_log_softmax_backward_data'],
    params: 'grad_output output dim input_dtype',
    op: 'softmax',
  },
  { operators: ['aten::_masked_softmax'], params: 'input mask dim mask_type', op: 'softmax' },
  // Activations.
  { operators: ['aten::gelu', 'aten::gelu_'], params: 'input approximate', op: 'gelu' },
  { operators: ['aten::silu', 'aten::silu_'], params: 'input', op: 'silu' },
  { operators: ['aten::relu', 'aten::relu_'], params: 'input', op: 'relu' },
  // Reductions, scans, order.
  {
    operators: ['aten::sum', 'aten::mean', 'aten::prod', 'aten::nansum'],
    params: ['input dim keepdim dtype', 'input dtype', 'input dim keepdim dtype >out'],
    op: 'reduce',
  },
  {
    operators: [
      'aten::argmax',
      'aten::argmin',
      'aten::amax',
      'aten::amin',
      'aten::any',
      'aten::all',
      'aten::logsumexp',
      'aten::count_nonzero',
      'aten::aminmax',
    ],
    params: ['input dim keepdim', 'input'],
    op: 'reduce',
  },
  {
    operators: ['aten::max', 'aten::min', 'aten::median', 'aten::mode'],
    params: ['input', 'input dim keepdim', 'input dim keepdim >out >indices'],
    op: 'reduce',
  },
  {
    operators: ['aten::std', 'aten::var', 'aten::std_mean', 'aten::var_mean'],
    params: ['input dim unbiased keepdim', 'input dim correction keepdim', 'input unbiased'],
    op: 'reduce',
  },
  {
    operators: ['aten::norm', 'aten::linalg_vector_norm', 'aten::_linalg_vector_norm'],
    params: ['input ord dim keepdim dtype', 'input ord dim keepdim', 'input ord'],
    op: 'reduce',
  },
  {
    operators: [
      'aten::cumsum',
      'aten::_cumsum',
      'aten::cumprod',
      'aten::logcumsumexp',
      'aten::cumsum_',
    ],
    params: ['input dim dtype', 'input dim dtype >out'],
    op: 'scan',
  },
  {
    operators: ['aten::cummax', 'aten::cummin'],
    params: 'input dim',
    op: 'scan',
    parameters: { function: 'max' },
  },
  {
    operators: ['aten::topk'],
    params: ['input k dim largest sorted', 'input k dim largest sorted >out >indices'],
    op: 'topk',
  },
  { operators: ['aten::kthvalue'], params: 'input k dim keepdim', op: 'topk' },
  {
    operators: ['aten::sort', 'aten::msort'],
    params: [
      'input dim descending',
      'input stable dim descending',
      'input stable dim descending >out >indices',
    ],
    op: 'sort',
  },
  {
    operators: ['aten::argsort'],
    params: ['input dim descending', 'input stable dim descending'],
    op: 'sort',
  },
  {
    operators: ['aten::_unique2', 'aten::unique_dim', 'aten::unique_consecutive', 'aten::_unique'],
    params: 'input',
    op: 'sort',
  },
  {
    operators: ['aten::searchsorted', 'aten::bucketize'],
    params: 'sorted_sequence input',
    op: 'gather',
    decides: false,
  },
  {
    operators: ['aten::multinomial'],
    params: 'probs num_samples replacement generator',
    op: 'sampling',
  },
  {
    operators: ['aten::nonzero'],
    params: 'input',
    op: 'scan',
    parameters: { function: 'nonzero' },
  },
  {
    operators: ['aten::histc', 'aten::bincount', 'aten::_histogramdd_bin_edges'],
    params: 'input',
    op: 'reduce',
    parameters: { function: 'histogram' },
  },
  // Moving data.
  {
    operators: ['aten::copy_', 'aten::_foreach_copy_'],
    params: '>self src non_blocking',
    op: 'copy',
  },
  {
    operators: ['aten::clone', 'aten::contiguous', 'aten::_to_copy', 'aten::to'],
    params: 'src',
    op: 'copy',
  },
  {
    operators: [
      'aten::cat',
      'aten::_cat',
      'aten::stack',
      'aten::concat',
      'aten::hstack',
      'aten::vstack',
    ],
    params: ['tensors dim', 'tensors dim >out'],
    op: 'cat',
  },
  {
    operators: ['aten::index', 'aten::_unsafe_index'],
    params: ['input indices', 'input indices >out'],
    op: 'gather',
  },
  {
    operators: ['aten::index_select'],
    params: ['input dim index', 'input dim index >out'],
    op: 'gather',
  },
  {
    operators: ['aten::gather'],
    params: ['input dim index sparse_grad', 'input dim index sparse_grad >out'],
    op: 'gather',
    parameters: { single: true },
  },
  {
    operators: ['aten::take', 'aten::take_along_dim'],
    params: 'input index dim',
    op: 'gather',
    parameters: { single: true },
  },
  { operators: ['aten::embedding'], params: 'weight indices padding_idx', op: 'embedding' },
  {
    operators: ['aten::_embedding_bag', 'aten::_embedding_bag_forward_only'],
    params: 'weight indices offsets',
    op: 'embedding',
  },
  {
    operators: ['aten::embedding_dense_backward'],
    params: 'grad_output indices num_weights padding_idx',
    op: 'scatter',
    decides: false,
  },
  {
    operators: [
      'aten::index_put_',
      'aten::_index_put_impl_',
      'aten::index_put',
      'aten::_unsafe_index_put',
    ],
    params: '~self indices values accumulate unsafe',
    op: 'scatter',
  },
  {
    operators: [
      'aten::index_add_',
      'aten::index_add',
      'aten::index_copy_',
      'aten::index_copy',
      'aten::index_fill_',
    ],
    params: '~self dim index src alpha',
    op: 'scatter',
  },
  {
    operators: [
      'aten::scatter_',
      'aten::scatter',
      'aten::scatter_add_',
      'aten::scatter_add',
      'aten::scatter_reduce_',
      'aten::scatter_reduce',
    ],
    params: ['~self dim index src', '~self dim index src reduce include_self'],
    op: 'scatter',
    parameters: { single: true },
  },
  {
    operators: ['aten::masked_scatter_', 'aten::masked_select', 'aten::masked_scatter'],
    params: 'self mask src',
    op: 'gather',
    decides: false,
  },
  { operators: ['aten::roll', 'aten::flip'], params: 'src', op: 'copy' },
  {
    operators: ['aten::tril', 'aten::triu', 'aten::tril_', 'aten::triu_'],
    params: 'self diagonal',
    op: 'elementwise',
  },
  {
    operators: [
      'aten::constant_pad_nd',
      'aten::reflection_pad1d',
      'aten::reflection_pad2d',
      'aten::replication_pad1d',
      'aten::replication_pad2d',
      'aten::replication_pad3d',
    ],
    params: 'src',
    op: 'copy',
  },
  {
    operators: ['aten::repeat', 'aten::repeat_interleave', 'aten::expand'],
    params: 'self',
    op: 'gather',
    decides: false,
  },
  // Constants and chance.
  { operators: ['aten::fill_', 'aten::zero_', 'aten::fill'], params: '>self value', op: 'fill' },
  {
    operators: ['aten::arange', 'aten::linspace'],
    params: ['start end step >out', 'start end step', 'end'],
    op: 'fill',
  },
  { operators: ['aten::eye'], params: ['n >out', 'n m >out'], op: 'fill' },
  {
    operators: [
      'aten::normal_',
      'aten::uniform_',
      'aten::random_',
      'aten::bernoulli_',
      'aten::exponential_',
      'aten::randperm',
      'aten::geometric_',
    ],
    params: '>self',
    op: 'random',
    parameters: { op: 'random' },
  },
  {
    operators: ['aten::native_dropout', 'aten::_fused_dropout', 'aten::dropout'],
    params: 'self p train',
    op: 'elementwise',
    parameters: { function: 'dropout' },
  },
  // Pooling and resizing.
  {
    operators: [
      'aten::max_pool2d_with_indices',
      'aten::max_pool3d_with_indices',
      'aten::max_pool2d',
    ],
    params: 'input kernel_size stride padding dilation ceil_mode',
    op: 'pool',
  },
  {
    operators: ['aten::max_pool2d_with_indices_backward'],
    params: 'grad_output input kernel_size stride padding dilation ceil_mode indices',
    op: 'pool',
  },
  {
    operators: ['aten::avg_pool2d', 'aten::avg_pool3d', 'aten::avg_pool1d'],
    params: 'input kernel_size stride padding',
    op: 'pool',
  },
  {
    operators: ['aten::avg_pool2d_backward'],
    params: 'grad_output input kernel_size stride padding',
    op: 'pool',
  },
  {
    operators: [
      'aten::_adaptive_avg_pool2d',
      'aten::adaptive_avg_pool2d',
      'aten::_adaptive_avg_pool3d',
      'aten::adaptive_max_pool2d',
    ],
    params: 'input output_size',
    op: 'pool',
  },
  { operators: ['aten::_adaptive_avg_pool2d_backward'], params: 'grad_output input', op: 'pool' },
  {
    operators: /^aten::_?upsample_\w+/,
    params: '_ output_size',
    op: 'elementwise',
    parameters: { function: 'upsample' },
  },
  { operators: /^aten::_fft_\w+/, params: 'input dim', op: 'fft' },
  {
    operators: ['aten::grid_sampler_2d', 'aten::grid_sampler_3d'],
    params: '_ grid',
    op: 'elementwise',
    parameters: { function: 'grid_sample' },
  },
  {
    operators: ['aten::nll_loss_forward', 'aten::nll_loss', 'aten::nll_loss2d_forward'],
    params: 'input target',
    op: 'reduce',
    parameters: { function: 'nll_loss' },
  },
  {
    operators: /^aten::_foreach_\w+/,
    params: 'self other',
    op: 'elementwise',
    dimensions: 'foreach',
  },
  {
    operators: /^aten::_fused_(?:adam|adamw|sgd|adagrad)_?$/,
    params: '~self grads exp_avgs exp_avg_sqs',
    op: 'elementwise',
    dimensions: 'foreach',
    parameters: { function: 'optimizer' },
  },
]
