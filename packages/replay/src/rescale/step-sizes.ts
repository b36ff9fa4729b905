// What each step of a trace works on, as its attention kernels show it: how many sequences, how many tokens, how
// long they are. Without attention, the rows of most matrix products are its tokens.
import { steps } from '@flowsim/analysis'
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'

/** Sizes of a step; null where nothing shows them. */
export interface StepSizes {
  /** `prefill` or `decode` where all attention of the step is of that kind; `mixed` where it is of both. */
  phase: 'prefill' | 'decode' | 'mixed' | null
  sequences: number | null
  tokens: number | null
  /** Mean new tokens of a sequence, and mean keys that it attends to. */
  queryLen: number | null
  kvLen: number | null
  /** Places of the kernels of the step. */
  kernels: number[]
}

/** The steps of a trace. Kernels outside of all steps are one more; without steps, the trace is one. */
export function stepSizes(trace: KernelTrace, operations: readonly KernelOperation[]): StepSizes[] {
  const { stepOf } = steps(trace, operations)
  const byStep = new Map<number, number[]>()
  for (let k = 0; k < operations.length; k++) {
    const kernels = byStep.get(stepOf[k]!)
    if (kernels === undefined) byStep.set(stepOf[k]!, [k])
    else kernels.push(k)
  }
  return [...byStep.values()].map((kernels) => sizesOf(kernels, operations))
}

function sizesOf(kernels: number[], operations: readonly KernelOperation[]): StepSizes {
  const phases = new Set<string>()
  let [sequences, tokens, keys] = [0, 0, 0]
  for (const phase of ['prefill', 'decode', 'mixed'] as const) {
    const call = kernels
      .map((k) => operations[k]!.call)
      .find((each) => each?.op === 'attention' && each.phase === phase)
    if (call?.op !== 'attention') continue
    phases.add(phase)
    sequences += call.batch
    tokens += call.batch * call.queryLen
    keys += call.batch * call.kvLen
  }
  if (sequences === 0) {
    const rows = usualRows(kernels, operations)
    return { phase: null, sequences: null, tokens: rows, queryLen: null, kvLen: null, kernels }
  }
  return {
    phase: phases.size > 1 ? 'mixed' : ([...phases][0] as StepSizes['phase']),
    sequences,
    tokens: Math.round(tokens),
    queryLen: tokens / sequences,
    kvLen: keys / sequences,
    kernels,
  }
}

/** The rows that most matrix products have. */
function usualRows(kernels: number[], operations: readonly KernelOperation[]): number | null {
  const counts = new Map<number, number>()
  let usual: number | null = null
  for (const k of kernels) {
    const { call } = operations[k]!
    if (call?.op !== 'matmul') continue
    const count = (counts.get(call.m) ?? 0) + 1
    counts.set(call.m, count)
    if (usual === null || count > counts.get(usual)!) usual = call.m
  }
  return usual
}
