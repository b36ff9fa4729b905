// From columns to a KernelTrace: kernels in order of start, each linked to its launch by correlation
// and through it, by containment on the launching thread, to operator, frames and annotations.
import type {
  AnnotationSpan,
  HostCall,
  KernelEvent,
  KernelOperator,
  KernelTrace,
} from '@flowsim/trace-schema'
import type { Collector } from '../collect/collector.js'
import { Role } from '../producers/index.js'
import type { Repairs } from '../repairs.js'
import { assignLabels } from './assign-labels.js'
import { isCollectiveKernel, readCollective } from './collectives.js'
import { GraphOperators } from './graph-operators.js'
import { readHeader } from './header.js'
import { type LaunchContext, launchContexts, type StackMode } from './launch-contexts.js'
import { parseLenientJson, unescapeJson } from './lenient-json.js'
import { hasShapes, Operators } from './operators.js'
import { type RowsByThread, rowsByThread } from './sweep.js'

/** What a trace is built with. */
export interface BuildOptions {
  source: string
  stacks: StackMode
  hostCalls: boolean
  eventCount: number
}

export function buildTrace(
  collector: Collector,
  repairs: Repairs,
  options: BuildOptions,
): KernelTrace {
  const header = readHeader(collector.headers)
  const origin = earliestStart(collector)
  const operators = new Operators(collector.operators, collector.names, collector.texts, repairs)
  const launches = launchRows(collector)
  const contexts = launchContexts(
    collector,
    operators,
    launchesByThread(collector, launches),
    options.stacks,
    origin,
  )
  const kernels = buildKernels(collector, operators, launches, contexts, origin)
  const baseMicros = Number.isNaN(collector.baseMicros) ? 0 : collector.baseMicros
  return {
    schema: 'flowsim.kernel-trace/1',
    source: options.source,
    format: 'kineto',
    producer: header.producer,
    devices: header.devices,
    rank: header.rank,
    worldSize: header.worldSize,
    processGroups: header.processGroups,
    baseTimeNs: String(header.baseTimeNs + BigInt(baseMicros) * 1000n + BigInt(origin)),
    window: Number.isNaN(collector.spanStart)
      ? null
      : {
          startNs: collector.spanStart - origin,
          durationNs: collector.spanEnd - collector.spanStart,
        },
    eventCount: options.eventCount,
    repairs: repairs.list(),
    annotations: buildAnnotations(collector, origin),
    ...(options.hostCalls ? { hostCalls: buildHostCalls(collector, origin) } : {}),
    kernels,
  }
}

/** Start of the first kernel, call or annotation: the trace's time zero. */
function earliestStart(collector: Collector): number {
  let origin = Infinity
  for (const columns of [collector.device, collector.runtime, collector.annotations]) {
    const start = columns.start.data
    for (let row = 0; row < columns.length; row++) if (start[row]! < origin) origin = start[row]!
  }
  return Number.isFinite(origin) ? origin : 0
}

/** For each device activity the row of its launch, or -1. */
function launchRows(collector: Collector): Int32Array {
  const { device, runtime, names } = collector
  const byCorrelation = new Map<number, number>()
  for (let row = 0; row < runtime.length; row++) {
    const correlation = runtime.correlation.data[row]!
    if (correlation < 0) continue
    const other = byCorrelation.get(correlation)
    // A runtime call and the driver call within it can share a number: the one that launches counts.
    if (other === undefined || !isLaunch(names.text(runtime.name.data[other]!))) {
      byCorrelation.set(correlation, row)
    }
  }
  const rows = new Int32Array(device.length)
  for (let row = 0; row < device.length; row++) {
    rows[row] = byCorrelation.get(device.correlation.data[row]!) ?? -1
  }
  return rows
}

function isLaunch(api: string): boolean {
  return /Launch|Memcpy|Memset/i.test(api)
}

function launchesByThread(collector: Collector, launches: Int32Array): RowsByThread {
  const used = new Set(launches)
  return rowsByThread(collector.runtime, (row) => used.has(row))
}

