// Which kernel a helper works for: sums of split-K products, combines of split attention, the second kernel of
// a norm. A helper belongs to the kernel of its operator call that is charged with the operation; without
// numbers of calls, to the last such kernel before it on its stream, else to the next one.
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { checkOperations, columns } from './columns.js'

/**
 * For each kernel the place in `trace.kernels` of the one that is charged with its work; −1 for kernels that
 * are no helpers, and for helpers of nothing in the trace.
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
  trace.kernels.forEach(({ opInstance }, k) => {
    if (opInstance !== undefined && isCharged(operations[k]!)) {
      byCall.set(`${opInstance} ${operations[k]!.op}`, k)
    }
  })
  const table = columns(trace)
  const last = table.lanes.map(() => new Map<string | null, number>())
  const waiting = table.lanes.map(() => new Map<string | null, number[]>())
  for (let i = 0; i < table.count; i++) {
    const k = table.index[i]!
    const lane = table.lane[i]!
    const { op, auxiliary } = operations[k]!
    if (isCharged(operations[k]!)) {
      last[lane]!.set(op, k)
      for (const helper of waiting[lane]!.get(op) ?? []) helped[helper] = k
      waiting[lane]!.delete(op)
    } else if (auxiliary === true) {
      const main = byCall.get(`${trace.kernels[k]!.opInstance} ${op}`) ?? last[lane]!.get(op)
      if (main !== undefined) helped[k] = main
      else waiting[lane]!.set(op, [...(waiting[lane]!.get(op) ?? []), k])
    }
  }
  return helped
}

function isCharged({ call, auxiliary }: KernelOperation): boolean {
  return call !== undefined && auxiliary !== true
}
