// Rows of single PyTorch operations in eager mode as the kernels that they run. The columns are those of
// KernelBench's level 1 (github.com/ScalingIntelligence/KernelBench): `problem`, a name; `inputs`, the shapes
// of the tensors; `init`, the arguments of the module. All is fp32; multiplications without TF32 and
// convolutions with it, PyTorch's defaults.
import { PerfModelError } from '@flowsim/perf-model'
import type { OpCall } from '@flowsim/trace-schema'

type Shape = readonly number[]

const product = (sizes: Shape) => sizes.reduce((a, b) => a * b, 1)
const FP32 = { dtype: 'fp32' } as const

const matmul = (m: number, n: number, k: number): OpCall => ({ op: 'matmul', m, n, k, ...FP32 })
const point = (name: string, elements: number, inputs = 1): OpCall => ({
  op: 'elementwise',
  function: name,
  elements,
  ...FP32,
  ...(inputs > 1 && { inputs }),
})
const reduce = (name: string, rows: number, cols: number): OpCall => ({
  op: 'reduce',
  function: name,
  rows,
  cols,
  ...FP32,
})

/** What a row's columns hold. */
interface Problem {
  name: string
  inputs: Shape[]
  /** Arguments of the module; numbers stand for all spatial dimensions. */
  init: (number | Shape)[]
}

/** Problems by a part of their name, the first that matches, and their kernels. */
const PROBLEMS: readonly [RegExp, (problem: Problem) => OpCall[]][] = [
  [/conv/i, convolution],
  [/matrix|matmul/i, multiplication],
  [/^LogSoftmax|^Softmax/, ({ inputs: [x = []] }) => [{ op: 'softmax', ...rowsOf(x), ...FP32 }]],
  [/^ReLU/, ({ inputs: [x = []] }) => [{ op: 'relu', elements: product(x), ...FP32 }]],
  [/^GELU/, ({ inputs: [x = []] }) => [{ op: 'gelu', elements: product(x), ...FP32 }]],
  [/^Softsign/, ({ inputs: [x = []] }) => chain(x, ['abs', 1], ['add', 1], ['div', 2])],
  [/^BatchNorm/, ({ inputs: [x = []] }) => [{ op: 'batchnorm', ...rowsOf(x), ...FP32 }]],
  [/^InstanceNorm/, ({ inputs: [x = []] }) => [normOf(x, x[1] ?? 1)]],
  [/^GroupNorm/, ({ inputs: [x = []], init }) => [normOf(x, Number(init[1]))]],
  [
    /^LayerNorm/,
    ({ inputs: [x = []] }) => [
      { op: 'layernorm', rows: x[0] ?? 1, cols: product(x.slice(1)), ...FP32 },
    ],
  ],
  [
    /^RMSNorm/,
    ({ inputs: [x = []] }) => {
      const rows = product(x) / (x[1] ?? 1)
      return [
        point('pow', product(x)),
        reduce('mean', rows, x[1] ?? 1),
        ...chain([rows], ['add', 1], ['sqrt', 1]),
        point('div', product(x), 2),
      ]
    },
  ],
  [/^FrobeniusNorm/, ({ inputs: [x = []] }) => [reduce('norm', 1, product(x)), divided(x)]],
  [/^L2Norm/, ({ inputs: [x = []] }) => [reduce('norm', x[0] ?? 1, x[1] ?? 1), divided(x)]],
  [/Pooling/, pooling],
  [/reduction|^Arg(?:max|min)/, alongDimension],
  [/^cumsum_reverse/, ({ inputs: [x = []] }) => [flip(x), scan(x), flip(x)]],
  [
    /^cumsum_exclusive/,
    ({ inputs: [x = []] }) => [...chain([x[0] ?? 1], ['fill', 1]), flip(x), scan(x)],
  ],
  [/^cum/, ({ inputs: [x = []] }) => [scan(x)]],
  [/^MSELoss/, ({ inputs: [x = []] }) => [...chain(x, ['sub', 2], ['pow', 1]), mean(x)]],
  [/^HuberLoss/, ({ inputs: [x = []] }) => [point('smooth_l1_loss', product(x), 2), mean(x)]],
  [
    /^CrossEntropyLoss/,
    ({ inputs: [x = []] }) => [
      { op: 'softmax', ...rowsOf(x), ...FP32 },
      reduce('nll', 1, x[0] ?? 1),
    ],
  ],
  [/^KLDivLoss/, ({ inputs: [x = []] }) => [...chain(x, ['log', 1], ['kl_div', 2]), mean(x)]],
  [
    /^CosineSimilarityLoss/,
    ({ inputs: [x = []] }) => [
      ...Array.from({ length: 3 }, () => reduce('dot', x[0] ?? 1, x[1] ?? 1)),
      ...chain([x[0] ?? 1], ['div', 2], ['rsub', 1]),
      reduce('mean', 1, x[0] ?? 1),
    ],
  ],
  [
    /^TripletMarginLoss/,
    ({ inputs: [x = []] }) => [
      ...Array.from({ length: 2 }, () => [
        point('sub', product(x), 2),
        reduce('norm', x[0] ?? 1, x[1] ?? 1),
      ]).flat(),
      ...chain([x[0] ?? 1], ['sub', 2], ['clamp', 1]),
      reduce('mean', 1, x[0] ?? 1),
    ],
  ],
  [
    /^HingeLoss/,
    ({ inputs: [x = []] }) => [...chain(x, ['mul', 2], ['rsub', 1], ['clamp', 1]), mean(x)],
  ],
  // Any other module is a function of each element.
  [/./, ({ name, inputs: [x = []] }) => [point(name.toLowerCase().replace(/_$/, ''), product(x))]],
]

