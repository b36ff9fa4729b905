// Collects the operations of a step as templates: calls with all fixed dimensions in place, and for
// each a function that sets the dimensions that depend on the batch. A step is then those functions
// run once, whatever the depth of the model.
import type { Dtype, OpCall, OpCallOf } from '@flowsim/trace-schema'
import type { StepDtypes } from '../dtypes.js'
import type { GraphOp, StepOptions } from '../graph.js'
import type { ModelConfig } from '../model.js'
import type { CommunicationGroup, Layout } from '../parallelism.js'
import type { WeightPart } from '../quantization.js'
import type { Sizes } from './sizes.js'

/** An operation and how the batch sizes it. */
export interface Template {
  op: GraphOp
  /** Sets the dimensions of `op.call`. */
  size: (sizes: Sizes) => void
  /** The operation is there only if the batch has such sequences or samples. */
  needs?: 'prefill' | 'decode' | 'samples'
  /** One call for each group of equal lengths, where lengths are kept apart. */
  perLength?: boolean
}

/** Which size gives the rows of an operation. */
export type Rows = 'tokens' | 'shardTokens' | 'sentTokens' | 'expertTokens' | 'samples'

type Extra = Pick<Template, 'needs' | 'perLength'> & {
  varies?: GraphOp['varies']
  group?: CommunicationGroup
  times?: number
}

/** Rows of an operation: a size of the step, or a function of the sizes. */
type RowCount = Rows | ((sizes: Sizes) => number)

interface Linear extends Extra {
  /** Whose weights these are; null for a product of plain types. */
  part: WeightPart | null
  rows: RowCount
  n: number
  k: number
  bias?: boolean
}

interface Quantize extends Extra {
  rows: RowCount
  cols: number
  part: WeightPart | null
}

interface Pointwise extends Extra {
  rows: RowCount
  cols: number
  /** What is done with each element, such as "add". */
  function: string
  inputs: number
}

interface Communicate extends Extra {
  group: CommunicationGroup
  devices: number
  elements: (sizes: Sizes) => number
  dtype?: Dtype
}

/** Builds the templates of one step. */
export class ProgramBuilder {
  readonly templates: Template[] = []
  #prefix = 'model'
  #layer: number | null = null
  #count = 1

  constructor(
    readonly model: ModelConfig,
    readonly layout: Layout,
    readonly dtypes: StepDtypes,
    readonly options: StepOptions,
  ) {}

  /** Operations that follow belong to these layers. */
  enterLayers(layers: number[]): void {
    this.#layer = layers[0]!
    this.#count = layers.length
    this.#prefix = `model.layers.${layers.length === 1 ? layers[0] : '*'}`
  }

  /** Operations that follow belong to no layer. */
  leaveLayers(prefix = 'model'): void {
    this.#layer = null
    this.#count = 1
    this.#prefix = prefix
  }

  /** How many layers the operations that follow stand for. */
  get layerCount(): number {
    return this.#count
  }

  add<Op extends OpCall>(
    name: string,
    module: string,
    call: Op,
    size: (call: Op, sizes: Sizes) => void,
    extra: Extra = {},
  ): void {
    const { needs, perLength, varies = 'tokens', group, times = 1 } = extra
    const prefix = this.#prefix
    this.templates.push({
      op: {
        call,
        name,
        module: module === '' ? prefix : prefix === '' ? module : `${prefix}.${module}`,
        layer: this.#layer,
        count: this.#count * times,
        ...(group === undefined ? {} : { group }),
        varies,
      },
      size: (sizes) => size(call, sizes),
      ...(needs === undefined ? {} : { needs }),
      ...(perLength === undefined ? {} : { perLength }),
    })
  }

  /** Adds operations that run in only `count` of the layers that were entered. */
  only(count: number, add: () => void): void {
    const all = this.#count
    this.#count = count
    if (count > 0) add()
    this.#count = all
  }

  /** A linear layer, with a kernel before it that quantises its input where the scheme says so. */
  linear(name: string, module: string, linear: Linear): void {
    const { part, rows, n, k, bias = false, ...extra } = linear
    const types = this.gemmTypes(part)
    if (types.dtype !== this.dtypes.activations) {
      this.quantize(name, module, { rows, cols: k, part, ...extra })
    }
    const call: OpCallOf<'matmul'> = { op: 'matmul', m: 0, n, k, ...types }
    if (bias) call.bias = true
    const count = countOf(rows)
    this.add(
      name,
      module,
      call,
      (matmul, sizes) => {
        matmul.m = count(sizes)
      },
      { varies: rows === 'samples' ? 'samples' : 'tokens', ...extra },
    )
  }

