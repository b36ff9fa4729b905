// What each device activity counts as in a breakdown of time, by three conventions.
//
// flowsim    communication: collectives, by the profiler's metadata or by the kernel database (by the
//            words in the name where it knows no operation), so that custom all-reduce kernels count;
//            memory: copies; everything else, fills included, is computation.
// tracelens  the same split, always by name (AMD-AGI/TraceLens, GPUEventAnalyser).
// hta        communication: kernels named nccl*; memory: copies and fills; the rest, custom
//            all-reduce included, is computation (facebookresearch/HolisticTraceAnalysis,
//            utils/utils.py get_kernel_type).
import type { KernelEvent, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { getOrAdd } from './get-or-add.js'

/** Whose rules decide what counts as communication and memory. */
export type Convention = 'flowsim' | 'tracelens' | 'hta'

/** What an activity counts as. */
export const COMPUTATION = 0
export const COMMUNICATION = 1
export const MEMORY = 2
export type Activity = typeof COMPUTATION | typeof COMMUNICATION | typeof MEMORY

const COMMUNICATION_NAME =
  /nccl|rccl|cross_device_reduce|all_?reduce|all_?gather|reduce_?scatter|all_?to_?all|one_shot|two_shot/i

const rules: Record<
  Convention,
  (kernel: KernelEvent, operation: KernelOperation | undefined) => Activity
> = {
  flowsim(kernel, operation) {
    if (kernel.kind === 'collective') return COMMUNICATION
    if (kernel.kind === 'memcpy') return MEMORY
    if (kernel.kind === 'memset') return COMPUTATION
    if (operation && operation.op !== null) {
      return operation.family === 'communication' ? COMMUNICATION : COMPUTATION
    }
    return kernel.collective || COMMUNICATION_NAME.test(kernel.name) ? COMMUNICATION : COMPUTATION
  },
  tracelens(kernel) {
    if (kernel.kind === 'memcpy') return MEMORY
    if (kernel.kind === 'memset') return COMPUTATION
    return COMMUNICATION_NAME.test(kernel.name) ? COMMUNICATION : COMPUTATION
  },
  hta(kernel) {
    if (kernel.kind === 'memcpy' || kernel.kind === 'memset') return MEMORY
    return /nccl(Dev)?Kernel/.test(kernel.name) ? COMMUNICATION : COMPUTATION
  },
}

/** Whether a kernel communicates, by the convention `flowsim`. */
export function communicates(kernel: KernelEvent, operation?: KernelOperation): boolean {
  return rules.flowsim(kernel, operation) === COMMUNICATION
}

/** The activity of each kernel, in the given order. Names are judged once each. */
export function activities(
  trace: KernelTrace,
  operations: readonly KernelOperation[] | undefined,
  index: Uint32Array,
  convention: Convention,
): Uint8Array {
  const rule = rules[convention]
  const result = new Uint8Array(index.length)
  if (convention === 'flowsim') {
    for (let i = 0; i < index.length; i++) {
      const k = index[i]!
      result[i] = rule(trace.kernels[k]!, operations?.[k])
    }
    return result
  }
  const byName = new Map<string, Activity>()
  for (let i = 0; i < index.length; i++) {
    const kernel = trace.kernels[index[i]!]!
    const key = `${kernel.kind}:${kernel.name}`
    const activity = getOrAdd(byName, key, () => rule(kernel, undefined))
    result[i] = activity
  }
  return result
}
