// ATen's own kernels. Source: pytorch, aten/src/ATen/native/cuda.
import type { KernelRule } from '../rule.js'

const POINTWISE =
  '(?:vectorized|unrolled|vectorized_templated|)_?elementwise_kernel(?:_manual_unroll)?<'

export const ATEN_KERNELS: readonly KernelRule[] = [
  // Copies and constants.
  {
    id: 'aten.copy',
    kernel: new RegExp(
      `${POINTWISE}.*(?:direct_copy_kernel|(?:bfloat16|float16|float8\\w*|complex\\w*)_copy_kernel|conj_kernel|(?:anonymous namespace\\)::)?copy_device_to_device)`,
    ),
    op: 'copy',
    library: 'aten',
    examples: [
      'void at::native::elementwise_kernel<128, 4, at::native::gpu_kernel_impl_nocast<at::native::direct_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda()#3}::operator()() const::{lambda()#12}::operator()() const::{lambda(c10::BFloat16)#1}>(at::TensorIteratorBase&, at::native::direct_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda()#3}::operator()() const::{lambda()#12}::operator()() const::{lambda(c10::BFloat16)#1} const&)::{lambda(int)#1}>(int, at::native::gpu_kernel_impl_nocast<int>)',
      'void at::native::vectorized_elementwise_kernel<4, at::native::bfloat16_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda(float)#1}, std::array<char*, 2ul> >(int, at::native::bfloat16_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda(float)#1}, std::array<char*, 2ul>)',
      'void at::native::unrolled_elementwise_kernel<at::native::direct_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda()#3}::operator()() const::{lambda()#4}::operator()() const::{lambda(long)#1}, std::array<char*, 2ul>, 4, TrivialOffsetCalculator<1, unsigned int>, TrivialOffsetCalculator<1, unsigned int>, at::native::memory::LoadWithCast<1>, at::native::memory::StoreWithCast<1> >(int)',
    ],
  },
  {
    id: 'aten.fill',
    kernel:
      /FillFunctor<(?<dtype>[^<>]+)>|arange_cuda|linspace_cuda|range_cuda_out|at::native::\w*:*eye_kernel|elementwise_kernel_with_index/,
    op: 'fill',
    library: 'aten',
    examples: [
      'void at::native::vectorized_elementwise_kernel<4, at::native::FillFunctor<c10::BFloat16>, std::array<char*, 1ul> >(int, at::native::FillFunctor<c10::BFloat16>, std::array<char*, 1ul>)',
      'void (anonymous namespace)::elementwise_kernel_with_index<int, at::native::arange_cuda_out(c10::Scalar const&, c10::Scalar const&, c10::Scalar const&, at::Tensor&)::{lambda()#1}::operator()() const::{lambda()#4}::operator()() const::{lambda(long)#1}>(int)',
    ],
  },
  {
    id: 'aten.random',
    kernel:
      /distribution_elementwise_grid_stride_kernel|distribution_\w*kernel|(?:uniform|normal|random|bernoulli|exponential|cauchy|geometric)_(?:kernel|and_transform)|philox|curand\w*|randperm_\w+/i,
    op: 'random',
    library: 'aten',
    parameters: { op: 'random' },
    examples: [
      'void at::native::(anonymous namespace)::distribution_elementwise_grid_stride_kernel<float, 4, at::native::templates::cuda::uniform_and_transform<float, float, 4ul, at::CUDAGeneratorImpl*>(at::TensorIteratorBase&)::{lambda(curandStatePhilox4_32_10*)#1}>(long)',
    ],
  },
  {
    id: 'aten.dropout',
    kernel: /fused_dropout_kernel|dropout_\w*kernel|masked_scale_kernel/i,
    op: 'elementwise',
    library: 'aten',
    parameters: { function: 'dropout' },
    examples: [
      'void at::native::(anonymous namespace)::fused_dropout_kernel_vec<float, float, unsigned int, 1, 4, bool>(at::cuda::detail::TensorInfo<float, unsigned int>)',
    ],
  },
  // Activations.
  {
    id: 'aten.gelu',
    kernel: /GeluCUDAKernelImpl/,
    op: 'gelu',
    library: 'aten',
    examples: [
      'void at::native::vectorized_elementwise_kernel<4, at::native::GeluCUDAKernelImpl(at::TensorIteratorBase&, at::native::GeluType)::{lambda()#2}::operator()() const::{lambda()#4}::operator()() const::{lambda(c10::BFloat16)#1}, std::array<char*, 2ul> >(int)',
    ],
  },
  {
    id: 'aten.silu',
    kernel: /::silu_kernel/,
    op: 'silu',
    library: 'aten',
    parameters: { op: 'silu' },
    examples: [
      'void at::native::vectorized_elementwise_kernel<4, at::native::(anonymous namespace)::silu_kernel(at::TensorIteratorBase&)::{lambda()#1}::operator()() const::{lambda()#6}::operator()() const::{lambda(c10::BFloat16)#1}, std::array<char*, 2ul> >(int)',
    ],
  },
  {
    id: 'aten.relu',
    kernel: /launch_clamp_scalar|threshold_kernel_impl|clamp_\w*kernel|relu_kernel/,
    operator: /^aten::relu_?$/,
    op: 'relu',
    library: 'aten',
    parameters: { op: 'relu' },
    examples: [
      {
        kernel:
          'void at::native::vectorized_elementwise_kernel<4, at::native::(anonymous namespace)::launch_clamp_scalar(at::TensorIteratorBase&, c10::Scalar, c10::Scalar, at::native::detail::ClampLimits)::{lambda()#1}::operator()() const::{lambda()#7}::operator()() const::{lambda(float)#1}, at::detail::Array<char*, 2> >(int)',
        operators: ['aten::clamp_min_', 'aten::relu_'],
      },
    ],
  },
  // Lists of tensors.
  {
    id: 'aten.foreach',
    kernel:
      /multi_tensor_apply_kernel|multi_tensor_\w*kernel|FusedAdam\w*|FusedSgd\w*|FusedAdagrad\w*|adam_cuda_kernel|cuda_adam\w*|lamb_\w*kernel|amp_(?:foreach|update)\w*|kOptimizer\w*|multi_tensor_l2norm|_foreach_norm|kPreconditionOptimizer\w*/,
    op: 'elementwise',
    library: 'aten',
    dimensions: 'foreach',
    examples: [
      'void at::native::(anonymous namespace)::multi_tensor_apply_kernel<at::native::(anonymous namespace)::TensorListMetadata<2>, at::native::(anonymous namespace)::BinaryOpListAlphaFunctor<float, 2, 2, 0>, std::plus<float>, float>(at::native::(anonymous namespace)::TensorListMetadata<2>)',
      'void multi_tensor_apply_kernel<TensorListMetadata<4>, AdamFunctor<float, float, int>, float, float>(long)',
    ],
  },
  // Joining and splitting.
  {
    id: 'aten.cat',
    kernel:
      /CatArrayBatched\w*<(?:[^<>]*OpaqueType<(?<width>\d+)|(?<dtype>[^<>,]+),)|CatArrayBatched\w*|chunk_cat_cuda_kernel|HorizontalCat\w*|_cat_kernel/,
    op: 'cat',
    library: 'aten',
    examples: [
      'void at::native::(anonymous namespace)::CatArrayBatchedCopy_aligned16_contig<at::native::(anonymous namespace)::OpaqueType<4u>, unsigned int, 1, 128, 1>(at::native::(anonymous namespace)::OpaqueType<4u>*, at::native::(anonymous namespace)::CatArrInputTensorMetadata<at::native::(anonymous namespace)::OpaqueType<4u>, unsigned int, 128, 1>, at::native::(anonymous namespace)::TensorSizeStride<unsigned int, 4u>, int, unsigned int)',
      'void at::native::(anonymous namespace)::CatArrayBatchedCopy<float, unsigned int, 3, 64, 64>(float*)',
    ],
  },
  {
    id: 'aten.split_copy',
    kernel:
      /split_with_sizes_copy\w*|flip_cuda|roll_cuda_kernel|tensor_unfold|im2col_kernel|col2im_kernel|vol2col|(?:reflection|replication|constant)_pad\w*|as_strided\w*copy|pixel_shuffle\w*|permute\w*_kernel|transpose_\w*kernel|TransposeKernel|batched_transpose/i,
    op: 'copy',
    library: 'aten',
    examples: [
      'void at::native::detail::split_with_sizes_copy_out_contiguous_no_cast_kernel<16>(char**, char**)',
      'void at::native::(anonymous namespace)::replication_pad_forward_kernel3d<c10::BFloat16>(at::GenericPackedTensorAccessor<c10::BFloat16 const, 5ul>)',
      'void at::native::im2col_kernel<float>(long, float const*)',
    ],
  },
  // Rows by number.
  {
    id: 'aten.embedding',
    kernel:
      /indexSelect(?:Large|Small)Index|vectorized_gather_kernel|_scatter_gather_elementwise|index_elementwise_kernel/,
    operator: /^aten::embedding$/,
    op: 'embedding',
    library: 'aten',
    examples: [
      {
        kernel:
          'void at::native::(anonymous namespace)::indexSelectLargeIndex<c10::BFloat16, long, unsigned int, 2, 2, -2, true>(at::cuda::detail::TensorInfo<c10::BFloat16, unsigned int>)',
        operators: ['aten::index_select', 'aten::embedding'],
      },
    ],
  },
  {
    id: 'aten.scatter',
    kernel:
      /index_put_kernel_impl|indexing_backward_kernel|_cuda_scatter_gather_internal_kernel<true|indexFunc(?:Large|Small)Index|index_(?:copy|fill|add)_kernel|embedding_backward\w*|compute_grad_weight|sum_and_scatter|EmbeddingBag_accGrad\w*|masked_scatter\w*|(?<![a-z])put_kernel|cuda_scatter_fill|(?<![a-z_])scatter_(?!gather)\w*kernel/,
    op: 'scatter',
    library: 'aten',
    examples: [
      'void at::native::index_elementwise_kernel<128, 4, at::native::gpu_index_kernel<at::native::index_put_kernel_impl<at::native::OpaqueType<2> >(at::TensorIterator&, c10::ArrayRef<long>, c10::ArrayRef<long>)::{lambda(char*, char const*, long)#1}>(at::TensorIteratorBase&, c10::ArrayRef<long>, c10::ArrayRef<long>)::{lambda(int)#1}>(long)',
      'void at::native::_scatter_gather_elementwise_kernel<128, 4, at::native::_cuda_scatter_gather_internal_kernel<true, float>::operator()<at::native::ReduceAdd>(at::TensorIterator&, long, long, long, at::native::ReduceAdd const&)::{lambda(int)#1}>(int)',
    ],
  },
  {
    id: 'aten.gather',
    kernel:
      /index_kernel_impl|indexSelect(?:Large|Small)Index|vectorized_gather_kernel|_scatter_gather_elementwise|_cuda_scatter_gather_internal_kernel<false|take_kernel|gpu_index_kernel|masked_select\w*|EmbeddingBag_updateOutput\w*|embedding_bag\w*|compute_cuda_kernel|repeat_interleave\w*|searchsorted\w*|index_elementwise_kernel|gather_\w*kernel/,
    op: 'gather',
    library: 'aten',
    examples: [
      'void at::native::index_elementwise_kernel<128, 4, at::native::gpu_index_kernel<at::native::index_kernel_impl<at::native::OpaqueType<2> >(at::TensorIteratorBase&, c10::ArrayRef<long>, c10::ArrayRef<long>)::{lambda(char*, char const*, long)#1}>(at::TensorIteratorBase&)::{lambda(int)#1}>(long)',
      'void at::native::vectorized_gather_kernel<16, long>(char*, char*, long*, int, long, long, long, long, bool)',
      'void compute_cuda_kernel<long>(long*, long*, long*, long, long)',
      'void at::native::(anonymous namespace)::indexSelectSmallIndex<c10::BFloat16, long, unsigned int, 2, 2, -2>(at::cuda::detail::TensorInfo<c10::BFloat16, unsigned int>)',
    ],
  },
  // Softmax and normalisation.
  {
    id: 'aten.softmax',
    kernel:
      /softmax_warp_(?:forward|backward)|cunn_(?:Spatial)?SoftMax\w*|softmax\w*_?(?:forward|backward)?_?kernel|_softmax_\w*kernel|masked_softmax\w*|scaled_\w*softmax_\w+|log_softmax\w*kernel|softmaxForward|host_softmax/i,
    op: 'softmax',
    library: 'aten',
    examples: [
      'void (anonymous namespace)::softmax_warp_forward<float, float, float, 10, true, false>(float*, float const*, int, int, int, bool const*, int, bool)',
      'void at::native::(anonymous namespace)::cunn_SoftMaxForwardReg<c10::BFloat16, float, c10::BFloat16, at::native::(anonymous namespace)::SoftMaxForwardEpilogue, long, 4>(c10::BFloat16*, c10::BFloat16 const*, long)',
      'void scaled_upper_triang_masked_softmax_warp_forward<__half, __half, float, 10>(__half*, __half const*, float, int, int, int)',
    ],
  },
  {
    id: 'aten.norm_weight_gradient',
    kernel:
      /GammaBetaBackward\w*|cuComputePartGradGammaBeta|cuComputeGradGammaBeta|GammaBackward\w*|ln_bwd_finalize\w*|rmsnorm_bwd_finalize\w*/,
    op: 'reduce',
    family: 'normalization',
    library: 'aten',
    dimensions: 'columnSums',
    parameters: { function: 'sum' },
    examples: [
      'void at::native::(anonymous namespace)::GammaBetaBackwardCUDAKernel_32x32<float, float>(long, long, float const*, float const*, float const*, float const*, float*, float*)',
    ],
  },
  {
    id: 'aten.groupnorm',
    kernel:
      /RowwiseMoments|ComputeFusedParams|GroupNorm\w*|group_?norm\w*|Compute1dBackward\w*|ComputeInternalGradients\w*|GNForward\w*/i,
    operator: /group_?norm/i,
    op: 'groupnorm',
    library: 'aten',
    examples: [
      {
        kernel:
          'void at::native::(anonymous namespace)::RowwiseMomentsCUDAKernel<c10::BFloat16>(long, float, c10::BFloat16 const*, c10::BFloat16*, c10::BFloat16*)',
        operators: ['aten::native_group_norm'],
      },
    ],
  },
  {
    id: 'aten.groupnorm_name',
    kernel: /group_?norm\w*|ComputeFusedParams/i,
    op: 'groupnorm',
    library: 'aten',
    examples: [
      'void at::native::(anonymous namespace)::ComputeFusedParamsCUDAKernel<float>(long, long, long, float const*, float const*)',
      '_groupnorm_kernel',
    ],
  },
  {
    id: 'aten.layernorm_moments',
    kernel: /RowwiseMomentsCUDAKernel/,
    op: 'layernorm',
    library: 'aten',
    auxiliary: true,
    examples: [
      'void at::native::(anonymous namespace)::RowwiseMomentsCUDAKernel<float, float>(long, float, float const*, float*, float*)',
    ],
  },
  {
    id: 'aten.layernorm',
    kernel:
      /layer_norm_\w*kernel|LayerNorm\w*|layer_norm_grad_input\w*|cuComputeGradInput|layernorm\w*/i,
    op: 'layernorm',
    library: 'aten',
    examples: [
      'void at::native::(anonymous namespace)::vectorized_layer_norm_kernel<c10::BFloat16, float>(int, float, c10::BFloat16 const*, c10::BFloat16 const*, c10::BFloat16 const*, float*, float*, c10::BFloat16*)',
      'void at::native::(anonymous namespace)::layer_norm_grad_input_kernel<float, float>(float const*, float const*, float const*, float const*, float const*, float*, int)',
      'void at::native::(anonymous namespace)::LayerNormForwardCUDAKernel<float, float>(long, float const*, float const*, float const*, float const*, float const*, float*)',
    ],
  },
  // Reductions.
  {
    id: 'aten.reduce',
    kernel:
      /reduce_kernel<\d+, \d+, .*?(?<function>ArgMax|ArgMin|Mean|MinMax|Max|Min|Welford|Norm\w*?|AbsMax|AbsMin|sum|prod|and|or|nansum|logcumsumexp|xor_sum|CountNonzero)(?:Ops|_functor|_kernel_cuda|Functor|_kernel)|reduce_kernel</,
    op: 'reduce',
    library: 'aten',
    examples: [
      'void at::native::reduce_kernel<512, 1, at::native::ReduceOp<float, at::native::MeanOps<float, float, float, float>, unsigned int, float, 4, 4> >(at::native::ReduceOp<float, at::native::MeanOps<float, float, float, float>, unsigned int, float, 4, 4>)',
      'void at::native::reduce_kernel<512, 1, at::native::ReduceOp<bool, at::native::func_wrapper_t<bool, at::native::and_kernel_cuda(at::TensorIterator&)::{lambda()#1}::operator()() const::{lambda()#12}::operator()() const::{lambda(bool, bool)#1}>, unsigned int, bool, 4> >(at::native::ReduceOp<bool>)',
    ],
  },
  {
    id: 'aten.loss',
    kernel:
      /nll_loss\w*|cross_entropy\w*|CrossEntropy\w*|liger_\w*cross_entropy\w*|BinaryCrossEntropy\w*|kl_div\w*kernel|mse_\w*kernel|huber\w*|smooth_l1\w*|ctc_loss\w*/,
    op: 'reduce',
    library: 'aten',
    parameters: { function: 'loss' },
    examples: [
      'void at::native::(anonymous namespace)::nll_loss_forward_reduce_cuda_kernel_2d<float, float, long>(float*, float*, float const*, long const*, float const*, bool, long, long, long, long)',
      'liger_cross_entropy_kernel',
    ],
  },
  // Order and scans.
  {
    id: 'aten.topk',
    kernel:
      /gatherTopK|sbtopk::|mbtopk::|topk_\w*kernel|radixFindKth\w*|gatherKthValue|gatherMedian|computeBlockwiseWithinKCounts|computeBlockwiseKthCounts/i,
    op: 'topk',
    library: 'aten',
    examples: [
      'void at::native::sbtopk::gatherTopK<float, unsigned int, 2, false>(at::cuda::detail::TensorInfo<float const, unsigned int>)',
    ],
  },
  {
    id: 'aten.sort',
    kernel:
      /bitonicSort\w*|radixSortKVInPlace|sort_postprocess|fill_reverse_indices|RadixSort\w*|MergeSort\w*|merge_sort\w*|radix_sort\w*|segmented_sort\w*|SegmentedSort\w*|onesweep\w*|unique_\w*kernel|DeviceUnique\w*|DeviceHistogram\w*|block_sort\w*|sort_and_scan\w*|partition_kernel|DevicePartition\w*|sort\w*by_key\w*|odd_even_sort/i,
    op: 'sort',
    library: 'cub',
    examples: [
      'void at::native::bitonicSortKVInPlace<2, -1, 16, 16, float, long, at::native::LTOp<float, true>, unsigned int>(at::cuda::detail::TensorInfo<float, unsigned int>)',
      'void cub::DeviceRadixSortOnesweepKernel<cub::DeviceRadixSortPolicy<long, int, int>::Policy800, false, long, int, int, int>(int*, int*, int*, int const*, long*, long const*, int*, int const*, int, int, int)',
      'void at_cuda_detail::cub::DeviceSegmentedRadixSortKernel<at_cuda_detail::cub::DeviceRadixSortPolicy<float, long, int>::Policy900, true, false, float, long>(float const*)',
      'void rocprim::detail::onesweep_iteration_kernel<rocprim::detail::wrapped_radix_sort_onesweep_config<rocprim::default_config, float, long> >(float*)',
    ],
  },
  {
    id: 'cub.init',
    kernel:
      /DeviceScanInit\w*|DeviceCompactInit\w*|DeviceRadixSortExclusiveSum\w*|init_lookback_scan_state|init_offset_scan_state|DeviceReduceSingleTile\w*/,
    op: 'scan',
    library: 'cub',
    auxiliary: true,
    examples: [
      'void at_cuda_detail::cub::DeviceScanInitKernel<at_cuda_detail::cub::ScanTileState<long, true> >(at_cuda_detail::cub::ScanTileState<long, true>, int)',
      'void cub::DeviceCompactInitKernel<cub::ReduceByKeyScanTileState<int, int, true>, int*>(cub::ReduceByKeyScanTileState<int, int, true>, int, int*)',
    ],
  },
  {
    id: 'cub.scan',
    kernel:
      /DeviceScan\w*|DeviceSelect\w*|tensor_kernel_scan\w*|lookback_scan\w*|scan_\w*dim|ScanKernel\w*|cumsum\w*kernel|single_scan_kernel|prefix_sum\w*|DeviceRunLength\w*|DeviceRle\w*|flatten_\w*kernel|nonzero\w*/i,
    op: 'scan',
    library: 'cub',
    examples: [
      'void at_cuda_detail::cub::DeviceScanKernel<at_cuda_detail::cub::DeviceScanPolicy<long, std::plus<long> >::Policy900, long const*, long*, at_cuda_detail::cub::ScanTileState<long, true>, std::plus<long>, at_cuda_detail::cub::NullType, int, long>(long const*, long*)',
      'void at::native::tensor_kernel_scan_innermost_dim<float, std::plus<float> >(float*, float const*, unsigned int, unsigned int, unsigned int, float, std::plus<float>)',
      'void rocprim::detail::lookback_scan_kernel<(rocprim::detail::lookback_scan_determinism)0, false, rocprim::detail::wrapped_scan_config<rocprim::default_config, long> >(long*)',
    ],
  },
  {
    id: 'cub.reduce',
    kernel:
      /cub::Device\w*Reduce\w*|rocprim::\w*:*\w*reduce\w*|thrust::\w*:*\w*reduce\w*|DeviceReduceByKey\w*|DeviceSegmentedReduce\w*/i,
    op: 'reduce',
    library: 'cub',
    parameters: { function: 'sum' },
    examples: [
      'void cub::DeviceReduceByKeyKernel<cub::DispatchReduceByKey<long*, long*, cub::ConstantInputIterator<int, int>, int*, int*, cub::Equality, cub::Sum, int>::PtxReduceByKeyPolicy>(long*)',
      'void at_cuda_detail::cub::DeviceReduceKernel<at_cuda_detail::cub::DeviceReducePolicy<int, unsigned int>::Policy600, bool*, int*>(bool*, int*)',
    ],
  },
  // Pooling, resizing, transforms.
  {
    id: 'aten.pool',
    kernel: /(?:max|avg|average|adaptive)\w*_?pool\w*|AvgPool\w*|MaxPool\w*/i,
    op: 'pool',
    library: 'aten',
    examples: [
      'void at::native::(anonymous namespace)::max_pool_forward_nchw<float, float>(int, float const*, long, long, long, int, int, int, int, int, int, int, int, int, int, float*, long*)',
      'void at::native::(anonymous namespace)::adaptive_average_pool<float>(float const*, float*, int, int, int, int, long, long, long)',
    ],
  },
  {
    id: 'aten.upsample',
    kernel: /upsample\w*|grid_sampl\w*|interpolat\w*|roi_align\w*|bilinear\w*kernel/i,
    op: 'elementwise',
    library: 'aten',
    parameters: { function: 'upsample' },
    examples: [
      'void at::native::(anonymous namespace)::upsample_nearest1d_out_frame<c10::BFloat16, &at::native::nearest_neighbor_compute_source_index>(c10::BFloat16 const*, unsigned long, unsigned long, unsigned long, unsigned long, c10::BFloat16*, float)',
    ],
  },
  {
    id: 'fft',
    kernel:
      /(?:regular|vector|multi_bluestein|bluestein|composite|spRadix\w*|dpRadix\w*)_?fft\w*|\bfft_(?:fwd|back|inv|rtc)\w*|cufft\w*|rocfft\w*|(?:real2complex|complex2real|c2c|r2c|c2r)_\w*kernel|postprocessC2C|preprocessC2R/i,
    op: 'fft',
    library: 'cufft',
    examples: [
      'void regular_fft<64u, EPT<8u>, 8u, 16u, (padding_t)1, (twiddle_t)0, (loadstore_modifier_t)2, (layout_t)0, unsigned int, float>(kernel_arguments_t<unsigned int>)',
      'void vector_fft<16u, EPT<8u>, 8u, 4u, (padding_t)0>(kernel_arguments_t<unsigned int>)',
    ],
  },
  {
    id: 'aten.triangle',
    kernel: /triu_tril|tril_\w*kernel|triu_\w*kernel/i,
    op: 'elementwise',
    library: 'aten',
    parameters: { function: 'triangle' },
    examples: [
      'void at::native::triu_tril_kernel<float, int, true, 4, false>(at::cuda::detail::TensorInfo<float, int>)',
    ],
  },
  // Everything else of one element at a time.
  {
    id: 'aten.pointwise_functor',
    kernel:
      /elementwise_kernel\w*<.*?(?<![\w])(?<function>CUDAFunctor(?:OnSelf|OnOther)?_add|\w*?(?:Mul|Div|DivTrunc|DivFloor|BitwiseAnd|BitwiseOr|BitwiseXor|CompareEq|Compare|Equal|Maximum|Minimum|Logical\w*?)Functor|compare_scalar_kernel|(?!gpu_kernel_impl|binary_internal|opmath_\w+|gpu_kernel)\w+?_(?:kernel_cuda|kernel_impl|cuda_kernel|scalar_kernel|kernel))/,
    op: 'elementwise',
    library: 'aten',
    examples: [
      'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<c10::BFloat16>, std::array<char*, 3ul> >(int, at::native::CUDAFunctor_add<c10::BFloat16>, std::array<char*, 3ul>)',
      'void at::native::elementwise_kernel<128, 4, at::native::gpu_kernel_impl_nocast<at::native::BinaryFunctor<c10::BFloat16, c10::BFloat16, c10::BFloat16, at::native::binary_internal::MulFunctor<float> > >(at::TensorIteratorBase&)::{lambda(int)#1}>(int)',
      'void at::native::vectorized_elementwise_kernel<4, at::native::(anonymous namespace)::pow_tensor_scalar_kernel_impl<float, float>(at::TensorIteratorBase&, float)::{lambda(float)#1}, std::array<char*, 2ul> >(int)',
      'void at::native::vectorized_elementwise_kernel<4, at::native::rsqrt_kernel_cuda(at::TensorIteratorBase&)::{lambda()#2}::operator()() const::{lambda()#2}::operator()() const::{lambda(float)#1}, std::array<char*, 2ul> >(int)',
      'void at::native::vectorized_elementwise_kernel<4, at::native::AUnaryFunctor<long, long, bool, at::native::(anonymous namespace)::CompareEqFunctor<long> >, std::array<char*, 2ul> >(int)',
    ],
  },
  {
    id: 'aten.pointwise',
    kernel:
      /elementwise_kernel|pointwise_\w*kernel|kernelPointwiseApply\d|at::native::\w*:*\w*_kernel_cuda|jitted_|CUDA_tensor_apply/,
    op: 'elementwise',
    library: 'aten',
    examples: [
      'void kernelPointwiseApply2<ComputeAddFunctor, float, float, unsigned int, 1, 1>(TensorInfo)',
      'jiterator_vectorized_elementwise_kernel',
    ],
  },
]
