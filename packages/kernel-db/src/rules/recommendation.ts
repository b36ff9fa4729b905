// FBGEMM: embeddings of recommendation models, sparse features, row-wise quantisation.
import type { KernelRule } from '../rule.js'

export const RECOMMENDATION: readonly KernelRule[] = [
  {
    id: 'fbgemm.embedding_helper',
    kernel:
      /find_long_segments|linearize_index|get_infos_metadata|count_unique_indices|radix_sort_kernel_fbgemm|delinearize_unique|transpose_embedding\w*/,
    op: 'sort',
    library: 'fbgemm',
    auxiliary: true,
    examples: [
      'split_embedding_backward_codegen_rowwise_adagrad_unweighted_find_long_segments(at::GenericPackedTensorAccessor<int, 1ul, at::RestrictPtrTraits, int>)',
      'void fbgemm_gpu::linearize_index_kernel<long, int>(int const*)',
    ],
  },
  {
    id: 'fbgemm.embedding_backward',
    kernel:
      /(?:split|dense|ssd)_embedding\w*_(?:backward|grad)_?\w*|codegen_\w*grad\w*|embedding_\w*backward\w*/,
    op: 'scatter',
    library: 'fbgemm',
    dimensions: 'none',
    examples: [
      'void split_embedding_backward_codegen_rowwise_adagrad_unweighted_kernel_cta_per_row_1<c10::Half, float, c10::Half, 2ul, 32>(at::GenericPackedTensorAccessor<float, 2ul, at::RestrictPtrTraits, long>)',
      'void split_embedding_codegen_grad_indice_weights_kernel<c10::Half, float, c10::Half, 2ul>(at::GenericPackedTensorAccessor<float, 2ul>)',
    ],
  },
  {
    id: 'fbgemm.embedding',
    kernel: /(?:split|dense|int_nbit_split|ssd)_embedding\w*forward\w*|tbe_\w*kernel/,
    op: 'embedding',
    library: 'fbgemm',
    examples: [
      'void split_embedding_codegen_forward_unweighted_kernel<c10::Half, c10::Half, float, false, long, 2ul, 32ul>(at::GenericPackedTensorAccessor<c10::Half, 1ul>)',
      'void int_nbit_split_embedding_codegen_forward_unweighted_kernel_small_L<int, c10::Half, 4ul>(at::GenericPackedTensorAccessor<unsigned char, 1ul>)',
    ],
  },
  {
    id: 'fbgemm.quantize',
    kernel:
      /_compute_FP8_quantize|_FP8rowwise_to_float|_float_to_\w+_gpu|_hfp8_to_float|_float_to_hfp8|FusedNBitRowwise\w*|_float_to_fused\w*|_fused8bitrowwise_to\w*|_get_FP8_qparam|float_to_bfloat16|bfloat16_to_float/i,
    op: 'quantize',
    library: 'fbgemm',
    examples: [
      'void fbgemm_gpu::(anonymous namespace)::_compute_FP8_quantize_cuda_kernel<float>(float const*, float const*, int, int, unsigned char*, bool)',
      'void at::native::vectorized_elementwise_kernel<4, fbgemm_gpu::_hfp8_to_float_gpu(at::Tensor const&, long, long)::{lambda(unsigned char)#1}, at::detail::Array<char*, 2> >(int)',
    ],
  },
  {
    id: 'fbgemm.move',
    kernel:
      /permute_(?:1D|2D|pooled|embeddings|multi)\w*|permute_pooled_embs\w*|jagged_\w*kernel|batched_unary_embeddings\w*|bucketize_\w*|block_bucketize\w*|keyed_jagged\w*|segment_sum_csr\w*|pack_segments\w*|recat_\w*|expand_into_jagged\w*|regroup_\w*kernel|group_index_select\w*|reorder_batched\w*|invert_permute\w*|generate_vbe\w*/,
    op: 'copy',
    library: 'fbgemm',
    examples: [
      'void permute_pooled_embs_kernel<float>(float const*, long const*, long const*, long const*, float*, long, long, long)',
      'void fbgemm_gpu::permute_2D_data_kernel<false, int, int, decltype(nullptr)>(int, int, int, int const*)',
    ],
  },
  {
    id: 'fbgemm.other',
    kernel:
      /fbgemm_gpu::|bounds_check_indices|offsets_range\w*|lxu_cache\w*|lru_cache\w*|lfu_cache\w*|direct_mapped_\w*kernel/,
    op: 'elementwise',
    library: 'fbgemm',
    dimensions: 'none',
    examples: [
      'void bounds_check_indices_kernel<long, false>(at::GenericPackedTensorAccessor<long, 1ul>)',
      'void fbgemm_gpu::_offsets_range_cuda_kernel<int>(long, long, int const*, int*)',
    ],
  },
]
