// Time, work and occupancy out of the metrics of Nsight Compute.
//
//   bytes      = dram__bytes.sum, or read + write, or dram__bytes.sum.per_second × time
//   vector ops = add + mul + 2 × fma, of fp16, fp32 and fp64, in thread instructions with a true predicate
//   tensor ops = sm__ops_path_tensor_*: operations, a multiply-add counts two
//   occupancy  = sm__warps_active.avg.pct_of_peak_sustained_active
//
// Counts that the roofline sections give per cycle are taken times the cycles that elapsed.
// Source: Nsight Compute, Profiling Guide ("Metrics Reference"), and its sections SpeedOfLight and
// SpeedOfLight_HierarchicalTensorRooflineChart.
import type { Metrics } from './read-counters.js'

/** What was measured of a launch; null for what was not. */
export interface MeasuredWork {
  /** Under the profiler: with fixed clocks and cold caches, unless it was told otherwise. */
  durationNs: number | null
  /** Read from and written to device memory. */
  bytes: number | null
  /** Operations of matrix units. */
  tensorOps: number | null
  /** Floating-point operations of all others. */
  vectorOps: number | null
  /** Warps that were active, as a share of those that fit. */
  occupancy: number | null
}

/** Reads what is measured out of the metrics of one launch. */
export function measuredWork(metrics: Metrics): MeasuredWork {
  const first = (...names: string[]) => firstOf(metrics, names)
  const seconds = first('gpu__time_duration.sum', 'GPU Speed Of Light Throughput: Duration')
  const occupancy = first(
    'sm__warps_active.avg.pct_of_peak_sustained_active',
    'Occupancy: Achieved Occupancy',
  )
  return {
    durationNs: seconds === null ? null : Math.round(seconds * 1e9),
    bytes: bytesOf(metrics, seconds),
    tensorOps: tensorOps(metrics),
    vectorOps: vectorOps(metrics),
    occupancy: occupancy === null ? null : occupancy / 100,
  }
}

function firstOf(metrics: Metrics, names: readonly string[]): number | null {
  for (const name of names) {
    const value = metrics.get(name)
    if (value !== undefined) return value
  }
  return null
}

function bytesOf(metrics: Metrics, seconds: number | null): number | null {
  const all = metrics.get('dram__bytes.sum')
  if (all !== undefined) return all
  const [read, written] = [
    metrics.get('dram__bytes_read.sum'),
    metrics.get('dram__bytes_write.sum'),
  ]
  if (read !== undefined && written !== undefined) return read + written
  const perSecond = firstOf(metrics, [
    'dram__bytes.sum.per_second',
    'Memory Workload Analysis: Memory Throughput',
  ])
  return perSecond === null || seconds === null ? null : perSecond * seconds
}

const VECTOR: readonly [string, number][] = ['d', 'f', 'h'].flatMap((type): [string, number][] => [
  [`sass_thread_inst_executed_op_${type}add_pred_on`, 1],
  [`sass_thread_inst_executed_op_${type}mul_pred_on`, 1],
  [`sass_thread_inst_executed_op_${type}fma_pred_on`, 2],
])

/** Known once fused multiply-adds of one type were counted; types that were not counted do not occur. */
function vectorOps(metrics: Metrics): number | null {
  let sum = 0
  let hasProducts = false
  for (const [name, ops] of VECTOR) {
    const count = countOf(metrics, `sm__${name}`) ?? countOf(metrics, `smsp__${name}`)
    if (count === null) continue
    sum += ops * count
    hasProducts ||= name.includes('fma')
  }
  return hasProducts ? sum : null
}

/** A count, also where the profiler gives it per cycle. */
function countOf(metrics: Metrics, name: string): number | null {
  const sum = metrics.get(`${name}.sum`)
  if (sum !== undefined) return sum
  const perCycle = metrics.get(`${name}.sum.per_cycle_elapsed`)
  const unit = name.slice(0, name.indexOf('__'))
  const cycles =
    metrics.get(`${unit}__cycles_elapsed.max`) ?? metrics.get(`${unit}__cycles_elapsed.avg`)
  return perCycle === undefined || cycles === undefined ? null : perCycle * cycles
}

const TENSOR = /^(sm__ops_path_tensor_\w+?)(?:_dst_\w+)?\.sum(?:\.per_cycle_elapsed)?$/

/** The same operations again, by instruction (`…_op_hmma_src_fp16`). */
const BY_INSTRUCTION = 'sm__ops_path_tensor_op_'

/** Metrics of one type of operands can be there with and without the type of the result: the larger counts. */
function tensorOps(metrics: Metrics): number | null {
  const names = [...metrics.keys()].filter((name) => TENSOR.test(name))
  const byType = names.filter((name) => !name.startsWith(BY_INSTRUCTION))
  const bySource = new Map<string, { whole: number; parts: number }>()
  for (const name of byType.length > 0 ? byType : names) {
    const source = TENSOR.exec(name)![1]!
    const base = name.replace(/\.sum.*$/, '')
    const count = countOf(metrics, base)
    if (count === null) continue
    const found = bySource.get(source) ?? { whole: 0, parts: 0 }
    if (base === source) found.whole = Math.max(found.whole, count)
    else if (!metrics.has(`${base}.sum`) || name.endsWith('.sum')) found.parts += count
    bySource.set(source, found)
  }
  if (bySource.size === 0) return null
  let sum = 0
  for (const { whole, parts } of bySource.values()) sum += Math.max(whole, parts)
  return sum
}
