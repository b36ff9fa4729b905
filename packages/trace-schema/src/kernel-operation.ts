// What a kernel does: the answer of a kernel database.
import type { OpFamily } from './op-family.js'
import type { OpCall, OpName } from './ops/index.js'
import type { Tensor } from './tensor.js'

/** The operation that a kernel performs, with dimensions and tensor roles. */
export interface KernelOperation {
  schema?: 'flowsim.kernel-operation/1' | undefined
  /** null: no rule knows the kernel. */
  op: OpName | null
  family: OpFamily
  /** Present when all dimensions are known. */
  call?: OpCall | undefined
  /** Why `call` is absent, in words. */
  missing?: string | undefined
  /** Helper of a multi-kernel operator, whose work another kernel is charged with. */
  auxiliary?: boolean | undefined
  /** Operations fused into the kernel. */
  fused?: string[] | undefined
  /** With their roles. */
  tensors: Tensor[]
  /** "cublas", "flashinfer", "triton", … */
  library?: string | undefined
  /** Id of the rule that answered. */
  rule: string | null
}
