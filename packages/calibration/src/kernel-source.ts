// Whose rows speak for a kernel of a trace: PyTorch's with its libraries, or those of engines and compilers.

const PYTORCH = [
  // Kernels of PyTorch, with and without a namespace.
  /\bat::native|\bat::cuda|\bat_cuda|\bpytorch_flash\b|^void \(anonymous namespace\)::softmax_warp/,
  // cuBLAS, its CUTLASS kernels and cuDNN.
  /\bcublas|\bcudnn|^(?:volta|turing|ampere|hopper|sm\d+)_|cutlass::Kernel2?<|^cutlass3?x?_|\bgemmSN_|\bgemv|sgemm/i,
  /^void (?:at_cuda_detail::)?cub::|rocprim/,
  // hipBLASLt, rocBLAS, MIOpen and the attention that PyTorch brings for them.
  /^Cijk_|miopen|^igemm_|^attn_fwd/i,
]

/** vLLM's and SGLang's experts in Triton. */
const TRITON_EXPERTS = /^fused_moe_kernel/

/**
 * The source of calibration rows that a kernel's name asks for. cuBLAS's `nvjet` kernels are those of the engines' tables.
 */
export function sourceOfKernel(name: string): 'pytorch' | 'engine' | 'engine/triton' {
  if (TRITON_EXPERTS.test(name)) return 'engine/triton'
  return PYTORCH.some((pattern) => pattern.test(name)) ? 'pytorch' : 'engine'
}