/**
 * The kernels of a row, the longest first.
 * @throws PerfModelError `invalid_dimension` that names the column
 */
export function eagerKernels(row: {
  problem: string
  inputs: string
  init: string
}): [OpCall, ...OpCall[]] {
  const problem: Problem = {
    name: row.problem.replace(/^\d+_/, ''),
    inputs: parsed('inputs', row.inputs) as Shape[],
    init: parsed('init', row.init) as (number | Shape)[],
  }
  for (const [name, kernels] of PROBLEMS) {
    if (!name.test(problem.name)) continue
    const [first, ...rest] = kernels(problem)
    if (first !== undefined) return [first, ...rest]
  }
  throw wrong('problem', `"${row.problem}" has no kernels that are known`)
}

function parsed(column: string, text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
  } catch {
    // Said below.
  }
  throw wrong(column, `"${text}" is not a JSON list`)
}

function wrong(column: string, what: string): PerfModelError {
  return new PerfModelError('invalid_dimension', `column ${column}: ${what}`, {
    at: { path: column },
  })
}

const rowsOf = (x: Shape) => ({ rows: x[0] ?? 1, cols: product(x.slice(1)) })
const divided = (x: Shape) => point('div', product(x), 2)
const mean = (x: Shape) => reduce('mean', 1, product(x))
const flip = (x: Shape): OpCall => ({ op: 'copy', elements: product(x), ...FP32 })
const scan = (x: Shape): OpCall => ({ op: 'scan', function: 'cumsum', ...rowsOf(x), ...FP32 })
const chain = (x: Shape, ...steps: [name: string, inputs: number][]) =>
  steps.map(([name, inputs]) => point(name, product(x), inputs))
const normOf = (x: Shape, groups: number): OpCall => ({
  op: 'groupnorm',
  rows: (x[0] ?? 1) * groups,
  cols: product(x.slice(1)) / groups,
  ...FP32,
})

function multiplication({ name, inputs: [a = [], b = []] }: Problem): OpCall[] {
  const [p = 1, q = 1] = a.slice(-2)
  const [r = 1, s = 1] = b.slice(-2)
  if (/diagonal/i.test(name)) return [matmul(p, s, p), point('diag', p * p)]
  if (a.length === 3 && b.length === 3) {
    return [{ op: 'bmm', batch: a[0] ?? 1, m: p, n: s, k: q, ...FP32 }]
  }
  const both = /transposed_both/i.test(name)
  const [m, k] = both || /transposed_A/i.test(name) ? [q, p] : [product(a.slice(0, -1)), q]
  const n = both || /transposed_B/i.test(name) ? r : s
  const triangle = /triangular/i.test(name) ? [point('triu', m * n)] : []
  return b.length < 2 ? [reduce('dot', m, k)] : [matmul(m, n, k), ...triangle]
}

function alongDimension({ name, inputs: [x = []], init: [dim = 1] }: Problem): OpCall[] {
  const cols = x[Number(dim)] ?? 1
  return [reduce(/^\w+?(?=_)/.exec(name)?.[0].toLowerCase() ?? 'sum', product(x) / cols, cols)]
}

/** Values of an argument for each spatial dimension. */
const spread = (value: number | Shape | undefined, dims: number, usual: number): number[] =>
  Array.from({ length: dims }, (_, i) => (typeof value === 'object' ? value[i] : value) ?? usual)

