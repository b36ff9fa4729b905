// Whose rows speak for a kernel of a trace: PyTorch's with its libraries, or those of engines and compilers.
import type { KernelEvent } from '@flowsim/trace-schema'

const PYTORCH = [
  // Kernels of PyTorch, with and without a namespace.
  /\bat::native|\bat::cuda|\bat_cuda|^void \(anonymous namespace\)::softmax_warp/,
  // FlashAttention-2 and memory-efficient attention, PyTorch's own or the library's.
  /\bflash_(?:fwd|bwd)_\w*kernel|^fmha_cutlass[FB]_/,
  // cuBLAS, its CUTLASS kernels and cuDNN.
  /\bcublas|\bcudnn|^(?:volta|turing|ampere|hopper|sm\d+)_|cutlass::Kernel2?<|^cutlass3?x?_|\bgemmSN_|\bgemv|sgemm/i,
  /^void (?:at_cuda_detail::)?cub::|rocprim/,
  // hipBLASLt, rocBLAS, MIOpen and the attention that PyTorch brings for them.
  /^Cijk_|miopen|^igemm_|^attn_fwd/i,
]

/** cuDNN's attention is as fast as that of the engines' tables. */
const FUSED_ATTENTION = /^cudnn_generated_\w*sdpa/

/** vLLM's and SGLang's experts in Triton. */
const TRITON_EXPERTS = /^fused_moe_kernel/

/**
 * The source of calibration rows that a kernel's name asks for. cuBLAS's `nvjet` kernels are those of the engines' tables.
 */
export function sourceOfKernel(name: string): 'pytorch' | 'engine' | 'engine/triton' {
  if (TRITON_EXPERTS.test(name)) return 'engine/triton'
  if (FUSED_ATTENTION.test(name)) return 'engine'
  return PYTORCH.some((pattern) => pattern.test(name)) ? 'pytorch' : 'engine'
}

/** Threads of all blocks of a kernel; undefined where the trace does not tell its launch. */
export function threadsOf({
  grid,
  block,
}: Pick<KernelEvent, 'grid' | 'block'>): number | undefined {
  if (grid === undefined || block === undefined) return undefined
  const [gx, gy, gz] = grid
  const [bx, by, bz] = block
  const threads = gx * gy * gz * bx * by * bz
  return threads > 0 ? threads : undefined
}
