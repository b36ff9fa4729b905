// Last: words that say what a kernel does in any library. Rules of a library come before these.
import type { KernelRule } from '../rule.js'

export const GENERIC: readonly KernelRule[] = [
  {
    id: 'generic.hyper_connection',
    kernel: /(?<![a-z])mhc_|(?<![a-z])hc_(?:pre|post|fused|head|sinkhorn|split)|hyper_?connection/i,
    op: 'elementwise',
    parameters: { function: 'hyper_connection' },
    dimensions: 'none',
    examples: ['mhc_post_tilelang_kernel', 'mhc_pre_big_fuse_tilelang_kernel'],
  },
  {
    id: 'generic.cache',
    kernel:
      /(?<![a-z])kv_?cache|[a-z]CacheKernel|cache_kernel|cache_write|(?:store|write)_\w*cache/i,
    op: 'kv_cache_write',
    examples: [
      'void vllm::deepseek_v4_fused_ops::fusedDeepseekV4FullCacheKernel<c10::BFloat16, true, true, false>(c10::BFloat16*, unsigned char*)',
    ],
  },
  {
    id: 'generic.attention',
    kernel:
      /attention|(?<![a-z])attn|fmha|(?<![a-z])(?:sdpa|[mg]ha|[mg]qa|mla)(?![a-z])|paged_(?:decode|prefill)|flash_?(?:decod|prefill)/i,
    op: 'attention',
    examples: ['my_fused_attention_fwd', '_qsa_mqa_paged_kernel', '_fp8_paged_decode_split_f8dot'],
  },
  {
    id: 'generic.moe',
    kernel:
      /(?<![a-z])moe|moe(?![a-z])|moe_?shared|grouped_(?:fp\d|int\d|linear|matmul)|[Ee]xperts?(?:_|[A-Z]|$)/,
    op: 'grouped_gemm',
    dimensions: 'none',
    examples: ['custom_moe_kernel', 'MixtureOfExpertsKernel'],
  },
  {
    id: 'generic.bmm',
    kernel: /batch(?:ed)?_?(?:gemm|mat_?mul)|einsum|(?<![a-z])bmm(?![a-z])/i,
    op: 'bmm',
    examples: ['batched_gemm_a8w8_quant', '_deepseek_v4_sm12x_fp8_einsum_kernel'],
  },
  {
    id: 'generic.gemm',
    kernel:
      /(?<!deep_)gemm|gemv|mat_?mul|(?<![a-z])mm(?![a-z])|(?<![a-z])linear(?![a-z])|wgmma|mfma/i,
    op: 'matmul',
    examples: ['my_hgemm_128x128', 'persistent_matmul'],
  },
  {
    id: 'generic.all_to_all',
    kernel: /(?<![a-z])a2a(?![a-z])|all_?to_?all/i,
    op: 'all_to_all',
    examples: ['_dcp_a2a_pack_send_kernel', '_dcp_a2a_unpack_combine_kernel'],
  },
  {
    id: 'generic.barrier',
    kernel: /[Bb]arrier(?:_|$|Kernel)/,
    op: 'barrier',
    examples: [
      'flashinfer::comm::ulysses_pcie::UlyssesPcieBarrier(unsigned long*, flashinfer::comm::ulysses_pcie::PeerSignalPointers, int, int, unsigned long*)',
    ],
  },
  {
    id: 'generic.all_reduce',
    kernel: /all_?reduce|(?:one|two)_?shot/i,
    op: 'all_reduce',
    examples: [
      'kernel_cutlass_kernel_b12xcommroce_oneshot_cute_RoceOneshotLaunch_object_at__ptri32gmemalign16_',
    ],
  },
  {
    id: 'generic.conv',
    kernel: /(?<![a-z])conv(?:olution|[123]d)?(?![a-z])/i,
    op: 'conv',
    examples: ['my_conv2d_v2'],
  },
  {
    // Models of language have hardly any other norm.
    id: 'generic.norm',
    kernel: /(?<![a-z])norm(?:alize|alization)?(?![a-z])|_norm_/i,
    op: 'rmsnorm',
    examples: ['custom_norm_fwd', '_q_kv_norm_quant_kernel'],
  },
  {
    id: 'generic.softmax',
    kernel: /softmax/i,
    op: 'softmax',
    examples: ['my_online_softmax'],
  },
  {
    id: 'generic.quantize',
    kernel: /quant(?:ize|ized|_|ization)|Quant(?![a-z])/i,
    op: 'quantize',
    parameters: { outDtypeDefault: 'fp8_e4m3' },
    examples: ['row_quant_i8'],
  },
  {
    id: 'generic.topk',
    kernel: /top_?k(?![a-z])/i,
    op: 'topk',
    examples: ['my_topk_v2'],
  },
  {
    id: 'generic.sort',
    kernel: /(?<![a-z])(?:arg)?sort(?![a-z])/i,
    op: 'sort',
    examples: ['argsort_rows'],
  },
  {
    id: 'generic.sampling',
    kernel: /sampl(?:e|ing)|logits/i,
    op: 'sampling',
    examples: ['sample_tokens_v3'],
  },
  {
    id: 'generic.reduce',
    kernel:
      /reduc(?:e|tion)|(?<![a-z])(?:arg)?max(?![a-z])|(?<![a-z])(?:sum|mean|argmin|logsumexp)(?![a-z])/i,
    op: 'reduce',
    examples: ['block_reduction', 'row_sum_v2'],
  },
  {
    id: 'generic.copy',
    kernel:
      /(?<![a-z])(?:memcpy|copy|transpose|permute|reorder|repack|pad)(?![a-z])|CopyKernel|copyBuffer/i,
    op: 'copy',
    examples: ['__amd_rocclr_copyBuffer', 'pad_and_copy'],
  },
  {
    id: 'generic.fill',
    kernel: /(?<![a-z])(?:memset|fill|zero|init)(?![a-z])|fillBuffer/i,
    op: 'fill',
    examples: ['__amd_rocclr_fillBufferAligned', 'zero_buffer'],
  },
  {
    id: 'generic.embedding',
    kernel: /embedding/i,
    op: 'embedding',
    examples: ['embedding_lookup_v2'],
  },
  {
    id: 'generic.gather',
    kernel: /gather|(?<![a-z])index_?select/i,
    op: 'gather',
    examples: ['row_gather_v2'],
  },
  {
    id: 'generic.scatter',
    kernel: /scatter/i,
    op: 'scatter',
    examples: ['row_scatter_v2'],
  },
  {
    // cuSOLVER, cuBLAS and MAGMA: factorisations, triangular solves.
    id: 'generic.linear_algebra',
    kernel:
      /(?<![a-z])(?:ge(?:tr[fsi]|qr[f2]?|lqf|svd)|potr[fsi]|trs[mv]|sy(?:rk|tr[fd]|ev\w*)|laswp|getf2|orgqr|ormqr|cusolver\w*)\w*/i,
    op: 'other',
    dimensions: 'none',
    examples: [
      'void getrf_pivot<getrf_params_<float, 32, 1, 32, 32, 1> >(int, int, int, void*, int, long*, int)',
      'void trsm_batch_left_lower_kernel<float>(cublasTrsmBatchParams<float>, float const* const*, float* const*, float const*, float)',
    ],
  },
  {
    id: 'generic.state_copy',
    kernel: /(?:pre|post)(?:copy|process)_mamba/i,
    op: 'copy',
    examples: ['precopy_mamba_align_fused_kernel', 'postprocess_mamba_fused_kernel'],
  },
  {
    id: 'generic.activation',
    kernel:
      /(?<![a-z])(?:silu|gelu|relu|swish|(?:log)?sigmoid|tanh|softplus\d?|\w*glu|activation)(?![a-z])/i,
    op: 'elementwise',
    parameters: { function: 'activation' },
    examples: ['fast_gelu_v2'],
  },
  {
    id: 'generic.pointwise',
    kernel:
      /(?<![a-z])(?:add|mul|addcmul|sub|div|scale|bias|cast|convert|elementwise|pointwise|residual)(?![a-z])/i,
    op: 'elementwise',
    examples: ['bias_residual_v2'],
  },
]
