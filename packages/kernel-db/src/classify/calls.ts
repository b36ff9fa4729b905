// Which kernels belong to one call of an operator. The parser numbers the calls; where it does not,
// kernels that one thread launched in a row from equal operators are one call, until the kernel that
// began it comes again. Kernels of operators inside the call may lie between. Kernels of a replayed
// graph belong to no call: the operator that replays it runs none of them itself.
import type { KernelEvent, KernelOperator, OperatorArg } from '@flowsim/trace-schema'
import { isGraphLaunch } from '@flowsim/trace-schema'

/** Numbers of operator calls, one for each kernel; −1 for kernels without an operator. */
export function operatorCalls(
  kernels: readonly KernelEvent[],
  mayRepeat: (kernel: KernelEvent) => boolean,
): Int32Array {
  const calls = new Int32Array(kernels.length).fill(-1)
  const numbers = new Map<number, number>()
  let next = 0
  const pending: number[] = []
  kernels.forEach((kernel, i) => {
    if (kernel.op === undefined || isReplayed(kernel)) return
    if (kernel.opInstance !== undefined) {
      let number = numbers.get(kernel.opInstance)
      if (number === undefined) {
        number = next++
        numbers.set(kernel.opInstance, number)
      }
      calls[i] = number
    } else if (kernel.launch !== undefined) pending.push(i)
  })
  // Kernels are in order of their start, launches on one thread nearly always are too.
  const threads = new Map<string, Open>()
  for (const i of pending) {
    const kernel = kernels[i]!
    const op = kernel.op!
    const { pid, tid } = kernel.launch!
    const thread = `${pid} ${tid}`
    const open = threads.get(thread)
    if (open !== undefined && isInside(op, open.op)) continue
    if (
      open === undefined ||
      !sameOperator(op, open.op) ||
      (kernel.name === open.first && !mayRepeat(kernel))
    ) {
      threads.set(thread, { op, first: kernel.name, number: next })
      calls[i] = next++
    } else calls[i] = open.number
  }
  return calls
}

/** Whether a kernel was launched with the graph that it is part of. */
export function isReplayed({ launch }: KernelEvent): boolean {
  return launch !== undefined && isGraphLaunch(launch.api)
}

interface Open {
  op: KernelOperator
  first: string
  number: number
}

/** Whether an operator runs inside another: the other is among its parents, at the same depth. */
function isInside(inner: KernelOperator, outer: KernelOperator): boolean {
  const depth = inner.parents.length - outer.parents.length - 1
  return depth >= 0 && inner.parents[depth] === outer.name
}

function sameOperator(a: KernelOperator, b: KernelOperator): boolean {
  if (a === b) return true
  return (
    a.name === b.name &&
    a.args.length === b.args.length &&
    a.args.every((arg, i) => sameArgument(arg, b.args[i]!))
  )
}

function sameArgument(a: OperatorArg, b: OperatorArg): boolean {
  if (a.kind === 'tensor' && b.kind === 'tensor') return sameShape(a.shape, b.shape)
  if (a.kind === 'scalar' && b.kind === 'scalar') return a.value === b.value
  if (a.kind === 'tensor_list' && b.kind === 'tensor_list') {
    return (
      a.tensors.length === b.tensors.length &&
      a.tensors.every((tensor, i) => sameShape(tensor.shape, b.tensors[i]!.shape))
    )
  }
  return false
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i])
}