  /** A kernel that quantises the input of a matrix multiplication. */
  quantize(name: string, module: string, { rows, cols, part, ...extra }: Quantize): void {
    if (this.options.fusedQuantization === true || part === null) return
    const { input, inputGroup } = this.dtypes.parts[part]
    if (input === undefined) return
    const call: OpCallOf<'quantize'> = {
      op: 'quantize',
      rows: 0,
      cols,
      dtype: this.dtypes.activations,
      outDtype: input,
    }
    if (inputGroup !== undefined) call.groupSize = inputGroup
    const count = countOf(rows)
    this.add(
      `${name}_quantize`,
      module,
      call,
      (quantize, sizes) => {
        quantize.rows = count(sizes)
      },
      extra,
    )
  }

  /** Element types of a matrix multiplication with weights of a part; null for plain ones. */
  gemmTypes(part: WeightPart | null): GemmTypes {
    const { activations, parts } = this.dtypes
    if (part === null) return { dtype: activations }
    const { weight, input = activations, scaling } = parts[part]
    const types: GemmTypes = { dtype: input }
    if (weight !== input) types.weightDtype = weight
    if (input !== activations) types.outDtype = activations
    if (scaling !== undefined) types.scaling = scaling
    return types
  }

  norm(name: string, module: string, rows: RowCount, cols: number, residual: boolean): void {
    const count = countOf(rows)
    const call: OpCallOf<'rmsnorm' | 'layernorm'> = {
      op: this.model.norm,
      rows: 0,
      cols,
      dtype: this.dtypes.activations,
    }
    if (residual) call.residual = true
    this.add(name, module, call, (norm, sizes) => {
      norm.rows = count(sizes)
    })
  }

  /** An element-wise operation over `cols` elements of each row. */
  pointwise(name: string, module: string, pointwise: Pointwise): void {
    const { rows, cols, function: what, inputs, ...extra } = pointwise
    const count = countOf(rows)
    const call: OpCallOf<'elementwise'> = {
      op: 'elementwise',
      elements: 0,
      dtype: this.dtypes.activations,
      function: what,
      inputs,
    }
    this.add(
      name,
      module,
      call,
      (pointwise, sizes) => {
        pointwise.elements = count(sizes) * cols
      },
      extra,
    )
  }

  /** A collective over a group of this layout; nothing where the group has one device. */
  communicate(
    op: 'all_reduce' | 'all_gather' | 'reduce_scatter' | 'all_to_all' | 'send' | 'recv',
    name: string,
    module: string,
    communicate: Communicate,
  ): void {
    const { devices, elements, dtype = this.dtypes.activations, ...extra } = communicate
    if (devices <= 1) return
    const call: OpCallOf<typeof op> = { op, elements: 0, devices, dtype }
    this.add(
      name,
      module,
      call,
      (collective, sizes) => {
        collective.elements = Math.round(elements(sizes))
      },
      extra,
    )
  }

  /** Adds up the partial results of a linear layer that is divided by its input width. */
  reduceTensor(name: string, module: string, scatter: boolean): void {
    const { hidden } = this.model
    this.communicate(
      scatter ? 'reduce_scatter' : 'all_reduce',
      `${name}_${scatter ? 'reduce_scatter' : 'all_reduce'}`,
      module,
      { group: 'tensor', devices: this.layout.tensor, elements: (sizes) => sizes.tokens * hidden },
    )
  }

  /** Adds up partial results of so many elements a token, inside of a block. */
  reduceRows(name: string, module: string, cols: number): void {
    const { tensor } = this.layout
    const elements = (sizes: Sizes) => sizes.tokens * cols
    this.communicate('all_reduce', `${name}_all_reduce`, module, {
      group: 'tensor',
      devices: tensor,
      elements,
    })
  }

  /** Gathers tokens that are divided over tensor parallelism. */
  gatherTensor(name: string, module: string): void {
    const { hidden } = this.model
    this.communicate('all_gather', `${name}_all_gather`, module, {
      group: 'tensor',
      devices: this.layout.tensor,
      elements: (sizes) => sizes.tokens * hidden,
    })
  }
}

/** Element types of a matrix multiplication, as operations state them. */
export interface GemmTypes {
  dtype: Dtype
  weightDtype?: Dtype
  outDtype?: Dtype
  scaling?: 'tensor' | 'channel' | 'block'
}

function countOf(rows: RowCount): (sizes: Sizes) => number {
  return typeof rows === 'string' ? (sizes) => sizes[rows] : rows
}
