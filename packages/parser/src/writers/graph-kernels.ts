// Operators of the kernels of CUDA and HIP graphs, which share one launch: each is drawn beside the
// threads, over the kernels that it made, and linked to them by `External id`. What stood around it when
// the graph was captured goes along as a member, since no thread shows it any more.
import type { KernelEvent } from '@flowsim/trace-schema'

/** Member of an operator that holds what {@link CapturedContext} says. */
export const GRAPH_KERNEL = 'Graph kernel'

/** Where a captured operator stood. */
export interface CapturedContext {
  parents: string[]
  callStack?: string[]
  modules?: string[]
}

/** An operator of graph kernels. */
export interface GraphOperator {
  externalId: number
  pid: number | string
  kernels: KernelEvent[]
}

// Above the ids of operators that are drawn on threads, which count from 1.
const FIRST_ID = 1_000_000_001

/** Track of the operators. */
export const GRAPH_KERNEL_TRACK = 'operators of graph kernels'

/** The operators of graph kernels, one for each call. */
export function graphOperators(
  graphs: Iterable<readonly KernelEvent[]>,
): Map<KernelEvent, GraphOperator> {
  const byKernel = new Map<KernelEvent, GraphOperator>()
  let next = FIRST_ID
  for (const kernels of graphs) {
    const byCall = new Map<number, GraphOperator>()
    for (const kernel of kernels) {
      const { op, opInstance, launch } = kernel
      if (op === undefined || launch === undefined) continue
      const known = opInstance === undefined ? undefined : byCall.get(opInstance)
      const operator = known ?? { externalId: next++, pid: launch.pid, kernels: [] }
      operator.kernels.push(kernel)
      byKernel.set(kernel, operator)
      if (opInstance !== undefined) byCall.set(opInstance, operator)
    }
  }
  return byKernel
}

/** What the member {@link GRAPH_KERNEL} holds. */
export function capturedContext({ op, callStack, modules }: KernelEvent): CapturedContext {
  return {
    parents: op!.parents,
    ...(callStack === undefined ? {} : { callStack }),
    ...(modules === undefined ? {} : { modules }),
  }
}
