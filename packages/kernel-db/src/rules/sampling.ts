// From logits to tokens: penalties, masks, top-k and top-p, sampling, speculative decoding.
import type { KernelRule } from '../rule.js'

export const SAMPLING: readonly KernelRule[] = [
  {
    id: 'sampling.speculative',
    kernel:
      /build_tree\w*|verify_tree\w*|TreeSpeculative\w*|tree_speculative\w*|VerifyTree\w*|rejection_(?:(?:greedy_|random_)?sample\w*|kernel)|_expand_candidates\w*|_scatter_num_accepted\w*|_prepare_\w*(?:draft|spec|eagle|dflash)\w*|ChainSpeculative\w*|expand_kernel|sample_recovered_tokens\w*|eagle_\w*kernel|_?fill_bonus\w*|spec_(?:decode|verify)\w*|prefill_spec\w*|segment_packbits|SegmentPackBits|PackBits|_?select_top_k_tokens|assign_(?:new_)?draft\w*|accept_\w*kernel|reconstruct_indices\w*|ngram_\w*kernel|draft_\w*kernel/i,
    op: 'sampling',
    dimensions: 'none',
    examples: [
      'build_tree_efficient(long*, long*, int*, bool*, long*, long*, long*, long*, int, int, int, int)',
      'void VerifyTreeGreedy<int, int>(int*, int*, int*, int*, int*, int*, int*, int*, unsigned int, unsigned int, unsigned int)',
      'void flashinfer::sampling::TreeSpeculativeSamplingTargetOnly<1024u, (cub::BlockScanAlgorithm)2, (cub::BlockReduceAlgorithm)2, 4u, true, float, int>(int*, int*, int*, int*)',
      'rejection_greedy_sample_kernel',
      'rejection_random_sample_kernel',
    ],
  },
  {
    id: 'sampling.mask',
    kernel:
      /bitmask\w*|apply_token_bitmask\w*|apply_repetition_penalt\w*|_?apply_penalt\w*|penalt(?:y|ies)_kernel|apply_(?:logit|grammar|temperature)\w*|_?temperature_kernel|logits_?bias\w*|gumbel\w*|_min_p_kernel|logit_bias\w*|bad_words\w*|scaling_penalties/i,
    op: 'sampling',
    examples: [
      'apply_token_bitmask_inplace_kernel',
      'void vllm::apply_repetition_penalties_kernel<float>(float*, bool const*, bool const*, float const*, int, int, int)',
      '_penalties_kernel',
      '_gumbel_sample_kernel',
    ],
  },
  {
    id: 'sampling',
    kernel:
      /flashinfer::sampling::\w+|TopKTopPSampling\w*|TopPSampling\w*|TopKSampling\w*|MinPSampling\w*|sampling_from_(?:probs|logits)\w*|SamplingFrom\w*|TopPRenorm\w*|TopKRenorm\w*|TopKMaskLogits\w*|top_?k_?top_?p\w*|_topk_topp\w*|batchTopK\w*|addBiasSoftMax|sampleMultinomial\w*|OnlineSoftmax\w*Kernel|_sample\w*_kernel|_?random_sample\w*|_ranks_kernel|_topk_log_softmax\w*/,
    op: 'sampling',
    library: 'flashinfer',
    examples: [
      'void flashinfer::sampling::TopKTopPSamplingFromProbKernel<1024u, (cub::BlockScanAlgorithm)2, (cub::BlockReduceAlgorithm)2, 4u, true, float, int>(float*, int*, bool*, int*, float*, int*, int, float, unsigned int, unsigned long, unsigned long)',
      'void flashinfer::sampling::OnlineSoftmaxMapKernel<1024u, 4u, float>(float*, flashinfer::sampling::PartialSoftmaxResult*, float*, float, unsigned int, unsigned int)',
      '_topk_topp_kernel',
      'void at::native::(anonymous namespace)::sampleMultinomialOnce<float, float>(long*, long, int, float const*, float const*, int, int)',
    ],
  },
  {
    id: 'topk.indexer',
    kernel:
      /topKPerRow\w*|top_k_per_row\w*|persistent_topk|fast_topk\w*|topk_transform\w*|radix_topk\w*|air_topk\w*|RadixTopK\w*|\btopk_kernel|topKStage\d|mbtopk::/i,
    op: 'topk',
    examples: [
      'void vllm::topKPerRowDecode<512, true>(float const*, int const*, int*, int, int, int, int)',
      'void at::native::mbtopk::radixFindKthValues<float, unsigned int, unsigned int, 2>(at::cuda::detail::TensorInfo<float const, unsigned int>)',
      'void fast_topk_transform_kernel<2048>(FastTopKParams)',
    ],
  },
]
