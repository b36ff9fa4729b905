// What a model's configuration supplies where a trace records no shapes: windows of attention layers, the
// experts' products, and products that their neighbours tell, such as the one after attention. Rows are
// the tokens of the step; each answer says where it comes from.
import {
  type Dtype,
  type KernelEvent,
  type KernelOperation,
  OPERATIONS,
  type OpCall,
  type OpCallOf,
  type OpName,
} from '@flowsim/trace-schema'
import { dtypeIn, elementsOf, optional } from '../dimensions/context.js'
import { paddedTokensOf, stepOf } from '../dimensions/step-label.js'
import type { KernelDatabase } from '../rules/database.js'
import { attentionLayers, withWindow } from './layer-windows.js'
import { noted } from './model-note.js'
import type { LayerFeedForward, LayerMixer, ModelShape } from './model-shape.js'
import { Streams } from './streams.js'

type Attention = Extract<LayerMixer, { type: 'attention' }>
type Experts = Extract<LayerFeedForward, { type: 'moe' }>
type Dense = Extract<LayerFeedForward, { type: 'dense' }>

/** What the sizes of a model are applied to. */
export interface ModelContext {
  model: ModelShape
  database: KernelDatabase
}

/** Operations that may stand between two kernels of which one tells what the other is. */
const BETWEEN = new Set<OpName | null>([
  'quantize',
  'copy',
  'fill',
  'elementwise',
  'memcpy',
  'memset',
  null,
])
/** Operations between the product of queries, keys and values and the attention to them. */
const BEFORE_ATTENTION = new Set<OpName | null>([
  ...BETWEEN,
  'rmsnorm',
  'layernorm',
  'rope',
  'kv_cache_write',
])
const GATED = new Set<OpName | null>(['silu_mul', 'gelu_mul', 'gelu', 'silu', 'relu'])
/** Widths of experts are rounded up to this by kernels of 4-bit weights. */
const PADDING = 256

/** Gives kernels without dimensions those that follow from the model. */
export function fillFromModel(
  kernels: readonly KernelEvent[],
  operations: readonly KernelOperation[],
  context: ModelContext,
): KernelOperation[] {
  const result = [...operations]
  const layers = attentionLayers(kernels, operations, context.model)
  const shared = ranksOf(operations, context.model)
  for (const order of byStream(kernels)) {
    new StreamFiller(kernels, result, order, context, shared).run()
  }
  for (const [i, layer] of layers) result[i] = withWindow(result[i]!, context.model, layer)
  return result
}

function byStream(kernels: readonly KernelEvent[]): Iterable<number[]> {
  const streams = new Streams<number[]>(() => [])
  kernels.forEach((kernel, i) => {
    streams.of(kernel).push(i)
  })
  return streams.all()
}

/** Ranks that share the heads, where the trace shows heads. */
function ranksOf(operations: readonly KernelOperation[], { layerKinds }: ModelShape): number {
  const call = operations.find((each) => each.call?.op === 'attention')?.call as
    | OpCallOf<'attention'>
    | undefined
  const heads = layerKinds.flatMap(({ mixer }) => (mixer.type === 'linear' ? [] : [mixer.heads]))
  const ranks = call === undefined ? undefined : heads.map((each) => each / call.heads)
  return ranks?.find((each) => Number.isInteger(each)) ?? 1
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}

/** Fills the kernels of one stream, which know each other as neighbours. */
class StreamFiller {
  readonly #attention: Attention | undefined
  readonly #experts: Experts | undefined
  readonly #dense: Dense | undefined
  #stage: 'up' | 'down' = 'down'

  constructor(
    private readonly kernels: readonly KernelEvent[],
    private readonly operations: KernelOperation[],
    private readonly order: readonly number[],
    private readonly context: ModelContext,
    private readonly ranks: number,
  ) {
    const kinds = context.model.layerKinds
    for (const { mixer, ffn } of kinds) {
      if (mixer.type === 'attention') this.#attention ??= mixer
      if (ffn.type === 'moe') this.#experts ??= ffn
      else if (ffn.type === 'dense') this.#dense ??= ffn
    }
  }

