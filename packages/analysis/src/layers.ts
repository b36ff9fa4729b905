// Time by layer of the model: from module names where the trace has them, else from the annotations'
// names, else from the repetition of kernels.
import type { KernelOperation, KernelTrace, OpFamily } from '@flowsim/trace-schema'
import { bisectLeft, bisectRight } from 'd3-array'
import { type Columns, checkOperations, columns } from './columns.js'
import { getOrAdd } from './get-or-add.js'
import { modulesOf } from './modules.js'
import { findLayers, type SequenceItem } from './periodic.js'

/** How the layers were found. */
export type LayerSource =
  /** Names of nn.Module instances such as `Qwen2DecoderLayer_3`. */
  | 'modules'
  /** Names such as `layers.3` in annotations or modules. */
  | 'names'
  /** The kernels repeat; no name says so. */
  | 'repetition'
  /** Not found. */
  | 'none'

/** Time of one layer, over all its passes. */
export interface LayerTime {
  /** Number of the layer, from 0. */
  index: number
  /** `Qwen2DecoderLayer_3`, or `layer 3` where there are no names. */
  name: string
  count: number
  sumNs: number
  /** Sum of durations by family, in nanoseconds. */
  families: Partial<Record<OpFamily, number>>
}

/** Result of {@link byLayer}. */
export interface LayerReport {
  source: LayerSource
  /** In order of the model. */
  layers: LayerTime[]
  /** Activities of no layer: embedding, head, sampling, preparation. */
  outside: Omit<LayerTime, 'index' | 'name'>
  /** For each of `trace.kernels`, its place in `layers`, or −1. */
  layerOf: Int32Array
  /** Kernels of a layer and number of stacks found, where `source` is `repetition`. */
  repetition?: { period: number; stacks: number }
}

/**
 * Time by layer. `source` says how the layers were found: by module names (needs call stacks), by
 * names such as `layers.3`, or by the repeating sequence of kernels of the busiest stream (kernels of
 * other streams then belong to the layer during which they start).
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function byLayer(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  options: { source?: Exclude<LayerSource, 'none'> } = {},
): LayerReport {
  checkOperations(trace, operations)
  const { source } = options
  if (source === undefined || source === 'modules') {
    const found = named(trace, moduleLayer)
    if (found) return report(trace, operations, 'modules', found.names, found.layerOf)
  }
  if (source === undefined || source === 'names') {
    const found = named(trace, dottedLayer)
    if (found) return report(trace, operations, 'names', found.names, found.layerOf)
  }
  if (source === undefined || source === 'repetition') {
    const found = repeated(trace, operations)
    if (found) {
      const names = found.indices.map((i) => `layer ${i}`)
      return {
        ...report(trace, operations, 'repetition', names, found.layerOf),
        repetition: { period: found.period, stacks: found.stacks },
      }
    }
  }
  return report(trace, operations, 'none', [], new Int32Array(trace.kernels.length).fill(-1))
}

const LAYER_CLASS = /(?:Layer|Block)_(\d+)$/
const DOTTED = /(?:^|[^a-z])(?:layers?|blocks?|h)[._](\d+)(?![\d])/i

/** Outermost module whose class ends in Layer or Block. */
function moduleLayer(trace: KernelTrace, i: number): string | null {
  for (const module of modulesOf(trace.kernels[i]!)) if (LAYER_CLASS.test(module)) return module
  return null
}

/** `layer 3` for a module, scope or attribute that contains `layers.3`. */
function dottedLayer(trace: KernelTrace, i: number): string | null {
  const kernel = trace.kernels[i]!
  for (const names of [kernel.modules, kernel.scopes]) {
    for (const name of names ?? []) {
      const match = DOTTED.exec(name)
      if (match) return `layer ${match[1]}`
    }
  }
  return null
}

function named(
  trace: KernelTrace,
  nameOf: (trace: KernelTrace, i: number) => string | null,
): { names: string[]; layerOf: Int32Array } | null {
  const place = new Map<string, number>()
  const layerOf = new Int32Array(trace.kernels.length).fill(-1)
  for (let i = 0; i < layerOf.length; i++) {
    const name = nameOf(trace, i)
    if (name === null) continue
    const layer = getOrAdd(place, name, () => place.size)
    layerOf[i] = layer
  }
  if (place.size === 0) return null
  // Classes in order of appearance, instances by number.
  const names = [...place.keys()]
  const classes = [...new Set(names.map((name) => name.replace(/\d+$/, '')))]
  const rank = (name: string) => classes.indexOf(name.replace(/\d+$/, ''))
  const number = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0)
  const sorted = [...names].sort((a, b) => rank(a) - rank(b) || number(a) - number(b))
  const moved = Int32Array.from(names, (name) => sorted.indexOf(name))
  for (let i = 0; i < layerOf.length; i++) if (layerOf[i]! >= 0) layerOf[i] = moved[layerOf[i]!]!
  return { names: sorted, layerOf }
}

