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
import type { KernelOperation, KernelTrace, OpCall, OpFamily } from '@flowsim/trace-schema'
import { type Breakdown, breakdown } from './breakdown.js'
import { getOrAdd } from './get-or-add.js'
import { byLayer } from './layers.js'
import { shapeText } from './shape-text.js'

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

/** Kernels that do the same: what a description holds, but for the layer. */
interface Kind {
  op: string
  family: OpFamily
  operator: string | null
  shape: string | null
  name: string
  known: boolean
}

/** The kernels of a trace: their kinds as numbers of one list for both traces. */
interface Described {
  kind: Int32Array
  layer: Int32Array
  ns: Float64Array
}

const LEVELS: { match: MatchLevel; key: (kind: Kind) => string | null; layered: boolean }[] = [
  {
    match: 'exact',
    key: (k) => (k.known ? join(k.op, k.operator, k.shape) : null),
    layered: true,
  },
  {
    match: 'shape',
    key: (k) => (k.known ? join(k.op, k.operator, k.shape) : null),
    layered: false,
  },
  {
    match: 'operation_shape',
    key: (k) => (k.known && k.shape !== null ? join(k.op, k.shape) : null),
    layered: false,
  },
  { match: 'operator', key: (k) => (k.known ? join(k.op, k.operator) : null), layered: true },
  { match: 'operation', key: (k) => (k.known ? k.op : null), layered: false },
  { match: 'name', key: (k) => k.name, layered: false },
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
  const kinds = new KindList()
  const kernelsA = describeAll(a, layersA.layerOf, kinds)
  const kernelsB = describeAll(b, layersB.layerOf, kinds)
  const rows = new RowTable(kinds.list)
  let restA = Int32Array.from(kernelsA.kind.keys())
  let restB = Int32Array.from(kernelsB.kind.keys())
  for (const level of LEVELS) {
    const keys = levelKeys(kinds.list, level.key)
    const keyOf = (of: Described) => (i: number) => {
      const key = keys[of.kind[i]!]!
      return key < 0 || !level.layered ? key : key * LAYERS + of.layer[i]! + 1
    }
    const paired = pair(restA, restB, keyOf(kernelsA), keyOf(kernelsB), (x, y) => {
      rows.add(level.match, kernelsA, x, kernelsB, y)
    })
    restA = paired.restA
    restB = paired.restB
  }
  for (const i of restA) rows.add('only_a', kernelsA, i, kernelsB, -1)
  for (const i of restB) rows.add('only_b', kernelsA, -1, kernelsB, i)

  const all = rows.finish()
  const sum = ({ ns }: Described) => ns.reduce((total, value) => total + value, 0) || 1
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

/** More layers than any model has: layers are packed into one number with the key. */
const LAYERS = 2 ** 20

class KindList {
  readonly list: Kind[] = []
  readonly #places = new Map<string, number>()
  readonly #shapes = new Map<OpCall, string>()

  place(name: string, operator: string | null, operation: KernelOperation): number {
    const shape = this.#shapeOf(operation)
    const op = `${operation.op ?? 'unknown'}${operation.auxiliary ? ' helper' : ''}`
    const key = join(op, operation.family, operator, shape, name)
    return getOrAdd(this.#places, key, () => {
      this.list.push({
        op,
        family: operation.family,
        operator,
        shape,
        name,
        known: operation.op !== null,
      })
      return this.list.length - 1
    })
  }

  #shapeOf({ call, tensors }: KernelOperation): string | null {
    if (!call) {
      if (tensors.length === 0) return null
      return tensors.map(({ shape, dtype }) => `${dtype ?? '?'}[${shape.join('x')}]`).join(' ')
    }
    return getOrAdd(this.#shapes, call, () => shapeText(call))
  }
}

