// A convolution: 2·taps·(inputs / groups) FLOPs for each result, forward and for either gradient.
import { dtypeBytes } from '../dtype.js'
import { count, counts, oneOf, optional } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { inOut } from './shared/rowwise.js'
import { local, outputDtype } from './shared/work.js'

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)

export const conv = operation('conv', {
  title: 'convolution in one, two or three dimensions',
  family: 'convolution',
  runsOn: 'matrix',
  fields: {
    batch: count(),
    inChannels: count(),
    outChannels: count(),
    inputSize: counts('Spatial sizes of the input.'),
    outputSize: counts('Spatial sizes of the output.'),
    kernelSize: counts(),
    groups: count(),
    direction: optional(oneOf(['forward', 'data_grad', 'weight_grad'])),
    ...inOut,
  },
  usual: { groups: 1 },
  example: {
    batch: 2,
    inChannels: 64,
    outChannels: 64,
    inputSize: [56, 56],
    outputSize: [56, 56],
    kernelSize: [3, 3],
    groups: 1,
    dtype: 'fp16',
  },
  work(call) {
    const taps = product(call.kernelSize)
    const input = call.batch * call.inChannels * product(call.inputSize)
    const output = call.batch * call.outChannels * product(call.outputSize)
    const weight = (call.outChannels * call.inChannels * taps) / call.groups
    const flops = 2 * output * (call.inChannels / call.groups) * taps
    const work = (read: number, written: number) =>
      local(flops, read * dtypeBytes(call.dtype), written * dtypeBytes(outputDtype(call)))
    if (call.direction === 'data_grad') return work(output + weight, input)
    if (call.direction === 'weight_grad') return work(output + input, weight)
    return work(input + weight, output)
  },
  describe: (call) =>
    `${call.batch}×${call.inChannels}×${call.inputSize.join('×')} → ${call.outChannels}, ${call.kernelSize.join('×')}`,
})
