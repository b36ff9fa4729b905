// Names that TorchInductor gives to its Triton kernels: triton_<kind>_fused_<operators>_<number>.
// Kinds: poi pointwise, red and per reductions, spl split scan, for foreach, tem template (GEMM,
// convolution, attention). Operators are ATen names in alphabetical order, joined by "_", which they
// also contain. Source: pytorch, torch/_inductor/codegen/triton.py and triton_heuristics.py.

/** ATen names of several words that appear in fused kernels, longest first. */
const PHRASES = [
  '_native_batch_norm_legit_no_training',
  '_native_batch_norm_legit_functional',
  '_native_batch_norm_legit',
  '_scaled_dot_product_flash_attention',
  '_scaled_dot_product_efficient_attention',
  '_scaled_dot_product_cudnn_attention',
  '_fused_rms_norm',
  '_log_softmax_backward_data',
  '_softmax_backward_data',
  '_log_softmax',
  '_safe_softmax',
  '_softmax',
  '_to_copy',
  '_unsafe_view',
  '_unsafe_index',
  '_reshape_alias',
  'native_layer_norm_backward',
  'native_layer_norm',
  'native_group_norm_backward',
  'native_group_norm',
  'native_batch_norm_backward',
  'native_batch_norm',
  'native_dropout_backward',
  'native_dropout',
  'embedding_dense_backward',
  'convolution_backward',
  'max_pool2d_with_indices_backward',
  'max_pool2d_with_indices',
  'avg_pool2d',
  'threshold_backward',
  'gelu_backward',
  'silu_backward',
  'tanh_backward',
  'sigmoid_backward',
  'nll_loss_forward',
  'nll_loss_backward',
  'constant_pad_nd',
  'convert_element_type',
  'inductor_random',
  'inductor_seeds',
  'inductor_lookup_seed',
  'index_put',
  'index_select',
  'index_add',
  'scatter_add',
  'scatter_reduce',
  'slice_scatter',
  'select_scatter',
  'select_backward',
  'slice_backward',
  'masked_fill',
  'scalar_tensor',
  'lift_fresh_copy',
  'lift_fresh',
  'as_strided_scatter',
  'as_strided',
  'zeros_like',
  'ones_like',
  'full_like',
  'empty_like',
  'new_zeros',
  'new_ones',
  'new_full',
  'new_empty',
  'bitwise_and',
  'bitwise_not',
  'bitwise_or',
  'bitwise_xor',
  'logical_and',
  'logical_not',
  'logical_or',
  'floor_divide',
  'true_divide',
  'clamp_min',
  'clamp_max',
  'var_mean',
  'upsample_nearest2d',
  'upsample_bilinear2d',
  'flex_attention_backward',
  'flex_attention',
  'split_with_sizes',
  'masked_scatter',
  'moe_forward',
].sort((a, b) => b.length - a.length)

/** What the name of an inductor kernel says. */
export interface InductorName {
  kind: string
  /** ATen names of the fused operators. */
  operators: ReadonlySet<string>
}

const NAME = /^triton_([a-z]{2,4})_(?:fused_?)?(.*?)(?:_?\d+)?$/

/** Reads the name of an inductor kernel; `undefined` for any other. */
export function readInductorName(name: string): InductorName | undefined {
  const match = NAME.exec(name)
  if (match === null) return undefined
  const operators = new Set<string>()
  for (let rest = match[2]!; rest !== ''; ) {
    const phrase = PHRASES.find(
      (candidate) => rest.startsWith(candidate) && !/[a-z0-9]/.test(rest[candidate.length] ?? ''),
    )
    const word = phrase ?? (/^_?[^_]+/.exec(rest)?.[0] || rest)
    operators.add(word)
    rest = rest.slice(word.length).replace(/^_/, '')
  }
  return { kind: match[1]!, operators }
}

/** Operators that move no data: views, and changes of type or layout. */
const PLUMBING = new Set(
  (
    '_to_copy _unsafe_view _reshape_alias view reshape permute transpose t expand unsqueeze squeeze slice ' +
    'split unbind select clone copy as_strided alias detach stack cat contiguous convert_element_type ' +
    'split_with_sizes lift_fresh lift_fresh_copy empty_like new_empty'
  ).split(' '),
)

/** The fused operators that compute. */
export function computing(operators: ReadonlySet<string>): string[] {
  return [...operators].filter((name) => !PLUMBING.has(name))
}
