// A KernelTrace as a Kineto trace that Perfetto, chrome://tracing and this parser open: kernels on
// their streams, launches with flows to them, operators with shapes, module frames, annotations.
//
// A KernelTrace does not keep when operators and frames began: they are drawn around the launches
// that they enclose.
import type {
  HostCall,
  KernelEvent,
  KernelTrace,
  OperatorArg,
  TensorArg,
} from '@flowsim/trace-schema'
import { KINETO_TYPES } from './kineto-types.js'

/** Host time drawn before and after a launch for the operator around it, at most. */
const MARGIN_NS = 1000

interface Launch {
  kernels: KernelEvent[]
  key: string
  pid: number | string
  tid: number | string
  startNs: number
  endNs: number
  /** Bounds of the operator's slice. */
  fromNs: number
  toNs: number
}

/** The lines of a Kineto trace file. */
export function* kinetoLines(trace: KernelTrace): Generator<string> {
  yield `${headerText(trace)}\n  "traceEvents": [\n`
  let separator = '  '
  for (const event of kinetoEvents(trace)) {
    yield `${separator}${JSON.stringify(event).replace(TIMES, '"$1":$2.$3')}`
    separator = ',\n  '
  }
  yield `\n  ],\n  "displayTimeUnit": "ms",\n  "baseTimeNanoseconds": ${trace.baseTimeNs}\n}\n`
}

/** Times travel as text "12.345" so that no nanosecond is lost, and lose their quotes here. */
const TIMES = /"(ts|dur)":"(-?\d+)\.(\d{3})"/g

function microseconds(ns: number): string {
  const sign = ns < 0 ? '-' : ''
  const whole = Math.abs(Math.round(ns))
  return `${sign}${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, '0')}`
}

function headerText(trace: KernelTrace): string {
  const header = {
    schemaVersion: 1,
    ...trace.producer,
    deviceProperties: trace.devices.map((device) => ({
      id: device.id,
      name: device.name,
      totalGlobalMem: device.memoryBytes,
      computeMajor: integerPart(device.computeCapability, 0),
      computeMinor: integerPart(device.computeCapability, 1),
      warpSize: device.warpSize,
      numSms: device.computeUnits,
    })),
    ...(trace.rank === null
      ? {}
      : {
          distributedInfo: {
            backend: 'nccl',
            rank: trace.rank,
            world_size: trace.worldSize ?? undefined,
            pg_count: trace.processGroups.length,
            pg_config: trace.processGroups.map((group) => ({
              pg_name: group.name,
              pg_desc: group.description,
              backend_config: group.backend,
              pg_size: group.size,
              ranks: group.ranks,
            })),
          },
        }),
  }
  return JSON.stringify(header, null, 2).replace(/\n\}$/, ',')
}

function integerPart(version: string | undefined, part: number): number | undefined {
  const digits = version?.split('.')[part]
  return digits === undefined ? undefined : Number(digits)
}

type ChromeEvent = Record<string, unknown>

function* kinetoEvents(trace: KernelTrace): Generator<ChromeEvent> {
  const launches = findLaunches(trace.kernels)
  if (trace.window !== null) {
    yield slice(
      'Trace',
      'PyTorch Profiler (0)',
      'Spans',
      'PyTorch Profiler',
      trace.window.startNs,
      trace.window.durationNs,
    )
  }
  for (const device of new Set(trace.kernels.map((kernel) => kernel.device))) {
    yield { name: 'process_name', ph: 'M', ts: 0, pid: device, tid: 0, args: { name: 'python' } }
    yield {
      name: 'process_labels',
      ph: 'M',
      ts: 0,
      pid: device,
      tid: 0,
      args: { labels: `GPU ${device}` },
    }
  }
  for (const each of trace.annotations) {
    const category = each.on === 'device' ? 'gpu_user_annotation' : 'user_annotation'
    yield slice(category, each.name, each.pid, each.tid, each.startNs, each.durationNs)
  }
  yield* frames(launches)
  yield* operators(launches)
  yield* hostCalls(trace.hostCalls ?? [], launches)
  yield* activities(trace.kernels, launches)
}

/** Runtime calls that launch none of the kernels. */
function* hostCalls(
  calls: readonly HostCall[],
  launches: readonly Launch[],
): Generator<ChromeEvent> {
  const key = (api: string, pid: unknown, tid: unknown, startNs: number) =>
    `${api} ${pid} ${tid} ${startNs}`
  const written = new Set(
    launches.map(({ kernels, pid, tid, startNs }) =>
      key(kernels[0]!.launch!.api, pid, tid, startNs),
    ),
  )
  for (const { api, pid, tid, startNs, durationNs, correlation } of calls) {
    if (written.has(key(api, pid, tid, startNs))) continue
    yield slice('cuda_runtime', api, pid, tid, startNs, durationNs, { correlation })
  }
}

function slice(
  cat: string,
  name: string,
  pid: number | string,
  tid: number | string,
  startNs: number,
  durationNs: number,
  args: Record<string, unknown> = {},
): ChromeEvent {
  return {
    ph: 'X',
    cat,
    name,
    pid,
    tid,
    ts: microseconds(startNs),
    dur: microseconds(durationNs),
    args,
  }
}

