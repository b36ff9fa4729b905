// Convolutions: sizes from input and weight, the output's from stride, padding and dilation.
//   out = floor((in + 2·pad − dilation·(kernel − 1) − 1) / stride) + 1   (torch.nn.Conv2d)
import type { OpCallOf } from '@flowsim/trace-schema'
import {
  type DimensionContext,
  type Dimensions,
  isCount,
  NO_DTYPE,
  NO_SHAPES,
  optional,
} from './context.js'

type Conv = OpCallOf<'conv'>

/** A convolution, forward or one of its two gradients. */
export function conv(context: DimensionContext): Dimensions {
  const { args } = context
  const input = args.tensor('input')
  const weight = args.tensor('weight')
  if (input === undefined || weight === undefined || weight.shape.length < 3) return NO_SHAPES
  const dtype = input.dtype ?? weight.dtype
  if (dtype === undefined) return NO_DTYPE
  const kernelSize = weight.shape.slice(2)
  const rank = kernelSize.length
  const batched = input.shape.length === rank + 2
  const inputSize = input.shape.slice(-rank)
  const groups = args.number('groups') ?? 1
  const transposed = args.flag('transposed') === true
  const output = args.tensor('grad_output', 'out')
  const outputSize =
    output?.shape.length === input.shape.length
      ? output.shape.slice(-rank)
      : sizeOfOutput(context, inputSize, kernelSize)
  if (outputSize === undefined) return 'stride and padding are not in the trace'
  const call: Conv = {
    op: 'conv',
    batch: batched ? input.shape[0]! : 1,
    inChannels: input.shape.at(-rank - 1)!,
    // The weight of a transposed convolution lies as [in, out / groups, …].
    outChannels: transposed ? weight.shape[1]! * groups : weight.shape[0]!,
    inputSize,
    outputSize,
    kernelSize,
    groups,
    ...optional('direction', directionOf(context)),
    dtype: dtype === 'fp32' && /tf32|s1688/.test(context.name) ? 'tf32' : dtype,
  }
  if (call.dtype === 'tf32') call.outDtype = 'fp32'
  const counts = [
    call.batch,
    call.inChannels,
    call.outChannels,
    groups,
    ...inputSize,
    ...outputSize,
  ]
  return counts.every(isCount) ? call : 'an empty convolution'
}

function sizeOfOutput(
  { args }: DimensionContext,
  input: readonly number[],
  kernel: readonly number[],
): number[] | undefined {
  const list = (name: string, otherwise: number) => {
    const values = args.integers(name)
    if (values === undefined || values.length === 0) return undefined
    return input.map((_, i) => values[Math.min(i, values.length - 1)] ?? otherwise)
  }
  const stride = list('stride', 1)
  const padding = list('padding', 0)
  const dilation = list('dilation', 1) ?? input.map(() => 1)
  if (stride === undefined || padding === undefined) return undefined
  return input.map(
    (length, i) =>
      Math.floor((length + 2 * padding[i]! - dilation[i]! * (kernel[i]! - 1) - 1) / stride[i]!) + 1,
  )
}

function directionOf({ args, groups, name, parameters }: DimensionContext): Conv['direction'] {
  if (args.tensor('grad_output') === undefined && parameters.direction === undefined) {
    return undefined
  }
  if (groups.wgrad !== undefined || /wgrad|wrw|bwd_weight|Wgrad/.test(name)) return 'weight_grad'
  if (groups.dgrad !== undefined || /dgrad|_bwd|bwd_data|Dgrad/.test(name)) return 'data_grad'
  // 1×1 convolutions run as GEMMs: the weight gradient is the one that transposes its first operand.
  return /_tn_|_tn$|_TN/.test(name) ? 'weight_grad' : 'data_grad'
}
