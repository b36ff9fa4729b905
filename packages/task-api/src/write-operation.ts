// From an operation with canonical dimensions to the fields of a task: in the original's form, for the five
// operations that it has words for, or as an object with all dimensions, which FlowSim's service takes.
import type { Dtype, OpCall } from '@flowsim/trace-schema'
import type { TaskRequestInput } from './request.js'

/** The fields of a task that say what is to be timed. */
export type TaskOperation = Pick<TaskRequestInput, 'op' | 'input_dim' | 'dtype'>

/** Names of element types that every version of the interface reads. */
const WIRE_DTYPES: Partial<Record<Dtype, string>> = {
  bf16: 'c10::BFloat16',
  fp16: 'torch.float16',
  fp32: 'torch.float32',
  fp8_e4m3: 'torch.float8_e4m3fn',
  int8: 'torch.int8',
}

/** An operation with all its dimensions, for FlowSim's service. */
export function taskOperation({ op, ...dimensions }: OpCall): TaskOperation {
  const dtype = 'dtype' in dimensions ? dimensions.dtype : undefined
  return { op, input_dim: dimensions, ...(dtype === undefined ? {} : { dtype }) }
}

/** An operation as the original spells it; undefined where it has no word for it. */
export function originalOperation(call: OpCall): TaskOperation | undefined {
  const dtype = 'dtype' in call && call.dtype !== undefined ? WIRE_DTYPES[call.dtype] : undefined
  if (dtype === undefined) return undefined
  const product = (...input_dim: number[][]) => ({ op: call.op, input_dim, dtype: [dtype, dtype] })
  switch (call.op) {
    case 'matmul':
      return product([call.m, call.k], [call.k, call.n])
    case 'bmm':
      return product([call.batch, call.m, call.k], [call.batch, call.k, call.n])
    case 'softmax':
    case 'layernorm':
      return { op: call.op, input_dim: [call.rows, call.cols], dtype }
    case 'gelu':
      return { op: 'gelu', input_dim: [call.elements], dtype }
    default:
      return undefined
  }
}