function buildKernels(
  collector: Collector,
  operators: Operators,
  launches: Int32Array,
  contexts: Map<number, LaunchContext>,
  origin: number,
): KernelEvent[] {
  const { device } = collector
  const start = device.start.data
  const order = Int32Array.from({ length: device.length }, (_, row) => row)
  order.sort((a, b) => start[a]! - start[b]! || a - b)
  const byExternalId = operatorsByExternalId(collector, launches, contexts)
  const graphOperators = new GraphOperators(operators)
  const dims = new Dims(collector)
  const kernels: KernelEvent[] = []
  const rows: number[] = []
  for (const row of order) {
    const context = contexts.get(launches[row]!)
    const name = unescapeJson(collector.names.text(device.name.data[row]!))
    const kernel: KernelEvent = {
      kind: kindOf(device.role.data[row]!, name),
      name,
      device: device.device.data[row]!,
      stream: device.stream.data[row]!,
      startNs: start[row]! - origin,
      durationNs: device.duration.data[row]!,
      shapesFrom: 'none',
    }
    addLaunchParameters(kernel, collector, row, dims)
    if (context !== undefined) addContext(kernel, context)
    const fallback = byExternalId?.get(device.externalId.data[row]!)
    if (fallback !== undefined && context?.isGraph === true) {
      const captured = graphOperators.read(fallback)
      if (captured !== undefined) Object.assign(kernel, captured, { opInstance: fallback })
    } else if (kernel.op === undefined && fallback !== undefined) {
      setOperator(kernel, operators.operator([fallback]), fallback)
    }
    addCollective(kernel, collector, row)
    kernels.push(kernel)
    rows.push(row)
  }
  assignLabels({ collector, kernels, rows, launches, contexts, origin })
  return kernels
}

function kindOf(role: Role, name: string): KernelEvent['kind'] {
  if (role === Role.Memcpy) return 'memcpy'
  if (role === Role.Memset) return 'memset'
  return isCollectiveKernel(name) ? 'collective' : 'kernel'
}

function addLaunchParameters(
  kernel: KernelEvent,
  collector: Collector,
  row: number,
  dims: Dims,
): void {
  const { device } = collector
  const grid = dims.get(device.grid.data[row]!)
  const block = dims.get(device.block.data[row]!)
  if (grid !== undefined) kernel.grid = grid
  if (block !== undefined) kernel.block = block
  if (device.registers.data[row]! >= 0) kernel.registersPerThread = device.registers.data[row]!
  if (device.sharedMemory.data[row]! >= 0) kernel.sharedMemoryBytes = device.sharedMemory.data[row]!
  if (device.bytes.data[row]! >= 0) kernel.bytes = device.bytes.data[row]!
  if (device.correlation.data[row]! >= 0) kernel.correlation = device.correlation.data[row]!
  if (device.graphNode.data[row]! >= 0) kernel.graphNodeId = device.graphNode.data[row]!
}

function addContext(kernel: KernelEvent, context: LaunchContext): void {
  kernel.launch = context.launch
  setOperator(kernel, context.operator, context.operatorRow)
  if (context.callStack !== undefined) kernel.callStack = context.callStack
  if (context.modules !== undefined) kernel.modules = context.modules
  if (context.scopes !== undefined) kernel.scopes = context.scopes
}

function setOperator(kernel: KernelEvent, operator: KernelOperator | undefined, row: number): void {
  if (operator === undefined) return
  kernel.op = operator
  kernel.opInstance = row
  if (hasShapes(operator.args)) kernel.shapesFrom = 'profiler'
}

function addCollective(kernel: KernelEvent, collector: Collector, row: number): void {
  const recorded = collector.device.collective.data[row]!
  if (kernel.kind !== 'collective' && recorded < 0) return
  const members =
    recorded >= 0
      ? collector.collectives[recorded]!
      : new Map(Object.entries(kernel.op?.attributes ?? {}))
  kernel.collective = readCollective(members, kernel.name)
  if (kernel.kind === 'kernel') kernel.kind = 'collective'
}

