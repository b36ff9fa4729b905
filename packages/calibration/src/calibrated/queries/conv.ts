// Convolutions, their gradients, and transposed ones.
import { type Dtype, dtypeBytes, type OpCallOf, opWork } from '@flowsim/trace-schema'
import { DIRECTIONS } from '../families/conv.js'
import { endingIn } from './ending-in.js'
import list from './kinds.json' with { type: 'json' }
import type { Resolved } from './resolved.js'

const BY_TYPE: Partial<Record<Dtype, readonly string[]>> = list.conv.byType

/** Gradients of convolutions, and transposed ones. */
const gradients = endingIn('grad')

/** Bytes of a vector, of which planes must be made to be multiplied as they are. */
const VECTOR_BYTES = 16

/** Whether a convolution is a product of the planes as they lie: one tap, no stride, whole vectors. */
function inOrder({ kernelSize, inputSize, outputSize, dtype }: OpCallOf<'conv'>): boolean {
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)
  const pixels = product(inputSize)
  return (
    product(kernelSize) === 1 &&
    pixels === product(outputSize) &&
    (pixels * dtypeBytes(dtype)) % VECTOR_BYTES === 0
  )
}

/** A convolution as the multiplication that its implicit im2col makes. */
export function convQuery(call: OpCallOf<'conv'>): Resolved {
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)
  const { groups, direction = 'forward' } = call
  const inside = call.inChannels / groups
  const outside = call.outChannels / groups
  const inputs = call.batch * product(call.inputSize)
  const outputs = call.batch * product(call.outputSize)
  const taps = inside * product(call.kernelSize)
  const [m, n] =
    direction === 'weight_grad'
      ? [taps, outside]
      : direction === 'data_grad'
        ? [inputs, inside]
        : [outputs, outside]
  const work = opWork(call)
  const kinds = BY_TYPE[call.dtype] ?? list.conv.otherTypes
  return {
    family: 'conv',
    kinds: direction === 'forward' ? kinds : gradients(kinds),
    ...(call.dtype === 'fp64' && { like: { ...call, dtype: 'fp32' as const } }),
    query: {
      groups,
      m: Math.max(1, m),
      n: Math.max(1, n),
      // What is multiplied: a stride leaves most taps of a gradient out.
      k: Math.max(1, work.flops / (2 * m * n * groups)),
      channels: Math.max(1, direction === 'data_grad' ? outside : inside),
      moved: (work.readBytes + work.writeBytes) / dtypeBytes(call.dtype),
      planes: inOrder(call) ? 0 : inputs * call.inChannels + outputs * call.outChannels,
      direction: DIRECTIONS.indexOf(direction),
      dimensions: call.kernelSize.length,
    },
  }
}
