// How an operation looks in a profile: the framework operators it is called through, and their
// kernels. Names, arguments and launch shapes follow profiles of SGLang with FlashInfer and cuBLAS
// on NVIDIA devices.
import type { Dtype, KernelCollective, OperatorArg } from '@flowsim/trace-schema'
import type { GraphOp } from '../graph.js'
import type { LayerKind, ModelConfig } from '../model.js'
import type { Layout } from '../parallelism.js'

/** One kernel of an operator. */
export interface KernelPlan {
  name: string
  /** Share of the operation's time. */
  share: number
  grid: [number, number, number]
  block: [number, number, number]
  registers: number
  sharedMemory: number
  api: string
  /** Message of a collective that runs on the communication stream. */
  collective?: Omit<KernelCollective, 'ranks' | 'groupName' | 'sequence'>
}

/** One call of a framework operator. */
export interface OperatorPlan {
  /** null for a kernel that Python launches without an operator, as Triton kernels are. */
  name: string | null
  args: OperatorArg[]
  parents: string[]
  /** Annotation around the call. */
  annotation?: string
  /** Operators of one layer with the same key are one call. */
  call?: string
  kernels: KernelPlan[]
}

/** What plans depend on besides the operation. */
export interface PlanContext {
  model: ModelConfig
  layout: Layout
  generation: 'ampere' | 'hopper' | 'blackwell'
  computeUnits: number
}

/** The kind of layer that an operation belongs to; the last one for operations outside. */
export function layerKind({ model }: PlanContext, op: GraphOp): LayerKind {
  return model.layerKinds[model.layers[op.layer ?? model.layers.length - 1]!]!
}

/** A contiguous tensor argument. */
export function tensor(shape: number[], dtype: Dtype, strides = contiguous(shape)): OperatorArg {
  return { kind: 'tensor', shape, dtype, strides }
}

function contiguous(shape: number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step *= shape[i]!
  }
  return strides
}

/** A scalar argument with its value. */
export function scalar(value: string | number | boolean): OperatorArg {
  const text = typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
  return { kind: 'scalar', type: 'Scalar', value: text }
}

/** An argument that was not given. */
export const NONE: OperatorArg = { kind: 'scalar', type: '', value: '' }

/** C++ names of element types in kernels. */
export const CUDA_TYPES: Partial<Record<Dtype, string>> = {
  bf16: '__nv_bfloat16',
  fp16: '__half',
  fp32: 'float',
  fp8_e4m3: '__nv_fp8_e4m3',
  int8: 'signed char',
}

/** PyTorch's C++ names of element types. */
export const ATEN_TYPES: Partial<Record<Dtype, string>> = {
  bf16: 'c10::BFloat16',
  fp16: 'c10::Half',
  fp32: 'float',
  fp8_e4m3: 'c10::Float8_e4m3fn',
  int8: 'signed char',
}

/** A kernel with one thread block for every `perBlock` elements. */
export function simpleKernel(
  name: string,
  blocks: number,
  threads: number,
  registers = 32,
  share = 1,
): KernelPlan {
  return {
    name,
    share,
    grid: [Math.max(1, Math.min(2 ** 31 - 1, Math.ceil(blocks))), 1, 1],
    block: [threads, 1, 1],
    registers,
    sharedMemory: 0,
    api: 'cudaLaunchKernel',
  }
}