/**
 * Operators by their `External id`, for kernels whose launch lies in no operator; undefined where
 * the trace is old and the id is that of the launch (its correlation), not of an operator.
 */
function operatorsByExternalId(
  collector: Collector,
  launches: Int32Array,
  contexts: Map<number, LaunchContext>,
): Map<number, number> | undefined {
  const { device, operators } = collector
  let agree = 0
  let disagree = 0
  for (let row = 0; row < device.length; row++) {
    const id = device.externalId.data[row]!
    const context = contexts.get(launches[row]!)
    if (id < 0 || context === undefined || context.operatorExternalId < 0) continue
    if (id === context.operatorExternalId) agree++
    else disagree++
  }
  if (disagree > agree || (agree === 0 && device.length > 0 && idsAreCorrelations(collector))) {
    return undefined
  }
  const rows = new Map<number, number>()
  for (let row = 0; row < operators.length; row++) {
    const id = operators.externalId.data[row]!
    if (id >= 0) rows.set(id, row)
  }
  return rows
}

function idsAreCorrelations({ device }: Collector): boolean {
  for (let row = 0; row < device.length; row++) {
    const id = device.externalId.data[row]!
    if (id >= 0 && id !== device.correlation.data[row]) return false
  }
  return true
}

/** Grid and block sizes from their interned texts. */
class Dims {
  readonly #known = new Map<number, [number, number, number] | undefined>()

  constructor(private readonly collector: Collector) {}

  get(id: number): [number, number, number] | undefined {
    if (id < 0) return undefined
    if (!this.#known.has(id)) this.#known.set(id, this.#read(id))
    return this.#known.get(id)
  }

  #read(id: number): [number, number, number] | undefined {
    const value = parseLenientJson(this.collector.texts.text(id))
    if (!Array.isArray(value) || value.length !== 3) return undefined
    return value.every(Number.isSafeInteger) ? (value as [number, number, number]) : undefined
  }
}

function buildAnnotations(collector: Collector, origin: number): AnnotationSpan[] {
  const { annotations, threads, names } = collector
  const spans = Array.from({ length: annotations.length }, (_, row): AnnotationSpan => {
    const thread = annotations.thread.data[row]!
    return {
      name: unescapeJson(names.text(annotations.name.data[row]!)),
      on: annotations.onDevice.data[row] === 1 ? 'device' : 'host',
      pid: threads.pid(thread),
      tid: threads.tid(thread),
      startNs: annotations.start.data[row]! - origin,
      durationNs: annotations.duration.data[row]!,
    }
  })
  return spans.sort((a, b) => a.startNs - b.startNs || b.durationNs - a.durationNs)
}

const NO_SYNCHRONIZATION = { stream: -1, waitsForStream: -1, waitsForCorrelation: -1 }

function buildHostCalls(collector: Collector, origin: number): HostCall[] {
  const { runtime, threads, names } = collector
  const calls = Array.from({ length: runtime.length }, (_, row): HostCall => {
    const thread = runtime.thread.data[row]!
    const correlation = runtime.correlation.data[row]!
    const { stream, waitsForStream, waitsForCorrelation } =
      collector.synchronizations.get(correlation) ?? NO_SYNCHRONIZATION
    return {
      api: names.text(runtime.name.data[row]!),
      pid: threads.pid(thread),
      tid: threads.tid(thread),
      startNs: runtime.start.data[row]! - origin,
      durationNs: runtime.duration.data[row]!,
      ...(correlation >= 0 ? { correlation } : {}),
      ...(stream >= 0 ? { stream } : {}),
      ...(waitsForStream >= 0 ? { waitsForStream } : {}),
      ...(waitsForCorrelation >= 0 ? { waitsForCorrelation } : {}),
    }
  })
  return calls.sort((a, b) => a.startNs - b.startNs || b.durationNs - a.durationNs)
}
