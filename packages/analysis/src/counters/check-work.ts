// Our counts of work beside those of the hardware: kernels of a trace joined to the launches that Nsight
// Compute measured, by name, grid and block, the k-th to the k-th.
//
// Ours are what an operation needs: its FLOPs, and each byte of its operands once. The hardware counts what
// its kernel did: padding of tiles, recomputation, traffic beyond or within the caches.
import { readableName } from '@flowsim/kernel-db'
import {
  describeCall,
  isKernel,
  type KernelEvent,
  type KernelOperation,
  type KernelTrace,
  type OpFamily,
  opWork,
} from '@flowsim/trace-schema'
import { checkOperations } from '../columns.js'
import type { KernelCounters } from './read-counters.js'

/** A number of ours and the measured one; null where it is not known. */
export interface Compared {
  ours: number | null
  measured: number | null
  /** Ours over the measured one. */
  ratio: number | null
}

/** Joined launches of kernels that do the same: means of each. */
export interface WorkRow {
  name: string
  op: KernelOperation['op']
  shape: string | null
  count: number
  /** In the trace, and under the profiler. */
  traceNs: number
  ncuNs: number | null
  flops: Compared
  bytes: Compared
  occupancy: number | null
}

/** Result of {@link checkWork}. */
export interface WorkCheck {
  /** Most time in the trace first. */
  rows: WorkRow[]
  /** Kernels of the trace that have a measured launch, and the share of kernel time that is theirs. */
  joined: { count: number; timeShare: number }
  /** Measured launches without a kernel in the trace. */
  unjoined: number
}

/**
 * Compares the work of kernels with what Nsight Compute measured of another run of the same program.
 * @param counters - of `readCounters`
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel
 */
export function checkWork(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  counters: readonly KernelCounters[],
): WorkCheck {
  checkOperations(trace, operations)
  const waiting = queues(counters, trace.kernels)
  const groups = new Map<string, { rows: number[]; launches: KernelCounters[] }>()
  let joinedNs = 0
  let allNs = 0
  let count = 0
  for (const [k, kernel] of trace.kernels.entries()) {
    if (!isKernel(kernel)) continue
    allNs += kernel.durationNs
    const launch = waiting(kernel)
    if (launch === undefined) continue
    count++
    joinedNs += kernel.durationNs
    const { call } = operations[k]!
    const key = `${kernel.name} ${call === undefined ? '' : describeCall(call)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { rows: [k], launches: [launch] })
    else {
      group.rows.push(k)
      group.launches.push(launch)
    }
  }
  const rows = [...groups.values()].map(({ rows: of, launches }) => {
    const first = of[0]!
    const traceNs = of.reduce((sum, k) => sum + trace.kernels[k]!.durationNs, 0) / of.length
    return compare(trace.kernels[first]!.name, operations[first]!, { traceNs, launches })
  })
  rows.sort((a, b) => b.traceNs * b.count - a.traceNs * a.count)
  return {
    rows,
    joined: { count, timeShare: allNs > 0 ? joinedNs / allNs : 0 },
    unjoined: counters.length - count,
  }
}

/** Spellings by which a kernel is looked for, from the whole name to that of its function alone. */
const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => readableName(name).replace(/\s+/g, ''),
  (name) => readableName(name).replace(/\s+/g, '').replace(/<.*$/s, '').replace(/^.*::/s, ''),
]

/** Gives each kernel its launch: the next one of its name, grid and block. */
function queues(counters: readonly KernelCounters[], kernels: readonly KernelEvent[]) {
  const spelling =
    SPELLINGS.find((spell) => {
      const names = new Set(counters.map(({ name }) => spell(name)))
      return kernels.some(({ name }) => names.has(spell(name)))
    }) ?? SPELLINGS[0]!
  // Traces of graphs may lack grids and blocks, and so may the CSV.
  const hasSizes =
    counters.every(({ grid, block }) => grid !== null && block !== null) &&
    kernels.every((kernel) => !isKernel(kernel) || kernel.grid !== undefined)
  const spelled = new Map<string, string>()
  const nameOf = (name: string) => {
    const known = spelled.get(name) ?? spelling(name)
    spelled.set(name, known)
    return known
  }
  const key = (name: string, grid: unknown, block: unknown) =>
    hasSizes ? `${nameOf(name)} ${grid} ${block}` : nameOf(name)
  const byKey = new Map<string, KernelCounters[]>()
  for (const launch of counters) {
    const at = key(launch.name, launch.grid, launch.block)
    const list = byKey.get(at)
    if (list === undefined) byKey.set(at, [launch])
    else list.push(launch)
  }
  const next = new Map<string, number>()
  return ({ name, grid, block }: KernelEvent): KernelCounters | undefined => {
    const at = key(name, grid, block)
    const place = next.get(at) ?? 0
    next.set(at, place + 1)
    return byKey.get(at)?.[place]
  }
}

function compare(
  name: string,
  { op, call, family }: KernelOperation,
  { traceNs, launches }: { traceNs: number; launches: readonly KernelCounters[] },
): WorkRow {
  const work = call === undefined ? undefined : opWork(call)
  const meanOf = (of: (launch: KernelCounters) => number | null) => {
    const values = launches.map(of).filter((value) => value !== null)
    return values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0) / values.length
  }
  return {
    name,
    op,
    shape: call === undefined ? null : describeCall(call),
    count: launches.length,
    traceNs,
    ncuNs: meanOf(({ durationNs }) => durationNs),
    flops: compared(
      work?.flops,
      meanOf((launch) => opsOf(launch, family)),
    ),
    bytes: compared(
      work && work.readBytes + work.writeBytes,
      meanOf(({ bytes }) => bytes),
    ),
    occupancy: meanOf(({ occupancy }) => occupancy),
  }
}

/** Families whose products run on matrix units: without their counts the operations are not known. */
const ON_MATRIX_UNITS: ReadonlySet<OpFamily> = new Set(['gemm', 'attention', 'moe', 'convolution'])

function opsOf({ tensorOps, vectorOps }: KernelCounters, family: OpFamily): number | null {
  if (tensorOps === null && (vectorOps === null || ON_MATRIX_UNITS.has(family))) return null
  return (tensorOps ?? 0) + (vectorOps ?? 0)
}

function compared(ours: number | undefined, measured: number | null): Compared {
  const known = ours === undefined || measured === null || measured === 0 ? null : ours / measured
  return { ours: ours ?? null, measured, ratio: known }
}
