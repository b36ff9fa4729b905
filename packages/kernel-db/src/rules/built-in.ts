// The built-in files of rules in the order in which they are asked; the first rule that matches answers. A
// file comes before those whose patterns would also match its kernels.
import activation from '../../rules/activation.json' with { type: 'json' }
import ascend from '../../rules/ascend.json' with { type: 'json' }
import atenElementwise from '../../rules/aten-elementwise.json' with { type: 'json' }
import atenFunctors from '../../rules/aten-functors.json' with { type: 'json' }
import atenImage from '../../rules/aten-image.json' with { type: 'json' }
import atenMovement from '../../rules/aten-movement.json' with { type: 'json' }
import atenNorm from '../../rules/aten-norm.json' with { type: 'json' }
import atenReduction from '../../rules/aten-reduction.json' with { type: 'json' }
import attention from '../../rules/attention.json' with { type: 'json' }
import attentionHelpers from '../../rules/attention-helpers.json' with { type: 'json' }
import convolution from '../../rules/convolution.json' with { type: 'json' }
import customCollectives from '../../rules/custom-collectives.json' with { type: 'json' }
import deepgemm from '../../rules/deepgemm.json' with { type: 'json' }
import expertParallel from '../../rules/expert-parallel.json' with { type: 'json' }
import fbgemm from '../../rules/fbgemm.json' with { type: 'json' }
import flashAttention from '../../rules/flash-attention.json' with { type: 'json' }
import flashinferAttention from '../../rules/flashinfer-attention.json' with { type: 'json' }
import gemm from '../../rules/gemm.json' with { type: 'json' }
import gemmHelpers from '../../rules/gemm-helpers.json' with { type: 'json' }
import gemmQuantized from '../../rules/gemm-quantized.json' with { type: 'json' }
import inductor from '../../rules/inductor.json' with { type: 'json' }
import kvCache from '../../rules/kv-cache.json' with { type: 'json' }
import linearAttention from '../../rules/linear-attention.json' with { type: 'json' }
import mla from '../../rules/mla.json' with { type: 'json' }
import moeGemm from '../../rules/moe-gemm.json' with { type: 'json' }
import moeRouting from '../../rules/moe-routing.json' with { type: 'json' }
import nccl from '../../rules/nccl.json' with { type: 'json' }
import norm from '../../rules/norm.json' with { type: 'json' }
import operations from '../../rules/operations.json' with { type: 'json' }
import pagedAttention from '../../rules/paged-attention.json' with { type: 'json' }
import quantization from '../../rules/quantization.json' with { type: 'json' }
import rope from '../../rules/rope.json' with { type: 'json' }
import sampling from '../../rules/sampling.json' with { type: 'json' }
import transformerEngine from '../../rules/transformer-engine.json' with { type: 'json' }
import words from '../../rules/words.json' with { type: 'json' }
import xla from '../../rules/xla.json' with { type: 'json' }

/** Name and content of each file. */
export const BUILT_IN: readonly (readonly [name: string, content: unknown])[] = [
  ['rules/ascend.json', ascend],
  ['rules/nccl.json', nccl],
  ['rules/custom-collectives.json', customCollectives],
  ['rules/expert-parallel.json', expertParallel],
  ['rules/xla.json', xla],
  ['rules/inductor.json', inductor],
  ['rules/fbgemm.json', fbgemm],
  ['rules/attention-helpers.json', attentionHelpers],
  ['rules/mla.json', mla],
  ['rules/flash-attention.json', flashAttention],
  ['rules/flashinfer-attention.json', flashinferAttention],
  ['rules/attention.json', attention],
  ['rules/paged-attention.json', pagedAttention],
  ['rules/linear-attention.json', linearAttention],
  ['rules/convolution.json', convolution],
  ['rules/moe-routing.json', moeRouting],
  ['rules/moe-gemm.json', moeGemm],
  ['rules/transformer-engine.json', transformerEngine],
  ['rules/kv-cache.json', kvCache],
  ['rules/rope.json', rope],
  ['rules/norm.json', norm],
  ['rules/activation.json', activation],
  ['rules/quantization.json', quantization],
  ['rules/sampling.json', sampling],
  ['rules/deepgemm.json', deepgemm],
  ['rules/gemm-helpers.json', gemmHelpers],
  ['rules/gemm-quantized.json', gemmQuantized],
  ['rules/gemm.json', gemm],
  ['rules/aten-elementwise.json', atenElementwise],
  ['rules/aten-movement.json', atenMovement],
  ['rules/aten-norm.json', atenNorm],
  ['rules/aten-reduction.json', atenReduction],
  ['rules/aten-image.json', atenImage],
  ['rules/aten-functors.json', atenFunctors],
  ['rules/words.json', words],
  ['rules/operations.json', operations],
]