function describeAll(
  { trace, operations }: DiffInput,
  layerOf: Int32Array,
  kinds: KindList,
): Described {
  const count = trace.kernels.length
  const described = {
    kind: new Int32Array(count),
    layer: layerOf,
    ns: new Float64Array(count),
  }
  for (let i = 0; i < count; i++) {
    const { name, op, durationNs } = trace.kernels[i]!
    described.kind[i] = kinds.place(name, op?.name ?? null, operations[i]!)
    described.ns[i] = durationNs
  }
  return described
}

/** For each kind the number of its key at a level; −1 where the level does not describe it. */
function levelKeys(kinds: readonly Kind[], keyOf: (kind: Kind) => string | null): Int32Array {
  const places = new Map<string, number>()
  return Int32Array.from(kinds, (kind) => {
    const key = keyOf(kind)
    return key === null ? -1 : getOrAdd(places, key, () => places.size)
  })
}

function pair(
  a: Int32Array,
  b: Int32Array,
  keyOfA: (i: number) => number,
  keyOfB: (i: number) => number,
  found: (x: number, y: number) => void,
): { restA: Int32Array<ArrayBuffer>; restB: Int32Array<ArrayBuffer> } {
  const waiting = new Map<number, { kernels: number[]; next: number }>()
  const restB: number[] = []
  for (const kernel of b) {
    const key = keyOfB(kernel)
    if (key < 0) restB.push(kernel)
    else getOrAdd(waiting, key, () => ({ kernels: [], next: 0 })).kernels.push(kernel)
  }
  const restA: number[] = []
  for (const kernel of a) {
    const list = waiting.get(keyOfA(kernel))
    const partner = list?.kernels[list.next]
    if (partner === undefined) {
      restA.push(kernel)
      continue
    }
    list!.next++
    found(kernel, partner)
  }
  for (const { kernels, next } of waiting.values()) {
    for (let i = next; i < kernels.length; i++) restB.push(kernels[i]!)
  }
  return { restA: Int32Array.from(restA), restB: Int32Array.from(restB).sort() }
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
  /** Keys of rows by level and pair of kinds, so that their text is made once. */
  readonly #keys = new Map<string, Map<number, string>>()

  constructor(readonly kinds: readonly Kind[]) {}

  /** Adds kernel `x` of A and `y` of B; −1 for none. */
  add(match: MatchLevel, a: Described, x: number, b: Described, y: number): void {
    const kindA = x < 0 ? -1 : a.kind[x]!
    const kindB = y < 0 ? -1 : b.kind[y]!
    const keys = getOrAdd(this.#keys, match, () => new Map<number, string>())
    const key = getOrAdd(keys, (kindA + 1) * (this.kinds.length + 1) + kindB + 1, () =>
      this.#key(match, kindA, kindB),
    )
    const row = this.#rows.get(key)!
    if (x >= 0) tally(row.a, this.kinds[kindA]!.name, a.ns[x]!)
    if (y >= 0) tally(row.b, this.kinds[kindB]!.name, b.ns[y]!)
  }

  /** Key of the row of a pair of kinds; makes the row. */
  #key(match: MatchLevel, kindA: number, kindB: number): string {
    const [a, b] = [this.kinds[kindA], this.kinds[kindB]]
    const { op, family, operator, shape, name, known } = (a ?? b)!
    const shapeB = a && b && b.shape !== shape ? b.shape : null
    const key = join(match, op, operator, shape, shapeB, known ? null : name)
    getOrAdd(this.#rows, key, () => {
      const side = (): Side => ({ count: 0, sumNs: 0, names: new Map() })
      return { op, family, operator, shape, shapeB, match, a: side(), b: side() }
    })
    return key
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

function tally(side: Side, name: string, ns: number): void {
  side.count++
  side.sumNs += ns
  side.names.set(name, (side.names.get(name) ?? 0) + ns)
}

function finishSide({ count, sumNs, names }: Side): DiffSide {
  return { count, sumNs, kernels: [...names].sort((a, b) => b[1] - a[1]).map(([name]) => name) }
}
