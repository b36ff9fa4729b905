// Operations on single elements. The result has the broadcast shape of the inputs; each input is read
// once, a broadcast one in its own size. Without shapes, ATen's launch tells how many elements a grid
// covers, to within one block.
import type { Dtype, OpCallOf, TensorArg } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { templateArguments } from '../names/kernel-name.js'
import {
  bytesOf,
  type DimensionContext,
  type Dimensions,
  dtypeIn,
  elementsOf,
  NO_DTYPE,
  NO_SHAPES,
  oneOf,
  optional,
} from './context.js'

/** Names of operators that return booleans. */
const COMPARES =
  /^(?:eq|ne|lt|le|gt|ge|isnan|isinf|isfinite|logical_\w+|signbit|isposinf|isneginf)$/i

/** What the function of a pointwise kernel is called: "add", "mul", … */
export function functionName({ event, groups, parameters }: DimensionContext): string {
  if (typeof parameters.function === 'string') return parameters.function
  const operator = /^aten::_?(?:foreach_)?(\w+?)_?$/.exec(event.op?.name ?? '')?.[1]
  if (operator !== undefined) return operator
  const name = groups.function ?? 'unknown'
  if (name.startsWith('CUDAFunctor')) return 'add'
  return name
    .replace(
      /(?:_tensor_(?:scalar|tensor))?(?:_kernel_impl|_kernel_cuda|_cuda_kernel|_kernel|Functor\w*|KernelImpl)$/,
      '',
    )
    .toLowerCase()
}

/** Inputs and output of a pointwise operator. */
function operands({ args }: DimensionContext): {
  inputs: TensorArg[]
  output: TensorArg | undefined
} {
  const written = args.tensor('out') ?? args.tensors.find((tensor) => tensor.role === 'inout')
  const inputs = args.tensors.filter(
    (tensor) => tensor.role !== 'output' && !(tensor.shape.length === 0 && args.tensors.length > 1),
  )
  return { inputs, output: written }
}

/** Elements of the broadcast of several shapes. */
export function broadcast(tensors: readonly TensorArg[]): number {
  const rank = Math.max(0, ...tensors.map((tensor) => tensor.shape.length))
  let elements = 1
  for (let i = 1; i <= rank; i++) {
    let length = 1
    for (const { shape } of tensors) {
      const own = shape[shape.length - i]
      if (own !== undefined && own !== 1) length = own
    }
    elements *= length
  }
  return elements
}

/** Any pointwise operation that is not a named activation. */
export function elementwise(context: DimensionContext): Dimensions {
  const name = functionName(context)
  const { inputs, output } = operands(context)
  if (inputs.length === 0) return launch(context)
  const elements = output === undefined ? broadcast(inputs) : elementsOf(output)
  if (!covers(context, elements)) return launch(context)
  const largest = Math.max(...inputs.map(elementsOf))
  const whole = inputs.filter((tensor) => elementsOf(tensor) === largest)
  // A mask does not give the operation its type.
  const typical = whole.find((tensor) => tensor.dtype !== 'bool') ?? whole[0]
  const dtype = typical?.dtype ?? dtypeIn(context.groups.dtype)
  if (dtype === undefined) return NO_DTYPE
  const written = output?.dtype ?? (COMPARES.test(name) ? 'bool' : undefined)
  const call: OpCallOf<'elementwise'> = {
    op: 'elementwise',
    function: name,
    elements,
    dtype,
    ...optional('outDtype', written === dtype ? undefined : written),
  }
  const readBytes = inputs.reduce((total, tensor) => total + bytesOf(tensor), 0)
  if (readBytes === inputs.length * elements * dtypeBytes(dtype)) {
    if (inputs.length > 1) call.inputs = inputs.length
  } else call.readBytes = readBytes
  return call
}

/** A list of tensors worked on together (optimisers, gradient scaling). */
export function foreach(context: DimensionContext): Dimensions {
  const { args } = context
  if (args.tensors.length === 0) return NO_SHAPES
  const first = args.list('self').length > 0 ? args.list('self') : args.tensors
  // Profilers record no types of lists; the functor names them.
  const named = /Functor<([^<>,]+)[,>]/.exec(context.name)?.[1]
  const dtype = first[0]?.dtype ?? args.tensors[0]?.dtype ?? dtypeIn(named)
  if (dtype === undefined) return NO_DTYPE
  const readBytes = args.tensors.reduce(
    (total, tensor) => total + bytesOf({ ...tensor, dtype: tensor.dtype ?? dtype }),
    0,
  )
  const elements = first.reduce((total, tensor) => total + elementsOf(tensor), 0)
  const all = first.reduce((total, tensor) => total + Math.ceil(elementsOf(tensor) / CHUNK), 0)
  if (all === 0) return { op: 'elementwise', function: functionName(context), elements, dtype }
  // A long list takes several launches.
  const chunks = Math.min(all, context.event.grid?.[0] ?? all)
  const share = (whole: number) => Math.round((whole * chunks) / all)
  return {
    op: 'elementwise',
    function: functionName(context),
    elements: share(elements),
    dtype,
    readBytes: share(readBytes),
    chunk: Math.min(CHUNK, Math.max(...first.map(elementsOf))),
  }
}

/** Elements of a tensor that one block works through: `kChunkSize` of ATen/native/cuda/MultiTensorApply.cuh. */
const CHUNK = 65_536

