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
import type { Launch } from './kineto-launches.js'
import { KINETO_TYPES } from './kineto-types.js'

/** Runtime calls that launch none of the kernels. */
export function* hostCalls(
  calls: readonly HostCall[],
  launches: readonly Launch[],
): Generator<string> {
  // Few threads launch at the same nanosecond, so that the lists stay short.
  const written = new Map<number, CallKey[]>()
  for (const { kernels, startNs } of launches) {
    const { launch } = kernels[0]!
    const others = written.get(startNs)
    if (others === undefined) written.set(startNs, [launch!])
    else if (!others.some((each) => isSameCall(each, launch!))) others.push(launch!)
  }
  for (const call of calls) {
    const { api, pid, tid, startNs, durationNs, correlation } = call
    if (written.get(startNs)?.some((each) => isSameCall(each, call))) continue
    const args = correlation === undefined ? '' : `"correlation":${correlation}`
    yield slice('cuda_runtime', api, pid, tid, startNs, durationNs, args)
  }
}

type CallKey = Pick<HostCall, 'api' | 'pid' | 'tid'>

function isSameCall(a: CallKey, b: CallKey): boolean {
  return a.pid === b.pid && a.tid === b.tid && a.api === b.api
}

/** Frames of consecutive launches that have them in common, outer ones first. */
export function* frames(launches: readonly Launch[]): Generator<string> {
  let open: { name: string; from: Launch; to: Launch }[] = []
  const close = function* (depth: number): Generator<string> {
    for (const { name, from, to } of open.slice(depth)) {
      yield slice('python_function', name, from.pid, from.tid, from.fromNs, to.toNs - from.fromNs)
    }
    open = open.slice(0, depth)
  }
  for (const launch of launches) {
    const path = framePath(launch.kernels[0]!)
    let common = 0
    while (
      common < open.length &&
      common < path.length &&
      open[common]!.name === path[common] &&
      open[common]!.to.pid === launch.pid &&
      open[common]!.to.tid === launch.tid
    ) {
      common++
    }
    yield* close(common)
    for (const name of path.slice(common)) open.push({ name, from: launch, to: launch })
    for (const frame of open) frame.to = launch
  }
  yield* close(0)
}

/** Python frames and modules of a kernel, outermost first. */
function framePath(kernel: KernelEvent): string[] {
  // Those of a captured kernel stood around its capture.
  if (kernel.op !== undefined && isGraphLaunch(kernel.launch!.api)) return []
  if (kernel.callStack !== undefined) return [...kernel.callStack].reverse()
  return (kernel.modules ?? []).map((name) => `nn.Module: ${name}`)
}

/** One slice for each operator call, around all its launches; enclosing operators first. */
export function* operators(launches: readonly Launch[]): Generator<string> {
  let id = 0
  const members = new Map<KernelOperator, string>()
  for (let i = 0; i < launches.length; ) {
    const first = launches[i]!
    const { op, opInstance } = first.kernels[0]!
    let last = first
    i++
    while (i < launches.length && opInstance !== undefined) {
      const next = launches[i]!
      const isSame = next.kernels[0]!.opInstance === opInstance && next.tid === first.tid
      if (!isSame) break
      last = next
      i++
    }
    // What runs in a graph was launched by other operators than the one that replays it.
    if (op === undefined || isGraphLaunch(first.kernels[0]!.launch!.api)) continue
    const duration = last.toNs - first.fromNs
    for (const name of [...op.parents].reverse()) {
      const args = `"External id":${++id}`
      yield slice('cpu_op', name, first.pid, first.tid, first.fromNs, duration, args)
    }
    let more = members.get(op)
    if (more === undefined) {
      more = membersOf({ ...op.attributes, ...argumentMembers(op.args) })
      members.set(op, more)
    }
    const args = `"External id":${++id}${more === '' ? '' : `,${more}`}`
    yield slice('cpu_op', op.name, first.pid, first.tid, first.fromNs, duration, args)
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
