// Whether a step runs as a CUDA graph, and how many tokens fill it up to the graph's size.
import type { StepBatch } from '@flowsim/trace-schema'
import { bisectLeft } from 'd3-array'
import type { EngineRules, GraphSizes } from '../../../step-time/engine-rules.js'

export class StepGraphs {
  private readonly decode: (size: number) => number
  private readonly prefill: (size: number) => number

  /** @param replicas of the attention, each of which runs its share of a step in graphs */
  constructor(
    { decodeGraphs, prefillGraphs, padsToGraph }: GraphRules,
    private readonly replicas: number,
  ) {
    this.decode = graphSize(decodeGraphs, padsToGraph)
    this.prefill = graphSize(prefillGraphs, padsToGraph)
  }

  /** Sets how a batch is launched and padded. */
  apply(batch: StepBatch): void {
    const { replicas } = this
    const { tokens, decodes } = batch
    const onlyDecodes = batch.prefills === 0
    const size = onlyDecodes
      ? this.decode(Math.ceil(decodes / replicas))
      : this.prefill(Math.ceil(tokens / replicas))
    batch.launch = size === 0 ? 'eager' : onlyDecodes ? 'graph' : 'piecewise'
    // Sequences that fill a graph have as many tokens as the others: one, and those drafted.
    const filling = onlyDecodes
      ? (replicas * size - decodes) * Math.ceil(tokens / decodes)
      : replicas * size - tokens
    batch.padding = size === 0 ? 0 : filling
  }
}

type GraphRules = Pick<EngineRules, 'decodeGraphs' | 'prefillGraphs' | 'padsToGraph'>

/** Most sizes that are looked up in a table; beyond it they are searched for. */
const TABLE = 1024

/** The size of the graph that a step of a size runs in; 0: none. */
function graphSize(sizes: GraphSizes, pads: boolean): (size: number) => number {
  if ('upTo' in sizes) {
    const { upTo } = sizes
    return (size) => (size <= upTo ? size : 0)
  }
  const find = (size: number) => {
    const next = sizes[bisectLeft(sizes, size)] ?? 0
    return pads || next === size ? next : 0
  }
  const table = Int32Array.from({ length: TABLE }, (_, size) => find(size))
  return (size) => (size < TABLE ? table[size]! : find(size))
}
