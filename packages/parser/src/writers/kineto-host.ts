// The host's side of a written trace: Python frames, operators, and calls that launch nothing.
import type {
  HostCall,
  KernelEvent,
  KernelOperator,
  OperatorArg,
  TensorArg,
} from '@flowsim/trace-schema'
import { isGraphLaunch } from '@flowsim/trace-schema'
import {
  capturedContext,
  GRAPH_KERNEL,
  GRAPH_KERNEL_TRACK,
  type GraphOperator,
} from './graph-kernels.js'
import { membersOf, slice } from './kineto-event.js'
import type { Launches } from './kineto-launches.js'
import { KINETO_TYPES } from './kineto-types.js'
import { RowNumbers } from './row-numbers.js'

/** Runtime calls that launch none of the kernels. */
export function* hostCalls(calls: readonly HostCall[], launches: Launches): Generator<string> {
  const isWritten = writtenCalls(launches)
  for (const call of calls) {
    if (isWritten(call)) continue
    const { api, pid, tid, startNs, durationNs, correlation } = call
    const args = correlation === undefined ? '' : `"correlation":${correlation}`
    yield slice('cuda_runtime', api, pid, tid, startNs, durationNs, args)
  }
}

/** Whether a call is that of a launch: the same one on the same thread at the same time. */
function writtenCalls(launches: Launches): (call: HostCall) => boolean {
  const { count, thread, threads } = launches
  const apis = new Map<string, number>()
  const written = new RowNumbers(count)
  for (let i = 0; i < count; i++) {
    const { api, startNs } = launches.call(i)
    let number = apis.get(api)
    if (number === undefined) {
      number = apis.size
      apis.set(api, number)
    }
    written.add(startNs, thread[i]!, number)
  }
  return ({ api, pid, tid, startNs }) => {
    const number = apis.get(api)
    return number !== undefined && written.get(startNs, threads.get(pid, tid), number) >= 0
  }
}

/** Frames of consecutive launches that have them in common, outer ones first. */
export function* frames(launches: Launches): Generator<string> {
  const { count, thread, fromNs, toNs } = launches
  /** The first and last launch of each open frame. */
  let open: { name: string; from: number; to: number }[] = []
  const close = function* (depth: number): Generator<string> {
    for (const { name, from, to } of open.slice(depth)) {
      const { pid, tid } = launches.call(from)
      yield slice('python_function', name, pid, tid, fromNs[from]!, toNs[to]! - fromNs[from]!)
    }
    open = open.slice(0, depth)
  }
  for (let i = 0; i < count; i++) {
    const path = framePath(launches.first(i))
    let common = 0
    while (
      common < open.length &&
      common < path.length &&
      open[common]!.name === path[common] &&
      thread[open[common]!.to] === thread[i]
    ) {
      common++
    }
    if (common < open.length) yield* close(common)
    for (let depth = common; depth < path.length; depth++) {
      open.push({ name: path[depth]!, from: i, to: i })
    }
    for (const frame of open) frame.to = i
  }
  yield* close(0)
}

const NO_FRAMES: readonly string[] = []

/** Python frames and modules of a kernel, outermost first. */
function framePath(kernel: KernelEvent): readonly string[] {
  // Those of a captured kernel stood around its capture.
  if (kernel.op !== undefined && isGraphLaunch(kernel.launch!.api)) return NO_FRAMES
  if (kernel.callStack !== undefined) return [...kernel.callStack].reverse()
  return kernel.modules?.map((name) => `nn.Module: ${name}`) ?? NO_FRAMES
}

/** One slice for each operator call, around all its launches; enclosing operators first. */
export function* operators(launches: Launches): Generator<string> {
  const { count, fromNs, toNs } = launches
  let id = 0
  const members = new Map<KernelOperator, string>()
  for (let i = 0; i < count; ) {
    const first = i
    const { op, opInstance } = launches.first(first)
    const { api, pid, tid } = launches.call(first)
    let last = first
    i++
    while (i < count && opInstance !== undefined) {
      const isSame = launches.first(i).opInstance === opInstance && launches.call(i).tid === tid
      if (!isSame) break
      last = i
      i++
    }
    // What runs in a graph was launched by other operators than the one that replays it.
    if (op === undefined || isGraphLaunch(api)) continue
    const startNs = fromNs[first]!
    const durationNs = toNs[last]! - startNs
    for (let p = op.parents.length - 1; p >= 0; p--) {
      const args = `"External id":${++id}`
      yield slice('cpu_op', op.parents[p]!, pid, tid, startNs, durationNs, args)
    }
    let more = members.get(op)
    if (more === undefined) {
      more = membersOf({ ...op.attributes, ...argumentMembers(op.args) })
      members.set(op, more)
    }
    const args = `"External id":${++id}${more === '' ? '' : `,${more}`}`
    yield slice('cpu_op', op.name, pid, tid, startNs, durationNs, args)
  }
}

/** Operators that made the kernels of graphs, over those kernels. */
export function* graphKernelOperators(
  operators: ReadonlyMap<KernelEvent, GraphOperator>,
): Generator<string> {
  for (const { externalId, pid, kernels } of new Set(operators.values())) {
    const [first] = kernels as [KernelEvent]
    const last = kernels.at(-1)!
    const op = first.op!
    const duration = last.startNs + last.durationNs - first.startNs
    const args = membersOf({
      'External id': externalId,
      ...op.attributes,
      ...argumentMembers(op.args),
      [GRAPH_KERNEL]: capturedContext(first),
    })
    yield slice('cpu_op', op.name, pid, GRAPH_KERNEL_TRACK, first.startNs, duration, args)
  }
}

function argumentMembers(args: readonly OperatorArg[]): Record<string, unknown> {
  if (args.length === 0) return {}
  return {
    'Concrete Inputs': args.map((arg) => (arg.kind === 'scalar' ? arg.value : '')),
    'Input type': args.map((arg) => {
      if (arg.kind === 'tensor') return kinetoType(arg)
      return arg.kind === 'tensor_list' ? 'TensorList' : arg.type
    }),
    'Input Strides': args.map((arg) => {
      if (arg.kind === 'tensor') return arg.strides ?? []
      return arg.kind === 'tensor_list' ? arg.tensors.map((each) => each.strides ?? []) : []
    }),
    'Input Dims': args.map((arg) => {
      if (arg.kind === 'tensor') return arg.shape
      return arg.kind === 'tensor_list' ? arg.tensors.map((each) => each.shape) : []
    }),
  }
}

function kinetoType(tensor: TensorArg): string {
  return tensor.dtype === undefined ? 'unknown' : KINETO_TYPES[tensor.dtype]
}