  run(): void {
    this.order.forEach((i, position) => {
      const operation = this.operations[i]!
      if (operation.op === 'grouped_gemm' && operation.auxiliary !== true) this.#nextStage(i)
      if (operation.call !== undefined || operation.auxiliary === true) return
      const tokens = this.#tokens(i, position)
      if (tokens === undefined) return
      const found = this.#callOf(i, position, tokens)
      if (found === undefined) return
      const [call, what] = found
      this.operations[i] = {
        ...noted(operation, call, what),
        ...(call.op === operation.op ? {} : { op: call.op, family: OPERATIONS[call.op].family }),
      }
    })
  }

  /** Products of the experts come in pairs; a fused activation begins one. */
  #nextStage(i: number): void {
    const isUp = /swi_?glu|silu|gelu/i.test(this.kernels[i]!.name)
    this.#stage = isUp || this.#stage === 'down' ? 'up' : 'down'
  }

  #callOf(i: number, position: number, tokens: number): [OpCall, string] | undefined {
    switch (this.operations[i]!.op) {
      case 'grouped_gemm':
        return this.#expertGemm(i, tokens)
      case 'moe_route': {
        if (this.#experts === undefined) return undefined
        const { experts, topk } = this.#experts
        return [
          { op: 'moe_route', tokens, experts, topk, dtype: this.context.model.dtype },
          'experts',
        ]
      }
      case 'moe_permute': {
        if (this.#experts === undefined) return undefined
        const hidden = this.#hidden(i)
        const { topk } = this.#experts
        return [
          { op: 'moe_permute', tokens, hidden, topk, dtype: this.context.model.dtype },
          'experts per token',
        ]
      }
      case 'matmul':
        return this.#product(i, position, tokens)
      case 'attention':
        return this.#heads(i)
      default:
        return undefined
    }
  }

  /** Attention of a step whose annotation tells the lengths. */
  #heads(i: number): [OpCall, string] | undefined {
    const step = stepOf(this.kernels[i]!.scopes)
    const attention = this.#attention
    if (step === undefined || attention === undefined) return undefined
    const { context: prompts, generation } = step
    const batch = prompts.count + generation.count
    const queries = prompts.queryTokens + generation.queryTokens
    const keys = sum(prompts.kvTokens, generation.kvTokens)
    const pairs = sum(prompts.pairs, generation.pairs)
    if (!(batch > 0 && queries > 0) || keys === undefined || !(keys > 0)) return undefined
    const call: OpCall = {
      op: 'attention',
      phase: prompts.count === 0 ? 'decode' : generation.count === 0 ? 'prefill' : 'mixed',
      batch,
      queryLen: queries / batch,
      kvLen: keys / batch,
      heads: attention.heads / this.ranks,
      kvHeads: Math.max(1, attention.kvHeads / this.ranks),
      headDim: attention.headDim,
      causal: true,
      ...optional('pairs', pairs),
      paged: true,
      dtype: this.context.model.dtype,
    }
    return [call, 'heads']
  }

  #expertGemm(i: number, tokens: number): [OpCall, string] | undefined {
    const experts = this.#experts
    if (experts === undefined) return undefined
    const hidden = this.#hidden(i)
    const isPadded = hidden > this.context.model.hidden && hidden % PADDING === 0
    const whole = isPadded ? Math.ceil(experts.inter / PADDING) * PADDING : experts.inter
    const inter = Math.ceil(whole / this.ranks)
    const up = (experts.gated ? 2 : 1) * inter
    const [n, k] = this.#stage === 'up' ? [up, hidden] : [hidden, inter]
    const call: OpCall = {
      op: 'grouped_gemm',
      groups: experts.experts,
      m: tokens * experts.topk,
      n,
      k,
      ...this.#types(i),
    }
    return [call, `experts (${this.#stage} projection)`]
  }

  /** A product that its neighbours tell: before or after attention, activation or routing. */
  #product(i: number, position: number, m: number): [OpCall, string] | undefined {
    const { hidden } = this.context.model
    const types = this.#types(i)
    const call = (n: number, k: number, what: string): [OpCall, string] => [
      { op: 'matmul', m, n, k, ...types },
      what,
    ]
    const attention = this.#attention
    const before = this.#neighbour(position, -1, BETWEEN)
    const after = this.#neighbour(position, 1, BETWEEN)
    if (attention !== undefined) {
      const { heads, kvHeads, headDim } = attention
      const own = heads / this.ranks
      const ownKeys = Math.max(1, kvHeads / this.ranks)
      if (before === 'attention') return call(hidden, own * headDim, 'output projection')
      if (this.#neighbour(position, 1, BEFORE_ATTENTION) === 'attention') {
        return call((own + 2 * ownKeys) * headDim, hidden, 'projection of queries, keys and values')
      }
    }
    if (after === 'moe_route' && this.#experts !== undefined) {
      return call(this.#experts.experts, hidden, 'router')
    }
    if (this.#dense === undefined) return undefined
    const inter = this.#dense.inter / this.ranks
    if (after !== null && GATED.has(after)) {
      return call((this.#dense.gated ? 2 : 1) * inter, hidden, 'up projection')
    }
    return before !== null && GATED.has(before) ? call(hidden, inter, 'down projection') : undefined
  }

  /** The nearest operation in a direction that is not among those passed over; null at the end. */
  #neighbour(position: number, step: 1 | -1, past: ReadonlySet<OpName | null>): OpName | null {
    for (let at = position + step; at >= 0 && at < this.order.length; at += step) {
      const { op, auxiliary } = this.operations[this.order[at]!]!
      if (auxiliary !== true && !past.has(op)) return op
    }
    return null
  }

  #types(i: number): { dtype: Dtype; weightDtype?: Dtype } {
    const match = this.context.database.match(this.kernels[i]!.name, this.kernels[i]!.op)
    const fixed = (name: string) => {
      const value = match?.rule.parameters?.[name]
      return dtypeIn(typeof value === 'string' ? value : undefined) ?? dtypeIn(match?.groups[name])
    }
    const dtype = fixed('dtype') ?? this.context.model.dtype
    const weightDtype = fixed('weightDtype')
    return { dtype, ...optional('weightDtype', weightDtype === dtype ? undefined : weightDtype) }
  }

  /** Width of the tokens: what is recorded, perhaps padded, else the model's. */
  #hidden(i: number): number {
    return this.#states(i)?.shape.at(-1) ?? this.context.model.hidden
  }

  #states(i: number) {
    return this.operations[i]!.tensors.find(
      ({ name, shape }) => name === 'hidden_states' && shape.length > 1,
    )
  }

  #tokens(i: number, position: number): number | undefined {
    const states = this.#states(i)
    if (states !== undefined) return elementsOf(states) / (states.shape.at(-1) || 1)
    const { scopes } = this.kernels[i]!
    const padded = paddedTokensOf(scopes)
    if (padded !== undefined) return padded
    const step = stepOf(scopes)
    if (step !== undefined) return step.context.queryTokens + step.generation.queryTokens
    return this.#rowsBefore(position)
  }

  /** Rows of the last norm over the model's width, or of the last attention, on the stream. */
  #rowsBefore(position: number): number | undefined {
    for (let at = position - 1; at >= 0; at--) {
      const { call } = this.operations[this.order[at]!]!
      if (call === undefined) continue
      if (call.op === 'attention') return call.batch * call.queryLen
      if ('rows' in call && 'cols' in call && call.cols === this.context.model.hidden) {
        return call.rows
      }
    }
    return undefined
  }
}
