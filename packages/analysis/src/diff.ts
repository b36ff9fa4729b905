// What changed between two traces: kernels matched by what they do, not by what they are called.
//
// Each kernel is described by operation, operator, layer and shape. Kernels of the two traces with the
// same description are paired in order of time; what is left is paired by looser and looser
// descriptions, and each row says which it took:
//
//   exact            operation, operator, layer and shape
//   shape            operation, operator and shape (another layer, or no layers known)
//   operation_shape  operation and shape (another framework)
//   operator         operation, operator and layer (another batch or model size)
//   operation        operation
//   name             kernel name, where no rule knows the operation
import type { KernelOperation, KernelTrace, OpFamily } from '@flowsim/trace-schema'
import { type Breakdown, breakdown } from './breakdown.js'
import { byLayer } from './layers.js'

/** How closely two kernels had to agree to be compared. */
export type MatchLevel =
  | 'exact'
  | 'shape'
  | 'operation_shape'
  | 'operator'
  | 'operation'
  | 'name'
  | 'only_a'
  | 'only_b'

/** Kernels of one side of a row. */
export interface DiffSide {
  count: number
  sumNs: number
  /** Kernel names, the longest in time first. */
  kernels: string[]
}

/** Kernels with one description in both traces. */
export interface DiffRow {
  op: string
  family: OpFamily
  operator: string | null
  /** Shape in A, or in B where A has none; null where unknown. */
  shape: string | null
  /** Shape in B, where the match did not ask for the same. */
  shapeB: string | null
  match: MatchLevel
  a: DiffSide
  b: DiffSide
  /** `b.sumNs - a.sumNs`. */
  deltaNs: number
  /** Mean time in B over mean time in A; null for rows of one side. */
  ratio: number | null
}

/** Result of {@link diffTraces}. */
export interface TraceDiff {
  a: Breakdown
  b: Breakdown
  /** Largest change first. */
  rows: DiffRow[]
  /** Change by layer, in order; empty unless both traces have layers. */
  layers: { index: number; aNs: number; bNs: number; deltaNs: number }[]
  /** Share of each trace's kernel time that found a partner, by how close it is. */
  matchedShare: Record<MatchLevel, { a: number; b: number }>
}

/** A trace with the operation of each kernel. */
export interface DiffInput {
  trace: KernelTrace
  operations: readonly KernelOperation[]
}

interface Described {
  op: string
  family: OpFamily
  operator: string | null
  shape: string | null
  layer: number
  name: string
  known: boolean
  ns: number
}

const LEVELS: { match: MatchLevel; key: (d: Described) => string | null }[] = [
  { match: 'exact', key: (d) => (d.known ? join(d.op, d.operator, d.shape, d.layer) : null) },
  { match: 'shape', key: (d) => (d.known ? join(d.op, d.operator, d.shape) : null) },
  {
    match: 'operation_shape',
    key: (d) => (d.known && d.shape !== null ? join(d.op, d.shape) : null),
  },
  { match: 'operator', key: (d) => (d.known ? join(d.op, d.operator, d.layer) : null) },
  { match: 'operation', key: (d) => (d.known ? d.op : null) },
  { match: 'name', key: (d) => d.name },
]