/** Constant, counting or random values written without an input. */
export function fill(context: DimensionContext): Dimensions {
  const op = context.op === 'random' ? 'random' : 'fill'
  const target = context.args.tensor('out', 'self') ?? context.args.tensors[0]
  // Constructors record a result that is still empty.
  if (target === undefined || elementsOf(target) === 0) {
    const [start, end, step = 1] = ['start', 'end', 'step'].map((name) => context.args.number(name))
    const dtype = target?.dtype ?? dtypeIn(context.groups.dtype)
    if (start !== undefined && end !== undefined && step !== 0 && dtype !== undefined) {
      return oneOf({ op, elements: Math.max(0, Math.ceil((end - start) / step)), dtype })
    }
    return ofGrid(context, target?.dtype)
  }
  const dtype = target.dtype ?? dtypeIn(context.groups.dtype)
  return dtype === undefined ? NO_DTYPE : oneOf({ op, elements: elementsOf(target), dtype })
}

/** Joining tensors into one. */
export function cat({ args, groups }: DimensionContext): Dimensions {
  const parts = args.list('tensors')
  if (parts.length === 0) return NO_SHAPES
  const known = parts[0]!.dtype ?? dtypeIn(groups.dtype)
  const dtype = known ?? BY_WIDTH[groups.width ?? '']
  if (dtype === undefined) return NO_DTYPE
  const elements = parts.reduce((total, part) => total + elementsOf(part), 0)
  const call: OpCallOf<'cat'> = { op: 'cat', elements, dtype, inputs: parts.length }
  return known === undefined ? { call, note: 'element type by its width in the name' } : call
}

/** ATen moves elements without their type: OpaqueType<2>. The usual type of each width in bytes. */
const BY_WIDTH: Record<string, Dtype> = { 1: 'uint8', 2: 'bf16', 4: 'fp32', 8: 'int64' }

// ATen launches a pointwise kernel over ⌈elements / (threads · work)⌉ blocks. Sources: pytorch,
// aten/src/ATen/native/cuda/CUDALoops.cuh and thread_constants.h. elementwise_kernel<threads, work, …>
// carries both numbers; vectorized and unrolled kernels take 4 elements a thread where the element
// type has 4 bytes or more, and did so for every type before std::array replaced at::detail::Array.
const LEGACY_KERNEL = /(?:^|::)elementwise_kernel(?:_manual_unroll|_with_index)?<(\d+), (\d+),/
const VECTOR_KERNEL = /(?:^|::)(?:vectorized|unrolled)_elementwise_kernel(?:_for_multi_outputs)?</

/** Elements that one block covers; `undefined` where the launch does not tell. */
export function elementsPerBlock({ event, name }: DimensionContext): number | undefined {
  const legacy = LEGACY_KERNEL.exec(name)
  if (legacy !== null) return Number(legacy[1]) * Number(legacy[2])
  const threads = event.block?.[0]
  if (threads === undefined || !VECTOR_KERNEL.test(name)) return undefined
  const wide = /\b(?:float|double|int|long|unsigned int)\b/.test(functor(name))
  return name.includes('at::detail::Array') || wide ? threads * 4 : undefined
}

/**
 * Types of the functor's arguments: of its last lambda, else the first template argument. Kernels for
 * any layout wrap the functor in gpu_kernel_impl.
 */
function functor(name: string): string {
  const wrapped = /gpu_kernel_impl(?:_nocast)?<(.*)>\(at::TensorIteratorBase/.exec(name)?.[1]
  const args = templateArguments(name)
  const found = wrapped ?? (/^\d+$/.test(args[0] ?? '') ? args[1] : args[0]) ?? ''
  return /lambda\(([^()]*)\)#\d+\}(?:\(.*)?$/.exec(found)?.[1] ?? found
}

/** Tensors that a functor reads. */
function arity(name: string): number {
  const array = /(?:Array|array)<char\*, (\d+)/.exec(name)?.[1]
  if (array !== undefined) return Number(array) - 1
  if (/BinaryFunctor|CUDAFunctor_add/.test(name)) return 2
  const text = functor(name)
  return /^[\w:]+(?:, [\w:]+)+$/.test(text) ? text.split(',').length : 1
}

/** Times that a thread may work on more elements than {@link elementsPerBlock} says, in vectors of narrow types. */
const WIDER = 8

/**
 * Whether the grid of a kernel may cover so many elements, or does not tell: some kernels of an operator work on other
 * tensors than its arguments, such as the statistics of a batch norm.
 */
function covers(context: DimensionContext, elements: number): boolean {
  const perBlock = elementsPerBlock(context)
  const blocks = context.event.grid?.[0]
  if (perBlock === undefined || blocks === undefined) return true
  return elements <= WIDER * blocks * perBlock
}

/** Elements by the grid of the launch, for kernels without recorded shapes. */
export function launch(context: DimensionContext): Dimensions {
  return ofGrid(context)
}

function ofGrid(context: DimensionContext, known?: Dtype): Dimensions {
  const { op } = context
  const perBlock = elementsPerBlock(context)
  const blocks = context.event.grid?.[0]
  const dtype = known ?? dtypeIn(context.groups.dtype) ?? dtypeOfFunctor(context.name)
  if (perBlock === undefined || blocks === undefined || dtype === undefined) return NO_SHAPES
  const note = `elements from the grid, at most ${perBlock - 1} too many`
  const elements = blocks * perBlock
  if (op !== 'elementwise') return { call: oneOf({ op, elements, dtype }), note }
  const inputs = arity(context.name)
  const call = { op, function: functionName(context), elements, dtype, inputs }
  return { call, note }
}

function dtypeOfFunctor(name: string): Dtype | undefined {
  const text = functor(name)
  return dtypeIn(text.split(',')[0]) ?? dtypeIn(/<([^<>,]+)[,>]/.exec(text)?.[1])
}
