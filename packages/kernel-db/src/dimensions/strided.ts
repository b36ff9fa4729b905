// Operands that are not contiguous: PyTorch then launches kernels that work out an address for each element
// instead of those that read vectors. Sources: pytorch, aten/src/ATen/native/cuda/CUDALoops.cuh (legacy
// kernels beside vectorized_elementwise_kernel) and Shape.cu (CatArrayBatchedCopy beside its contiguous and
// aligned variants).
import type { OpCall } from '@flowsim/trace-schema'

const STRIDED =
  /(?:^|::)elementwise_kernel(?:_manual_unroll|_with_index)?<|(?:^|::)CatArrayBatchedCopy</

/** The call, marked where its kernel is one for strided operands. */
export function markStrided(call: OpCall, kernel: string): OpCall {
  switch (call.op) {
    case 'elementwise':
    case 'copy':
    case 'cat':
    case 'gelu':
    case 'silu':
    case 'relu':
      return STRIDED.test(kernel) ? { ...call, strided: true } : call
    default:
      return call
  }
}
