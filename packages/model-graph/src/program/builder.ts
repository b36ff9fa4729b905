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
  linear(
    name: string,
    module: string,
    part: WeightPart | null,
    rows: Rows | ((sizes: Sizes) => number),
    n: number,
    k: number,
    extra: Extra & { bias?: boolean } = {},
  ): void {
    const { activations } = this.dtypes
    const types = this.gemmTypes(part)
    if (types.dtype !== activations) this.quantize(name, module, rows, k, part, extra)
    const { bias = false, ...rest } = extra
    const call: OpCallOf<'matmul'> = { op: 'matmul', m: 0, n, k, ...types }
    if (bias) call.bias = true
    const count = typeof rows === 'string' ? (sizes: Sizes) => sizes[rows] : rows
    this.add(
      name,
      module,
      call,
      (matmul, sizes) => {
        matmul.m = count(sizes)
      },
      { varies: rows === 'samples' ? 'samples' : 'tokens', ...rest },
    )
  }

  /** A kernel that quantises the input of a matrix multiplication. */
  quantize(
    name: string,
    module: string,
    rows: Rows | ((sizes: Sizes) => number),
    cols: number,
    part: WeightPart | null,
    extra: Extra = {},
  ): void {
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
    const count = typeof rows === 'string' ? (sizes: Sizes) => sizes[rows] : rows
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

  norm(
    name: string,
    module: string,
    rows: Rows | ((sizes: Sizes) => number),
    cols: number,
    residual: boolean,
  ): void {
    const count = typeof rows === 'string' ? (sizes: Sizes) => sizes[rows] : rows
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
  pointwise(
    name: string,
    module: string,
    rows: Rows | ((sizes: Sizes) => number),
    cols: number,
    what: string,
    inputs: number,
    extra: Extra = {},
  ): void {
    const count = typeof rows === 'string' ? (sizes: Sizes) => sizes[rows] : rows
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
    group: CommunicationGroup,
    devices: number,
    elements: (sizes: Sizes) => number,
    extra: Extra & { dtype?: Dtype } = {},
  ): void {
    if (devices <= 1) return
    const { dtype = this.dtypes.activations, ...rest } = extra
    const call: OpCallOf<typeof op> = { op, elements: 0, devices, dtype }
    this.add(
      name,
      module,
      call,
      (collective, sizes) => {
        collective.elements = Math.round(elements(sizes))
      },
      { group, ...rest },
    )
  }

  /** Adds up the partial results of a linear layer that is divided by its input width. */
  reduceTensor(name: string, module: string, scatter: boolean): void {
    const { hidden } = this.model
    this.communicate(
      scatter ? 'reduce_scatter' : 'all_reduce',
      `${name}_${scatter ? 'reduce_scatter' : 'all_reduce'}`,
      module,
      'tensor',
      this.layout.tensor,
      (sizes) => sizes.tokens * hidden,
    )
  }

  /** Adds up partial results of so many elements a token, inside of a block. */
  reduceRows(name: string, module: string, cols: number): void {
    const { tensor } = this.layout
    const elements = (sizes: Sizes) => sizes.tokens * cols
    this.communicate('all_reduce', `${name}_all_reduce`, module, 'tensor', tensor, elements)
  }

  /** Gathers tokens that are divided over tensor parallelism. */
  gatherTensor(name: string, module: string): void {
    const { hidden } = this.model
    this.communicate(
      'all_gather',
      `${name}_all_gather`,
      module,
      'tensor',
      this.layout.tensor,
      (sizes) => sizes.tokens * hidden,
    )
  }
}

/** Element types of a matrix multiplication, as operations state them. */
export interface GemmTypes {
  dtype: Dtype
  weightDtype?: Dtype
  outDtype?: Dtype
  scaling?: 'tensor' | 'channel' | 'block'
}
