// Time by group: operation, family, operator, kernel name, stream, annotation scope.
import type { KernelEvent, KernelOperation, KernelTrace, OpFamily } from '@flowsim/trace-schema'
import { checkOperations, columns } from './columns.js'
import { getOrAdd } from './get-or-add.js'

/** Time of the activities that share a key. */
export interface TimeGroup {
  key: string
  count: number
  /** Sum of durations; overlap counts twice. */
  sumNs: number
  /** Length of the union: overlap within the group counts once. */
  busyNs: number
  /** `sumNs` over the sum of all activities of the trace. */
  share: number
  minNs: number
  maxNs: number
}

/** A {@link TimeGroup} of one operation. */
export interface OperationGroup extends TimeGroup {
  /** null: no rule knows the kernels. */
  op: KernelOperation['op']
  family: OpFamily
}

/** A {@link TimeGroup} of one operator, with the time of the operators that it calls. */
export interface OperatorGroup extends TimeGroup {
  /** Activities launched by it or by an operator inside it. */
  totalCount: number
  totalNs: number
}

/**
 * Time by any key: `keyOf` gets each activity and its operation; null leaves it out. Groups come
 * longest first. Linear.
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function groupTime(
  trace: KernelTrace,
  operations: readonly KernelOperation[] | undefined,
  keyOf: (kernel: KernelEvent, operation: KernelOperation | undefined, i: number) => string | null,
): TimeGroup[] {
  checkOperations(trace, operations)
  return collect(trace, (i) => keyOf(trace.kernels[i]!, operations?.[i], i)).groups
}

/**
 * Time by operation and family (`matmul`, `attention`, …); kernels that no rule knows are `unknown`.
 */
export function byOperation(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
): OperationGroup[] {
  checkOperations(trace, operations)
  const { groups, firstOf } = collect(trace, (i) => {
    const { op, family } = operations[i]!
    return `${op} ${family}`
  })
  return groups.map((group) => {
    const { op, family } = operations[firstOf.get(group.key)!]!
    return { ...group, key: op ?? 'unknown', op, family }
  })
}

/** Time by family of operations (`gemm`, `attention`, `communication`, …). */
export function byFamily(trace: KernelTrace, operations: readonly KernelOperation[]): TimeGroup[] {
  return groupTime(trace, operations, (_, operation) => operation!.family)
}

/** Time by kernel name. */
export function byName(trace: KernelTrace): TimeGroup[] {
  return groupTime(trace, undefined, (kernel) => kernel.name)
}

/** Time by stream; keys are `device 0 stream 7`. */
export function byStream(trace: KernelTrace): TimeGroup[] {
  return groupTime(trace, undefined, ({ device, stream }) => `device ${device} stream ${stream}`)
}

/**
 * Time by framework operator: what it launched itself (`sumNs`), and with the operators inside it
 * (`totalNs`). Kernels without an operator are left out.
 */
export function byOperator(trace: KernelTrace): OperatorGroup[] {
  return withTotals(
    trace,
    (kernel) => kernel.op?.name ?? null,
    (kernel) => (kernel.op ? [kernel.op.name, ...kernel.op.parents] : []),
  )
}

/**
 * Time by annotation scope (`record_function`, NVTX): what ran directly in it (`sumNs`), and with the
 * scopes inside it (`totalNs`). Scopes are told apart by name. Kernels outside of all are left out.
 */
export function byScope(trace: KernelTrace): OperatorGroup[] {
  return withTotals(
    trace,
    (kernel) => kernel.scopes?.at(-1) ?? null,
    (kernel) => kernel.scopes ?? [],
  )
}

/** Groups by the innermost of nested names, with the totals over all names that enclose a kernel. */
export function withTotals(
  trace: KernelTrace,
  innermost: (kernel: KernelEvent) => string | null,
  all: (kernel: KernelEvent) => readonly string[],
): OperatorGroup[] {
  const { groups, sumNs } = collect(trace, (i) => innermost(trace.kernels[i]!))
  const totals = new Map<string, { count: number; ns: number }>()
  for (const kernel of trace.kernels) {
    const names = all(kernel)
    for (let n = 0; n < names.length; n++) {
      const name = names[n]!
      if (names.indexOf(name) !== n) continue // recursion: once
      const total = getOrAdd(totals, name, () => ({ count: 0, ns: 0 }))
      total.count++
      total.ns += kernel.durationNs
    }
  }
  const direct = new Map(groups.map((group) => [group.key, group]))
  const none = { count: 0, sumNs: 0, busyNs: 0, share: 0, minNs: 0, maxNs: 0 }
  return [...totals]
    .map(([key, total]) => {
      const own = direct.get(key) ?? { ...none, key }
      return { ...own, totalCount: total.count, totalNs: total.ns }
    })
    .sort((a, b) => b.totalNs - a.totalNs || b.sumNs - a.sumNs || (a.key < b.key ? -1 : 1))
    .map((group) => ({ ...group, share: sumNs > 0 ? group.sumNs / sumNs : 0 }))
}

interface Collected {
  groups: TimeGroup[]
  firstOf: Map<string, number>
  sumNs: number
}

function collect(trace: KernelTrace, keyOf: (i: number) => string | null): Collected {
  const table = columns(trace)
  const groups = new Map<string, TimeGroup & { lastEnd: number }>()
  const firstOf = new Map<string, number>()
  let sumNs = 0
  for (let i = 0; i < table.count; i++) {
    const k = table.index[i]!
    const start = table.startNs[i]!
    const end = table.endNs[i]!
    sumNs += end - start
    const key = keyOf(k)
    if (key === null) continue
    let group = groups.get(key)
    if (!group) {
      group = {
        key,
        count: 0,
        sumNs: 0,
        busyNs: 0,
        share: 0,
        minNs: Infinity,
        maxNs: 0,
        lastEnd: -Infinity,
      }
      groups.set(key, group)
      firstOf.set(key, k)
    }
    group.count++
    group.sumNs += end - start
    group.minNs = Math.min(group.minNs, end - start)
    group.maxNs = Math.max(group.maxNs, end - start)
    if (end > group.lastEnd) {
      group.busyNs += end - Math.max(start, group.lastEnd)
      group.lastEnd = end
    }
  }
  const rows = [...groups.values()]
    .map(({ lastEnd: _, ...group }) => ({ ...group, share: sumNs > 0 ? group.sumNs / sumNs : 0 }))
    .sort((a, b) => b.sumNs - a.sumNs || (a.key < b.key ? -1 : 1))
  return { groups: rows, firstOf, sumNs }
}