function pooling({ name, inputs: [x = []], init }: Problem): OpCall[] {
  const sizes = x.slice(2)
  const [kernel, stride, padding, dilation] = init
  const window = spread(kernel, sizes.length, 1)
  const steps = spread(stride, sizes.length, 0).map((step, i) => step || window[i]!)
  const spacing = spread(/^Max/.test(name) ? dilation : 1, sizes.length, 1)
  const results = sizes.map((size, i) => {
    const reach = spacing[i]! * (window[i]! - 1) + 1
    const around = 2 * spread(padding, sizes.length, 0)[i]!
    return Math.max(1, Math.floor((size + around - reach) / steps[i]!) + 1)
  })
  return [
    { op: 'pool', rows: product(x.slice(0, 2)) * product(results), cols: product(window), ...FP32 },
  ]
}

/** The order of a module's arguments differs: a name says which it has. */
function convolution({ name, inputs: [x = []], init }: Problem): OpCall[] {
  const inputSize = x.slice(2)
  const dims = inputSize.length
  const depthwise = /depthwise/i.test(name) && !/separable/i.test(name)
  const channels = x[1] ?? 1
  const outChannels = isAlexNet(init)
    ? 96
    : /pointwise/i.test(name) || !depthwise
      ? Number(init[1] ?? channels)
      : channels
  const { kernel, stride, padding, outPadding, dilation, groups } = depthwise
    ? depthwiseArguments(name, init, channels)
    : denseArguments(name, init)
  const kernelSize = spread(kernel, dims, 1)
  const at = (value: number | Shape | undefined, i: number, usual: number) =>
    spread(value, dims, usual)[i]!
  const transposed = /transposed/i.test(name)
  const outputSize = inputSize.map((size, i) => {
    const reach = at(dilation, i, 1) * (kernelSize[i]! - 1) + 1
    const step = at(stride, i, 1)
    const around = 2 * at(padding, i, 0)
    const length = transposed
      ? (size - 1) * step - around + reach + at(outPadding, i, 0)
      : Math.floor((size + around - reach) / step) + 1
    return Math.max(1, length)
  })
  // A transposed convolution is the gradient of one from its output to its input.
  const [from, to] = transposed ? [outputSize, inputSize] : [inputSize, outputSize]
  return [
    {
      op: 'conv',
      batch: x[0] ?? 1,
      inChannels: transposed ? outChannels : channels,
      outChannels: transposed ? channels : outChannels,
      inputSize: from,
      outputSize: to,
      kernelSize,
      groups,
      ...(transposed && { direction: 'data_grad' as const }),
      dtype: 'tf32',
    },
  ]
}

/** The first layer of AlexNet is given the number of classes alone. */
const isAlexNet = (init: (number | Shape)[]) => init.length === 1

function depthwiseArguments(name: string, init: (number | Shape)[], channels: number) {
  if (/2D_asymmetric_input_asymmetric/i.test(name)) {
    const [, , kh = 1, kw = 1, sh = 1, , ph = 0] = init.map(Number)
    return {
      kernel: [kh, kw],
      stride: sh,
      padding: ph,
      outPadding: 0,
      dilation: 1,
      groups: channels,
    }
  }
  const own = /asymmetric_input/i.test(name) ? init.slice(2) : init.slice(1)
  const [kernel, stride, padding, dilation = 1] = own
  const shape = /asymmetric_kernel/i.test(name) ? [Number(kernel), 1] : kernel
  return { kernel: shape, stride, padding, outPadding: 0, dilation, groups: channels }
}

function denseArguments(name: string, init: (number | Shape)[]) {
  if (isAlexNet(init)) {
    return { kernel: 11, stride: 4, padding: 2, outPadding: 0, dilation: 1, groups: 1 }
  }
  const [, , kernel = 1, ...rest] = init
  const usual = { kernel, stride: 1, padding: 0, outPadding: 0, dilation: 1, groups: 1 } as {
    [key in 'kernel' | 'stride' | 'padding' | 'outPadding' | 'dilation']: number | Shape
  } & { groups: number }
  if (/pointwise/i.test(name)) return usual
  const [stride = 1, padding = 0, third, fourth] = rest
  if (/asymmetric_input_asymmetric_kernel.*grouped/i.test(name)) {
    return third === undefined || fourth === undefined
      ? { ...usual, stride, padding }
      : /dilated/i.test(name)
        ? { ...usual, stride, padding, dilation: third, groups: Number(fourth) }
        : { ...usual, stride, padding, outPadding: third, groups: Number(fourth) }
  }
  if (/grouped/i.test(name)) return { ...usual, stride, padding, groups: Number(third ?? 1) }
  if (/dilated.*strided/i.test(name) && !/transposed_[23]D/i.test(name)) {
    return { ...usual, stride, dilation: padding }
  }
  return { ...usual, stride, padding, ...(third !== undefined && { dilation: third }) }
}