/** Launches in order of thread and time; kernels of one graph launch share theirs. */
function findLaunches(kernels: readonly KernelEvent[]): Launch[] {
  const byKey = new Map<string, Launch>()
  for (const kernel of kernels) {
    const { launch } = kernel
    if (launch === undefined) continue
    const key = `${launch.pid} ${launch.tid} ${launch.startNs} ${kernel.correlation ?? ''}`
    const found = byKey.get(key)
    if (found !== undefined) found.kernels.push(kernel)
    else {
      const endNs = launch.startNs + launch.durationNs
      byKey.set(key, {
        kernels: [kernel],
        key,
        pid: launch.pid,
        tid: launch.tid,
        startNs: launch.startNs,
        endNs,
        fromNs: launch.startNs,
        toNs: endNs,
      })
    }
  }
  const thread = (each: Launch) => `${each.pid} ${each.tid}`
  const launches = [...byKey.values()].sort(
    (a, b) => thread(a).localeCompare(thread(b)) || a.startNs - b.startNs,
  )
  launches.forEach((launch, i) => {
    const before = launches[i - 1]
    const after = launches[i + 1]
    const gapBefore =
      before !== undefined && thread(before) === thread(launch)
        ? launch.startNs - before.endNs
        : Infinity
    const gapAfter =
      after !== undefined && thread(after) === thread(launch)
        ? after.startNs - launch.endNs
        : Infinity
    launch.fromNs -= margin(gapBefore)
    launch.toNs += margin(gapAfter)
  })
  return launches
}

function margin(gapNs: number): number {
  return Math.max(0, Math.min(MARGIN_NS, Math.floor(gapNs / 2) - 1))
}

/** Frames of consecutive launches that have them in common, outer ones first. */
function* frames(launches: readonly Launch[]): Generator<ChromeEvent> {
  let open: { name: string; from: Launch; to: Launch }[] = []
  const close = function* (depth: number): Generator<ChromeEvent> {
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
  if (kernel.callStack !== undefined) return [...kernel.callStack].reverse()
  return (kernel.modules ?? []).map((name) => `nn.Module: ${name}`)
}

/** One slice for each operator call, around all its launches; enclosing operators first. */
function* operators(launches: readonly Launch[]): Generator<ChromeEvent> {
  let id = 0
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
    if (op === undefined) continue
    const duration = last.toNs - first.fromNs
    for (const name of [...op.parents].reverse()) {
      yield slice('cpu_op', name, first.pid, first.tid, first.fromNs, duration, {
        'External id': ++id,
      })
    }
    yield slice('cpu_op', op.name, first.pid, first.tid, first.fromNs, duration, {
      'External id': ++id,
      ...op.attributes,
      ...argumentMembers(op.args),
    })
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

/** Launches, kernels and the flows between them. */
function* activities(
  kernels: readonly KernelEvent[],
  launches: readonly Launch[],
): Generator<ChromeEvent> {
  const numbers = new Map<KernelEvent, number>()
  let next = 1 + kernels.reduce((highest, each) => Math.max(highest, each.correlation ?? 0), 0)
  for (const launch of launches) {
    const { launch: call, correlation = next++ } = launch.kernels[0]!
    for (const kernel of launch.kernels) numbers.set(kernel, correlation)
    yield slice(
      'cuda_runtime',
      call!.api,
      launch.pid,
      launch.tid,
      call!.startNs,
      call!.durationNs,
      {
        correlation,
      },
    )
    yield flow('s', correlation, launch.pid, launch.tid, call!.startNs)
  }
  for (const kernel of kernels) {
    const correlation = numbers.get(kernel) ?? kernel.correlation
    yield slice(
      CATEGORIES[kernel.kind],
      kernel.name,
      kernel.device,
      kernel.stream,
      kernel.startNs,
      kernel.durationNs,
      activityMembers(kernel, correlation),
    )
    if (numbers.has(kernel)) {
      yield { ...flow('f', correlation!, kernel.device, kernel.stream, kernel.startNs), bp: 'e' }
    }
  }
}

const CATEGORIES = {
  kernel: 'kernel',
  collective: 'kernel',
  memcpy: 'gpu_memcpy',
  memset: 'gpu_memset',
} as const

function flow(
  ph: string,
  id: number,
  pid: number | string,
  tid: number | string,
  startNs: number,
): ChromeEvent {
  return { ph, id, pid, tid, ts: microseconds(startNs), cat: 'ac2g', name: 'ac2g' }
}

function activityMembers(
  kernel: KernelEvent,
  correlation: number | undefined,
): Record<string, unknown> {
  const { collective } = kernel
  return {
    device: kernel.device,
    stream: kernel.stream,
    correlation,
    'graph node id': kernel.graphNodeId,
    'registers per thread': kernel.registersPerThread,
    'shared memory': kernel.sharedMemoryBytes,
    grid: kernel.grid,
    block: kernel.block,
    bytes: kernel.bytes,
    ...(collective === undefined
      ? {}
      : {
          'Collective name': COLLECTIVE_NAMES[collective.kind] ?? collective.kind,
          'In msg nelems': collective.inElements,
          'Out msg nelems': collective.outElements,
          'Group size': collective.groupSize,
          dtype:
            collective.dtype === undefined
              ? undefined
              : KINETO_TYPES[collective.dtype].replace('c10::', ''),
          'Process Group Name': collective.groupName,
          'Process Group Ranks':
            collective.ranks === undefined ? undefined : JSON.stringify(collective.ranks),
          Seq: collective.sequence,
        }),
  }
}

/** c10d's names. */
const COLLECTIVE_NAMES: Partial<Record<string, string>> = {
  all_reduce: 'allreduce',
  all_gather: '_allgather_base',
  reduce_scatter: '_reduce_scatter_base',
  all_to_all: 'all_to_all',
}
