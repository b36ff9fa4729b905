// Convolutions and batch norms of a trace that records no shapes, as rows to fit on. The trace trains ResNet-50 (arXiv 1512.03385,
// with the stride in the 3 x 3 convolution) on 32 images of 224 x 224: 53 convolutions a pass, each followed by a
// batch norm, and activations of the sizes that follow, as the grids of its kernels tell.
import { parseFile } from '@flowsim/parser/node'
import { deviceOf } from './trace-rows.mjs'

export const RESNET_TRACE = 'traces/ddp-nccl-a100.trace.json.gz'
const IMAGES = 32

/** Convolutions in the order in which they run. */
function convolutions() {
  const calls = []
  const add = (inChannels, outChannels, size, taps, stride) => {
    const out = size / stride
    calls.push({
      op: 'conv',
      batch: IMAGES,
      inChannels,
      outChannels,
      inputSize: [size, size],
      outputSize: [out, out],
      kernelSize: [taps, taps],
      groups: 1,
      dtype: 'tf32',
    })
    return out
  }
  add(3, 64, 224, 7, 2)
  let [channels, size] = [64, 56]
  for (const [blocks, width, step] of [
    [3, 64, 1],
    [4, 128, 2],
    [6, 256, 2],
    [3, 512, 2],
  ]) {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? step : 1
      add(channels, width, size, 1, 1)
      const out = add(width, width, size, 3, stride)
      add(width, 4 * width, out, 1, 1)
      if (block === 0) add(channels, 4 * width, size, 1, stride)
      channels = 4 * width
      size = out
    }
  }
  return calls
}

const MULTIPLIES = /gemm|dgrad|wgrad|fprop|ImplicitGemm/

/** How many of a backward convolution's kernels make the gradient of its input; the rest make that of the weights. */
function ofInput(kernels) {
  const first = kernels.findIndex(({ name }) => MULTIPLIES.test(name))
  return first + (/nhwcToNchw/.test(kernels[first + 1]?.name) ? 2 : 1)
}

/** Rows of the trace's convolutions with all of their kernels, changes of layout among them, and of batch norms. */
export async function resnetRows(corpus) {
  const trace = await parseFile(`${corpus}/${RESNET_TRACE}`)
  const hardware = deviceOf(trace, RESNET_TRACE)
  const calls = convolutions()
  const rows = []
  const add = (call, kernels) =>
    rows.push({
      call,
      latencyUs: kernels.reduce((sum, { durationNs }) => sum + durationNs / 1000, 0),
      hardware,
      options: { source: 'pytorch' },
    })
  const ran = new Map()
  for (const { name, kernels } of runsOf(trace)) {
    const run = ran.get(name) ?? 0
    ran.set(name, run + 1)
    const place = run % calls.length
    const last = calls.length - 1 - place
    switch (name) {
      case 'aten::cudnn_convolution':
        add(calls[place], kernels)
        break
      case 'aten::cudnn_batch_norm':
        add(normOf(calls[place]), kernels)
        break
      case 'aten::cudnn_batch_norm_backward':
        add({ ...normOf(calls[last]), direction: 'backward' }, kernels)
        break
      case 'aten::convolution_backward': {
        // Nothing asks for the gradient of the images.
        const split = last === 0 ? 0 : ofInput(kernels)
        if (split > 0) add({ ...calls[last], direction: 'data_grad' }, kernels.slice(0, split))
        add({ ...calls[last], direction: 'weight_grad' }, kernels.slice(split))
      }
    }
  }
  return rows
}

/** The norm of a convolution's results. */
function normOf({ outChannels, outputSize: [height, width] }) {
  return {
    op: 'batchnorm',
    rows: outChannels,
    cols: IMAGES * height * width,
    dtype: 'fp32',
  }
}

/** Kernels that follow each other under one operator. */
function runsOf({ kernels }) {
  const runs = []
  for (const kernel of [...kernels].sort((a, b) => a.startNs - b.startNs)) {
    if (kernel.kind !== 'kernel' || kernel.op === undefined || /nccl/i.test(kernel.name)) continue
    if (runs.at(-1)?.name === kernel.op.name) runs.at(-1).kernels.push(kernel)
    else runs.push({ name: kernel.op.name, kernels: [kernel] })
  }
  return runs
}