/**
 * Compares two traces kernel by kernel, and their breakdowns of time. The levels of matching stand at
 * the top of the file. Linear.
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function diffTraces(a: DiffInput, b: DiffInput): TraceDiff {
  const layersA = byLayer(a.trace, a.operations)
  const layersB = byLayer(b.trace, b.operations)
  const kernelsA = describeAll(a, layersA.layerOf)
  const kernelsB = describeAll(b, layersB.layerOf)
  const rows = new RowTable()
  let restA: Described[] = kernelsA
  let restB: Described[] = kernelsB
  for (const { match, key } of LEVELS) {
    const paired = pair(restA, restB, key, (x, y) => rows.add(match, x, y))
    restA = paired.restA
    restB = paired.restB
  }
  for (const kernel of restA) rows.add('only_a', kernel, null)
  for (const kernel of restB) rows.add('only_b', null, kernel)

  const all = rows.finish()
  const sum = (kernels: Described[]) => kernels.reduce((total, { ns }) => total + ns, 0) || 1
  const [totalA, totalB] = [sum(kernelsA), sum(kernelsB)]
  const matchedShare = Object.fromEntries(
    [...LEVELS.map(({ match }) => match), 'only_a' as const, 'only_b' as const].map((match) => {
      const own = all.filter((row) => row.match === match)
      return [
        match,
        {
          a: own.reduce((s, row) => s + row.a.sumNs, 0) / totalA,
          b: own.reduce((s, row) => s + row.b.sumNs, 0) / totalB,
        },
      ]
    }),
  ) as TraceDiff['matchedShare']
  const common =
    layersA.layers.length > 0 && layersB.layers.length > 0
      ? Math.max(layersA.layers.length, layersB.layers.length)
      : 0
  return {
    a: breakdown(a.trace, a.operations),
    b: breakdown(b.trace, b.operations),
    rows: all,
    layers: Array.from({ length: common }, (_, index) => {
      const aNs = layersA.layers[index]?.sumNs ?? 0
      const bNs = layersB.layers[index]?.sumNs ?? 0
      return { index, aNs, bNs, deltaNs: bNs - aNs }
    }),
    matchedShare,
  }
}

function join(...parts: (string | number | null)[]): string {
  return parts.join('\u0000')
}

function describeAll({ trace, operations }: DiffInput, layerOf: Int32Array): Described[] {
  const shapes = new Map<unknown, string>()
  return trace.kernels.map((kernel, i) => {
    const operation = operations[i]!
    const { call } = operation
    let shape = call ? (shapes.get(call) ?? null) : tensorShapes(operation)
    if (call && shape === null) {
      const { op: _, schema: __, ...dimensions } = call
      shape = Object.entries(dimensions)
        .map(([name, value]) => `${name}=${value}`)
        .sort()
        .join(' ')
      shapes.set(call, shape)
    }
    const role = operation.auxiliary ? `${operation.op} helper` : operation.op
    return {
      op: role ?? 'unknown',
      family: operation.family,
      operator: kernel.op?.name ?? null,
      shape,
      layer: layerOf[i]!,
      name: kernel.name,
      known: operation.op !== null,
      ns: kernel.durationNs,
    }
  })
}

function tensorShapes({ tensors }: KernelOperation): string | null {
  if (tensors.length === 0) return null
  return tensors.map(({ shape, dtype }) => `${dtype ?? '?'}[${shape.join('x')}]`).join(' ')
}

function pair(
  a: Described[],
  b: Described[],
  key: (d: Described) => string | null,
  found: (x: Described, y: Described) => void,
): { restA: Described[]; restB: Described[] } {
  const waiting = new Map<string, { kernels: Described[]; next: number }>()
  const restB: Described[] = []
  for (const kernel of b) {
    const k = key(kernel)
    if (k === null) {
      restB.push(kernel)
      continue
    }
    const list = waiting.get(k)
    if (list) list.kernels.push(kernel)
    else waiting.set(k, { kernels: [kernel], next: 0 })
  }
  const restA: Described[] = []
  for (const kernel of a) {
    const k = key(kernel)
    const list = k === null ? undefined : waiting.get(k)
    const partner = list?.kernels[list.next]
    if (!partner) {
      restA.push(kernel)
      continue
    }
    list!.next++
    found(kernel, partner)
  }
  for (const { kernels, next } of waiting.values()) {
    for (let i = next; i < kernels.length; i++) restB.push(kernels[i]!)
  }
  return { restA, restB }
}

interface Side {
  count: number
  sumNs: number
  names: Map<string, number>
}

class RowTable {
  readonly #rows = new Map<
    string,
    Omit<DiffRow, 'a' | 'b' | 'deltaNs' | 'ratio'> & { a: Side; b: Side }
  >()

  add(match: MatchLevel, a: Described | null, b: Described | null): void {
    const { op, family, operator, shape, name, known } = (a ?? b)!
    const shapeB = a && b && b.shape !== shape ? b.shape : null
    const key = join(match, op, operator, shape, shapeB, known ? null : name)
    let row = this.#rows.get(key)
    if (!row) {
      const side = (): Side => ({ count: 0, sumNs: 0, names: new Map() })
      row = { op, family, operator, shape, shapeB, match, a: side(), b: side() }
      this.#rows.set(key, row)
    }
    if (a) tally(row.a, a)
    if (b) tally(row.b, b)
  }

  finish(): DiffRow[] {
    return [...this.#rows.values()]
      .map(({ a, b, ...row }): DiffRow => {
        const means = a.sumNs > 0 && b.count > 0
        return {
          ...row,
          a: finishSide(a),
          b: finishSide(b),
          deltaNs: b.sumNs - a.sumNs,
          ratio: means ? b.sumNs / b.count / (a.sumNs / a.count) : null,
        }
      })
      .sort((x, y) => Math.abs(y.deltaNs) - Math.abs(x.deltaNs))
  }
}

function tally(side: Side, { name, ns }: Described): void {
  side.count++
  side.sumNs += ns
  side.names.set(name, (side.names.get(name) ?? 0) + ns)
}

function finishSide({ count, sumNs, names }: Side): DiffSide {
  return { count, sumNs, kernels: [...names].sort((a, b) => b[1] - a[1]).map(([name]) => name) }
}
