// Matrix products by shape: achieved throughput, and the share of what the device allows.
//
//   achieved FLOP/s = count · 2·batch·m·n·k / time        share of roofline = ceiling time / mean time
//   ceiling time    = max(flops / matrix peak, bytes / memory bandwidth)
//
// FLOPs and bytes are those of `opWork`: every operand read once, the result written once. The time of
// a product is that of its kernel and of its helpers: a split-K reduction or a fill of the workspace
// launched by the same operator beside it (so does TraceLens).
import {
  type HardwareSpec,
  type KernelOperation,
  type KernelTrace,
  memoryLevel,
  type OpCall,
  type OpCallOf,
  opWork,
} from '@flowsim/trace-schema'
import { type Columns, checkOperations, columns } from './columns.js'
import { getOrAdd } from './get-or-add.js'

/** A matrix product. */
export type GemmCall = OpCallOf<'matmul'> | OpCallOf<'bmm'> | OpCallOf<'grouped_gemm'>

/** All products of one shape and type. */
export interface GemmRow {
  call: GemmCall
  /** Operators that asked for it, such as `aten::mm`. */
  operators: string[]
  /** Kernels that ran it. */
  kernels: string[]
  count: number
  /** Time of kernels and helpers. */
  sumNs: number
  /** The part that helpers took. */
  helperNs: number
  meanNs: number
  minNs: number
  maxNs: number
  /** Of one product. */
  flops: number
  bytes: number
  /** Achieved, over `sumNs`. */
  flopsPerS: number
  bytesPerS: number
  /** Time that the device needs at least; null where nothing says. */
  ceilingS: number | null
  /** `ceilingS` over the mean time: 1 is the roofline. */
  rooflineShare: number | null
  /** What the ceiling is made of, where `hardware` is given. */
  bound: 'compute' | 'memory' | null
}

/** What a {@link gemmTable} measures against. */
export interface GemmOptions {
  /** Device whose peaks make the ceiling. */
  hardware?: HardwareSpec
  /** Or any function: seconds that a product needs at least; undefined where it cannot say. */
  ceiling?: (call: OpCall) => number | undefined
}

/**
 * Matrix products by shape and type, longest first. The formulas stand at the top of the file.
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function gemmTable(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  options: GemmOptions = {},
): GemmRow[] {
  checkOperations(trace, operations)
  const table = columns(trace)
  const helpers = helperTimes(trace, operations, table)
  const rows = new Map<string, GemmRow & { seen: Set<string> }>()
  // Equal calls are one object in most traces.
  const ofCall = new Map<GemmCall, GemmRow & { seen: Set<string> }>()
  for (let i = 0; i < table.count; i++) {
    const k = table.index[i]!
    const call = gemmOf(operations[k])
    if (!call) continue
    const row = getOrAdd(ofCall, call, () =>
      getOrAdd(rows, JSON.stringify(call), () => ({
        ...emptyRow(call, options),
        seen: new Set<string>(),
      })),
    )
    const kernel = trace.kernels[k]!
    const ns = table.endNs[i]! - table.startNs[i]! + helpers[i]!
    row.count++
    row.sumNs += ns
    row.helperNs += helpers[i]!
    row.minNs = Math.min(row.minNs, ns)
    row.maxNs = Math.max(row.maxNs, ns)
    if (!row.seen.has(kernel.name)) {
      row.seen.add(kernel.name)
      row.kernels.push(kernel.name)
    }
    const operator = kernel.op?.name
    if (operator !== undefined && !row.operators.includes(operator)) row.operators.push(operator)
  }
  return [...rows.values()]
    .map(({ seen: _, ...row }) => {
      const seconds = row.sumNs * 1e-9
      const meanNs = row.sumNs / row.count
      return {
        ...row,
        meanNs,
        flopsPerS: seconds > 0 ? (row.count * row.flops) / seconds : 0,
        bytesPerS: seconds > 0 ? (row.count * row.bytes) / seconds : 0,
        rooflineShare:
          row.ceilingS === null || meanNs === 0 ? null : row.ceilingS / (meanNs * 1e-9),
      }
    })
    .sort((a, b) => b.sumNs - a.sumNs)
}

/** The matrix product of an operation that is charged with one. */
export function gemmOf(operation: KernelOperation | undefined): GemmCall | undefined {
  const call = operation?.call
  if (!call || operation.auxiliary) return undefined
  return call.op === 'matmul' || call.op === 'bmm' || call.op === 'grouped_gemm' ? call : undefined
}

