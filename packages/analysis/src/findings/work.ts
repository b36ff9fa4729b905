// Kernels that take longer than their work needs, or whose work need not be: against the roofs of the device, and
// by what runs before and after them.
import { describeCall, type KernelEvent, type OpCall, shortKernelName } from '@flowsim/trace-schema'
import type { Measured, Measurement } from './measures.js'

/** Kernels shorter than this are overhead for the most part: a launch takes some 3 µs on the device. */
const SMALL_NS = 15_000

/** Products of one size that ran as one kernel each. */
interface Products {
  call: OpCall
  kernel: string
  count: number
  sumNs: number
  roofNs: number
}

/** Matrix products by size, with the time that the device needs at least. */
function products({ gemms = [] }: Measured): Products[] {
  return gemms.flatMap(({ call, kernels, count, sumNs, ceilingS }) =>
    ceilingS === null
      ? []
      : [
          {
            call,
            kernel: nameOfKernel(kernels[0]!),
            count,
            sumNs,
            roofNs: count * ceilingS * 1e9,
          },
        ],
  )
}

/** Products of experts. */
export function experts(input: Measured): Measurement | null {
  return againstRoof(
    input,
    products(input).filter(({ call }) => call.op === 'grouped_gemm'),
  )
}

/** Large products. */
export function largeProducts(input: Measured): Measurement | null {
  const large = products(input).filter(
    ({ call, sumNs, count }) => call.op !== 'grouped_gemm' && sumNs / count >= SMALL_NS,
  )
  return againstRoof(input, large)
}

/** Small products, which are many for what they take. */
export function smallProducts(input: Measured): Measurement | null {
  const small = products(input).filter(
    ({ call, sumNs, count }) => call.op !== 'grouped_gemm' && sumNs / count < SMALL_NS,
  )
  const measured = againstRoof(input, small)
  if (measured === null) return null
  const count = small.reduce((sum, each) => sum + each.count, 0)
  const sumNs = small.reduce((sum, each) => sum + each.sumNs, 0)
  const roofNs = small.reduce((sum, each) => sum + each.roofNs, 0)
  const share = sumNs / devicesOf(input) / input.budget.windowNs
  return {
    ...measured,
    values: { ...measured.values, count, share, meanNs: sumNs / count, roofMeanNs: roofNs / count },
  }
}

/** What products lose against the roof, the worst of them by name. */
function againstRoof(input: Measured, rows: readonly Products[]): Measurement | null {
  const lossOf = ({ sumNs, roofNs }: Products) => Math.max(0, sumNs - roofNs)
  const [worst] = [...rows].sort((a, b) => lossOf(b) - lossOf(a))
  if (worst === undefined) return null
  const sumNs = rows.reduce((sum, each) => sum + each.sumNs, 0)
  const roofNs = rows.reduce((sum, each) => sum + Math.min(each.sumNs, each.roofNs), 0)
  return {
    gainNs: (sumNs - roofNs) / devicesOf(input),
    values: {
      count: worst.count,
      sumNs,
      roofNs,
      roofShare: roofNs / sumNs,
      kernel: worst.kernel,
      work: describeCall(worst.call),
      worstShare: worst.roofNs / worst.sumNs,
    },
    place: longestOf(input, ({ call }) => call !== undefined && sameCall(call, worst.call)),
  }
}

const POINTWISE = new Set(['elementwise', 'normalization', 'activation', 'reduction'])

/** Pointwise kernels that follow another on their stream: a fused kernel would not write and read in between. */
export function unfused(input: Measured): Measurement | null {
  const { trace, operations } = input
  const last = new Map<string, boolean>()
  const byOp = new Map<string, number>()
  let [count, sumNs] = [0, 0]
  trace.kernels.forEach(({ device, stream, durationNs }, k) => {
    const { family, op, fused } = operations[k]!
    const lane = `${device} ${stream}`
    const isPointwise = POINTWISE.has(family) && fused === undefined
    if (isPointwise && last.get(lane) === true) {
      count++
      sumNs += durationNs
      const name = nameOf(operations[k]!.call, op)
      byOp.set(name, (byOp.get(name) ?? 0) + durationNs)
    }
    last.set(lane, isPointwise)
  })
  return sumOfKernels(input, { count, sumNs, byOp, families: POINTWISE })
}

const COPIES = new Set(['copy', 'cat', 'gather', 'scatter'])

/** Kernels that move tensors and compute nothing. */
export function copies(input: Measured): Measurement | null {
  const byOp = new Map<string, number>()
  let [count, sumNs] = [0, 0]
  input.trace.kernels.forEach(({ durationNs, op }, k) => {
    const operation = input.operations[k]!
    if (!COPIES.has(operation.op ?? '')) return
    count++
    sumNs += durationNs
    const name = op?.name ?? operation.op!
    byOp.set(name, (byOp.get(name) ?? 0) + durationNs)
  })
  return sumOfKernels(input, { count, sumNs, byOp, families: new Set(['data_movement']) })
}

function sumOfKernels(
  input: Measured,
  found: {
    count: number
    sumNs: number
    byOp: Map<string, number>
    families: ReadonlySet<string>
  },
): Measurement | null {
  const { count, sumNs, byOp, families } = found
  if (count === 0) return null
  const [top, topNs] = [...byOp].sort((a, b) => b[1] - a[1])[0]!
  return {
    gainNs: sumNs / devicesOf(input),
    values: { count, top, topNs },
    place: longestOf(input, ({ family }) => families.has(family)),
  }
}

/** "elementwise mul", "rmsnorm", … */
function nameOf(call: OpCall | undefined, op: string | null): string {
  const what = call !== undefined && 'function' in call ? ` (${call.function})` : ''
  return `${(op ?? 'unknown').replaceAll('_', ' ')}${what}`
}

function sameCall(a: OpCall, b: OpCall): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function longestOf(
  { trace, operations }: Measured,
  fits: (operation: Measured['operations'][number]) => boolean,
): KernelEvent | undefined {
  let longest: KernelEvent | undefined
  trace.kernels.forEach((event, k) => {
    if (longest !== undefined && event.durationNs <= longest.durationNs) return
    if (fits(operations[k]!)) longest = event
  })
  return longest
}

/** Sums over kernels count the time of every device; the window is one. */
function devicesOf({ trace }: Measured): number {
  return Math.max(1, new Set(trace.kernels.map(({ device }) => device)).size)
}

const LONGEST_NAME = 48

/** A kernel's short name, cut where it is long. */
function nameOfKernel(name: string): string {
  const short = shortKernelName(name)
  return short.length > LONGEST_NAME ? `${short.slice(0, LONGEST_NAME)}…` : short
}