interface Repeated {
  layerOf: Int32Array
  indices: number[]
  period: number
  stacks: number
}

function repeated(trace: KernelTrace, operations: readonly KernelOperation[]): Repeated | null {
  const table = columns(trace)
  const main = busiestLane(trace, table)
  const rows: number[] = []
  const items: SequenceItem[] = []
  const tokens = new Map<string, number>()
  for (let i = 0; i < table.count; i++) {
    const k = table.index[i]!
    const kernel = trace.kernels[k]!
    if (table.lane[i] !== main || kernel.kind === 'memcpy' || kernel.kind === 'memset') continue
    const token = getOrAdd(tokens, kernel.name, () => tokens.size)
    rows.push(i)
    items.push({ token, role: roleOf(operations[k]!) })
  }
  markEagerAttention(items, rows, table, operations)
  const repetitions = findLayers(items)
  if (repetitions.length === 0) return null

  // Stretches of other kernels follow one another within a pass (dense layers, then MoE layers). A pass
  // ends at an embedding or at sampling; where the trace knows neither, after more than half a layer.
  const edges = items.flatMap(({ role }, i) => (role === 'edge' ? [i] : []))
  const samePass = (lastStart: number, end: number, start: number, period: number) =>
    edges.length > 0
      ? bisectLeft(edges, lastStart) === bisectLeft(edges, start)
      : start - end <= period / 2
  const borders: number[] = []
  const layer: number[] = []
  let stacks = 0
  let number = 0
  repetitions.forEach(({ starts, end, period }, r) => {
    const before = repetitions[r - 1]
    if (!before || !samePass(before.starts.at(-1)!, before.end, starts[0]!, period)) {
      stacks++
      number = 0
    }
    for (const start of starts) {
      borders.push(table.startNs[rows[start]!]!)
      layer.push(number++)
    }
    const after = repetitions[r + 1]
    if (!after || after.starts[0]! > end) {
      borders.push(end < rows.length ? table.startNs[rows[end]!]! : Infinity)
      layer.push(-1)
    }
  })
  const times = Float64Array.from(borders)
  const layerOf = new Int32Array(trace.kernels.length).fill(-1)
  const device = table.lanes[main]!.device
  for (let i = 0; i < table.count; i++) {
    if (table.lanes[table.lane[i]!]!.device !== device) continue
    const at = bisectRight(times, table.startNs[i]!) - 1
    if (at >= 0) layerOf[table.index[i]!] = layer[at]!
  }
  const highest = layer.reduce((a, b) => Math.max(a, b), -1)
  return {
    layerOf,
    indices: Array.from({ length: highest + 1 }, (_, i) => i),
    period: repetitions[0]!.period,
    stacks,
  }
}

/** Attention written out is a softmax with a batched product soon after it; other softmaxes are not. */
function markEagerAttention(
  items: SequenceItem[],
  rows: readonly number[],
  table: Columns,
  operations: readonly KernelOperation[],
): void {
  const opAt = (i: number) => operations[table.index[rows[i]!]!]!.op
  for (let i = 0; i < items.length; i++) {
    if (opAt(i) !== 'softmax') continue
    for (let j = i + 1; j < Math.min(i + 5, items.length); j++) {
      if (opAt(j) === 'bmm') items[i] = { ...items[i]!, role: 'attention' }
    }
  }
}

function busiestLane(trace: KernelTrace, table: Columns): number {
  const kernels = new Float64Array(table.lanes.length)
  for (let i = 0; i < table.count; i++) {
    if (trace.kernels[table.index[i]!]!.kind === 'kernel') {
      kernels[table.lane[i]!] = kernels[table.lane[i]!]! + 1
    }
  }
  return kernels.indexOf(Math.max(...kernels))
}

function roleOf(operation: KernelOperation): SequenceItem['role'] {
  if (operation.family === 'attention') return 'attention'
  if (operation.family === 'normalization') return 'norm'
  if (operation.family === 'sampling' || operation.op === 'embedding') return 'edge'
  return operation.family === 'gemm' ? 'gemm' : 'other'
}

function report(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  source: LayerSource,
  names: string[],
  layerOf: Int32Array,
): LayerReport {
  const layers = names.map(
    (name, index): LayerTime => ({ index, name, count: 0, sumNs: 0, families: {} }),
  )
  const outside: LayerReport['outside'] = { count: 0, sumNs: 0, families: {} }
  trace.kernels.forEach((kernel, i) => {
    const into = layerOf[i]! < 0 ? outside : layers[layerOf[i]!]!
    const { family } = operations[i]!
    into.count++
    into.sumNs += kernel.durationNs
    into.families[family] = (into.families[family] ?? 0) + kernel.durationNs
  })
  return { source, layers, outside, layerOf }
}
