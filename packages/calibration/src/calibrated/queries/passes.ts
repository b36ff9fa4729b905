// How often a kernel goes through a row, and what it reads again (launch.json):
//
//   softmax   once where a row stays in registers (short rows in PyTorch's `softmax_warp_*`, longer ones in
//             `cunn_SoftMaxForwardReg`) or in shared memory (`…Smem`: rows of whole vectors), else for the maximum, the sum
//             and the results (`cunn_SoftMaxForward`), or for the sum and the results (`cunn_SoftMaxBackward`, which reads
//             the gradient alone twice)
//   norms     for mean and deviation, then for the results; short rows stay in registers
import { dtypeBytes, type OpCall, type OpCallOf, type OpName } from '@flowsim/trace-schema'
import launches from './launch.json' with { type: 'json' }

const { passes: facts } = launches
const MOST: { readonly [Op in OpName]?: number } = facts.value
/** Bytes that a thread loads at once. */
const VECTOR_BYTES = 16

/** Passes over each row, and the share of the operands read that every pass but the first reads again. */
export interface Passes {
  passes: number
  again: number
}

const ONCE: Passes = { passes: 1, again: 0 }

/** Passes of a call over rows of so many columns. */
export function passesOf(call: OpCall, cols: number): Passes {
  if (call.op === 'softmax') return softmaxPasses(call)
  const most = MOST[call.op]
  if (most === undefined || cols <= facts.shortCols) return ONCE
  const isBackward = 'direction' in call && call.direction === 'backward'
  return { passes: isBackward ? facts.backward : most, again: 1 }
}

function softmaxPasses({ cols, dtype, direction }: OpCallOf<'softmax'>): Passes {
  const { registers, shared, backward } = facts.softmax
  const bytes = cols * dtypeBytes(dtype)
  if (cols <= facts.shortCols) return ONCE
  if (bytes % VECTOR_BYTES === 0 && bytes < shared) return ONCE
  if (direction === 'backward') return { passes: backward, again: 0.5 }
  return cols <= registers ? ONCE : { passes: MOST.softmax ?? 1, again: 1 }
}
