// A tensor as an operator or kernel sees it.
import type { Dtype } from './dtype.js'

/** What a kernel does with a tensor. */
export type TensorRole = 'input' | 'output' | 'inout'

/** A tensor argument: shape, element type, role. */
export interface TensorArg {
  schema?: 'flowsim.tensor-arg/1' | undefined
  /** Parameter name, such as "q" or "weight". */
  name?: string | undefined
  role?: TensorRole | undefined
  /** Sizes in elements, outermost dimension first. */
  shape: number[]
  /** Absent where the trace names no known type. */
  dtype?: Dtype | undefined
  /** Strides in elements, one for each dimension. */
  strides?: number[] | undefined
}

/** A tensor without the tag of a document. */
export type Tensor = Omit<TensorArg, 'schema'>

/** A tensor argument of an operator. */
export interface TensorOperand extends Tensor {
  kind: 'tensor'
}

/** A list of tensors as one argument of an operator. */
export interface TensorListOperand {
  kind: 'tensor_list'
  tensors: Tensor[]
}

/** An argument of an operator that is not a tensor. */
export interface ScalarOperand {
  kind: 'scalar'
  /** The profiler's word: "Scalar", "ScalarList", "int", … */
  type: string
  /** As the profiler wrote it; empty when it recorded no value. */
  value: string
}

/** One positional argument of an operator, as the profiler recorded it. */
export type OperatorArg = TensorOperand | TensorListOperand | ScalarOperand
