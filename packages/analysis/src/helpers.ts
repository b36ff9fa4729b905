// Which kernel a helper works for: sums of split-K products, combines of split attention, the second kernel of
// a norm, the fill before a product that accumulates. A helper belongs to the kernel of its operator call that is
// charged with the operation; without numbers of calls, to the last such kernel before it on its stream, else to
// the next one. A fill makes ready for what follows, whatever that does: it belongs to the next one first.
import type { KernelEvent, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { checkOperations, columns } from './columns.js'

/**
 * For each kernel the place in `trace.kernels` of the one that is charged with its work; −1 for kernels that
 * are not helpers, and for helpers of nothing in the trace.
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function helpedKernels(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
): Int32Array {
  checkOperations(trace, operations)
  const helped = new Int32Array(trace.kernels.length).fill(-1)
  if (!operations.some(({ auxiliary }) => auxiliary === true)) return helped
  const byCall = new Map<string, number>()
  const ofCall = new Map<number, number>()
  trace.kernels.forEach(({ opInstance }, k) => {
    if (opInstance !== undefined && isCharged(operations[k]!)) {
      byCall.set(`${opInstance} ${operations[k]!.op}`, k)
      ofCall.set(opInstance, k)
    }
  })
  const table = columns(trace)
  const last = table.lanes.map(() => new Map<string | null, number>())
  const waiting = table.lanes.map(() => new Map<string | null, number[]>())
  for (let i = 0; i < table.count; i++) {
    const k = table.index[i]!
    const lane = table.lane[i]!
    const { op, auxiliary } = operations[k]!
    const { opInstance } = trace.kernels[k]!
    if (isCharged(operations[k]!)) {
      last[lane]!.set(op, k)
      for (const waits of [op, ANY]) {
        for (const helper of waiting[lane]!.get(waits) ?? []) {
          if (sameOperator(trace.kernels[helper]!, trace.kernels[k]!)) helped[helper] = k
        }
        waiting[lane]!.delete(waits)
      }
    } else if (auxiliary === true && isFill(op)) {
      const main = opInstance === undefined ? undefined : ofCall.get(opInstance)
      if (main !== undefined) helped[k] = main
      else waiting[lane]!.set(ANY, [...(waiting[lane]!.get(ANY) ?? []), k])
    } else if (auxiliary === true) {
      const main = byCall.get(`${opInstance} ${op}`) ?? last[lane]!.get(op)
      const isItsOwn = main !== undefined && sameOperator(trace.kernels[main]!, trace.kernels[k]!)
      if (isItsOwn) helped[k] = main
      else waiting[lane]!.set(op, [...(waiting[lane]!.get(op) ?? []), k])
    }
  }
  return helped
}

/** What a fill waits for: any operation. */
const ANY = 'any'

/** Whether one operator launched both, as far as the trace tells. */
function sameOperator({ op: a }: KernelEvent, { op: b }: KernelEvent): boolean {
  return a === undefined || b === undefined || a.name === b.name
}

function isFill(op: KernelOperation['op']): boolean {
  return op === 'memset' || op === 'fill'
}

function isCharged({ call, auxiliary }: KernelOperation): boolean {
  return call !== undefined && auxiliary !== true
}
