// The call whose rows answer for one of a type that nobody has measured.
import type { Dtype, OpCall, OpCallOf } from '@flowsim/trace-schema'

/** The call with all operands of one type. */
export function withType(
  call: OpCallOf<'matmul' | 'bmm' | 'grouped_gemm' | 'moe'>,
  dtype: Dtype,
): OpCall {
  const { weightDtype: _weight, outDtype: _out, scaling: _scaling, ...rest } = call
  return { ...rest, dtype }
}
