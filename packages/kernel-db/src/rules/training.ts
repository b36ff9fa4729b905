// Transformer Engine, Apex, DeepSpeed, bitsandbytes and Liger kernels of training runs.
import type { KernelRule } from '../rule.js'

export const TRAINING_KERNELS: readonly KernelRule[] = [
  {
    id: 'transformer_engine.cast',
    kernel:
      /transformer_engine::\w*:*(?:\w*cast\w*|\w*quantize\w*|\w*transpose\w*|\w*amax\w*)|cast_transpose\w*|delayed_scaling\w*/i,
    op: 'quantize',
    library: 'transformer_engine',
    parameters: { outDtypeDefault: 'fp8_e4m3' },
    examples: [
      'void transformer_engine::(anonymous namespace)::cast_transpose_general_kernel<8ul, 4ul, float, __nv_bfloat16, __nv_fp8_e4m3>(__nv_bfloat16 const*)',
    ],
  },
  {
    id: 'transformer_engine',
    kernel: /transformer_engine::(?!normalization|\w*(?:rope|softmax|multi_tensor|permut))/,
    op: 'elementwise',
    library: 'transformer_engine',
    examples: [
      'void transformer_engine::gated_act_kernel<8, float, transformer_engine::Empty, &(float transformer_engine::silu<float, float>(float, transformer_engine::Empty const&)), __nv_bfloat16, __nv_bfloat16>(__nv_bfloat16 const*)',
    ],
  },
]