function emptyRow(call: GemmCall, options: GemmOptions): GemmRow {
  const { flops, readBytes, writeBytes } = opWork(call)
  const bytes = readBytes + writeBytes
  const limits = options.hardware && gemmLimits(call, flops, bytes, options.hardware)
  const ceilingS = options.ceiling
    ? options.ceiling(call)
    : limits && Math.max(limits.computeS, limits.memoryS)
  return {
    call,
    operators: [],
    kernels: [],
    count: 0,
    sumNs: 0,
    helperNs: 0,
    meanNs: 0,
    minNs: Infinity,
    maxNs: 0,
    flops,
    bytes,
    flopsPerS: 0,
    bytesPerS: 0,
    ceilingS: ceilingS ?? null,
    rooflineShare: null,
    bound: limits ? (limits.computeS >= limits.memoryS ? 'compute' : 'memory') : null,
  }
}

/** Seconds at the peaks of a device; undefined where it has no throughput for the type. */
function gemmLimits(
  call: GemmCall,
  flops: number,
  bytes: number,
  hardware: HardwareSpec,
): { computeS: number; memoryS: number } | undefined {
  const { matrixFlopsPerS, vectorFlopsPerS } = hardware.device
  const peakOf = (dtype: GemmCall['dtype']) => matrixFlopsPerS[dtype] ?? vectorFlopsPerS[dtype]
  // Operands of two types are multiplied in the wider one, whose peak is the lower.
  const peaks = [call.dtype, call.weightDtype ?? call.dtype].map(peakOf)
  const known = peaks.filter((peak) => peak !== undefined)
  const bandwidth = memoryLevel(hardware, 'dram')?.bandwidthBytesPerS
  if (known.length === 0 || !bandwidth) return undefined
  return { computeS: flops / Math.min(...known), memoryS: bytes / bandwidth }
}

/**
 * For each row, the time of the helpers of its product: those of the same operator call, or, where calls
 * have no numbers, those right beside it on its stream under the same operator.
 */
function helperTimes(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  table: Columns,
): Float64Array {
  const times = new Float64Array(table.count)
  const kernelAt = (row: number) => trace.kernels[table.index[row]!]!
  const byCall = new Map<number, number>()
  for (let i = 0; i < table.count; i++) {
    const { opInstance } = kernelAt(i)
    if (opInstance !== undefined && gemmOf(operations[table.index[i]!])) byCall.set(opInstance, i)
  }
  const lastGemm = new Int32Array(table.lanes.length).fill(-1)
  const pending = table.lanes.map((): number[] => [])
  const charge = (helper: number, gemm: number) => {
    if (kernelAt(helper).op?.name !== kernelAt(gemm).op?.name) return
    times[gemm] = times[gemm]! + table.endNs[helper]! - table.startNs[helper]!
  }
  for (let i = 0; i < table.count; i++) {
    const { kind, opInstance } = kernelAt(i)
    const operation = operations[table.index[i]!]!
    const lane = table.lane[i]!
    const helps = kind === 'memset' || (operation.auxiliary === true && operation.family === 'gemm')
    if (helps && opInstance !== undefined) {
      const gemm = byCall.get(opInstance)
      if (gemm !== undefined) charge(i, gemm)
    } else if (gemmOf(operation)) {
      for (const helper of pending[lane]!) charge(helper, i)
      pending[lane] = []
      lastGemm[lane] = i
    } else if (kind === 'memset') {
      pending[lane]!.push(i)
    } else if (helps) {
      if (lastGemm[lane]! >= 0) charge(i, lastGemm[lane]!)
    } else {
      pending[lane] = []
      lastGemm[lane] = -1
    }
  }
  return times
}
