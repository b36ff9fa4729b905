// Last: words that say what a kernel does in any library. Rules of a library come before these.
import type { KernelRule } from '../rule.js'

export const GENERIC: readonly KernelRule[] = [
  {
    id: 'generic.attention',
    kernel: /attention|(?<![a-z])attn|fmha|(?<![a-z])sdpa|(?<![a-z])mha(?![a-z])/i,
    op: 'attention',
    examples: ['my_fused_attention_fwd'],
  },
  {
    id: 'generic.moe',
    kernel: /(?<![a-z])moe(?![a-z])|experts?(?:_|[A-Z]|$)/i,
    op: 'grouped_gemm',
    dimensions: 'none',
    examples: ['custom_moe_kernel'],
  },
  {
    id: 'generic.gemm',
    kernel:
      /gemm|gemv|mat_?mul|(?<![a-z])(?:bmm|mm)(?![a-z])|(?<![a-z])linear(?![a-z])|wgmma|mfma/i,
    op: 'matmul',
    examples: ['my_hgemm_128x128', 'persistent_matmul'],
  },
  {
    id: 'generic.conv',
    kernel: /(?<![a-z])conv(?:olution|[123]d)?(?![a-z])/i,
    op: 'conv',
    examples: ['my_conv2d_v2'],
  },
  {
    id: 'generic.layernorm',
    kernel: /layer_?norm|(?<![a-z])norm(?:alize|alization)?(?![a-z])/i,
    op: 'layernorm',
    examples: ['custom_norm_fwd'],
  },
  {
    id: 'generic.softmax',
    kernel: /softmax/i,
    op: 'softmax',
    examples: ['my_online_softmax'],
  },
  {
    id: 'generic.quantize',
    kernel: /quant(?:ize|ized|_|ization)/i,
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
      /reduc(?:e|tion)|(?<![a-z])(?:arg)?max(?![a-z])|(?<![a-z])(?:sum|mean|argmin)(?![a-z])/i,
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
    id: 'generic.activation',
    kernel: /(?<![a-z])(?:silu|gelu|relu|swish|sigmoid|tanh|activation)(?![a-z])/i,
    op: 'elementwise',
    parameters: { function: 'activation' },
    examples: ['fast_gelu_v2'],
  },
  {
    id: 'generic.pointwise',
    kernel:
      /(?<![a-z])(?:add|mul|sub|div|scale|bias|cast|convert|elementwise|pointwise|residual)(?![a-z])/i,
    op: 'elementwise',
    examples: ['bias_residual_v2'],
  },
]
