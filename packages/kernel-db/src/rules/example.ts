// Examples of rules: a kernel's name, or a kernel in an operator with its arguments, written as
//   "bf16[8,1024]", "int64[32,4096]{1,0}" with strides, "fp32[]", a number, true, a word, or a list.
import type {
  Dtype,
  KernelEvent,
  KernelOperator,
  OperatorArg,
  TensorArg,
} from '@flowsim/trace-schema'
import { parseDtype } from '@flowsim/trace-schema'
import type { RuleExample } from './rule-file.js'

type Argument = NonNullable<Exclude<RuleExample, string>['args']>[number]

const TENSOR = /^(\w*)\[([\d,]*)\](?:\{([\d,]*)\})?$/

/** A kernel as an example describes it. */
export interface ExampleKernel {
  name: string
  operator?: KernelOperator
}

/**
 * The kernel of an example.
 * @param operator - the one that is meant where the example names none
 */
export function readExample(example: RuleExample, operator?: string): ExampleKernel {
  const {
    kernel = '',
    operators = [],
    args = [],
  } = typeof example === 'string' ? { kernel: example } : example
  const [name = operator, ...parents] = operators
  if (name === undefined) return { name: kernel }
  return { name: kernel, operator: { name, parents, args: args.map(readArgument) } }
}

/** The event of an example's kernel, as a parser would give it. */
export function exampleEvent({ name, operator }: ExampleKernel): KernelEvent {
  return {
    kind: 'kernel',
    name,
    device: 0,
    stream: 0,
    startNs: 0,
    durationNs: 1000,
    shapesFrom: operator === undefined ? 'none' : 'profiler',
    ...(operator === undefined ? {} : { op: operator }),
  }
}

function readArgument(argument: Argument): OperatorArg {
  if (Array.isArray(argument)) {
    const tensors = argument.flatMap((item) => readTensor(String(item)) ?? [])
    return tensors.length > 0
      ? { kind: 'tensor_list', tensors }
      : { kind: 'scalar', type: 'ScalarList', value: `[${argument.join(', ')}]` }
  }
  const text = typeof argument === 'boolean' ? (argument ? 'True' : 'False') : String(argument)
  const tensor = readTensor(text)
  return tensor === undefined
    ? { kind: 'scalar', type: 'Scalar', value: text }
    : { kind: 'tensor', ...tensor }
}

function readTensor(text: string): TensorArg | undefined {
  const match = TENSOR.exec(text)
  if (match === null) return undefined
  const [, type, sizes, strides] = match
  const dtype: Dtype | undefined = parseDtype(type!)
  return {
    shape: numbers(sizes!),
    ...(dtype === undefined ? {} : { dtype }),
    ...(strides === undefined ? {} : { strides: numbers(strides) }),
  }
}

function numbers(text: string): number[] {
  return text === '' ? [] : text.split(',').map(Number)
}
