// rocprofv3 `--output-format json`: kernel dispatches, copies, HIP calls, roctx ranges. Not read: HSA and
// RCCL calls, memory allocations, counters, samples.
//
// Schema: ROCm/rocprofiler-sdk, source/lib/output/generateJSON.cpp; records as in
// source/include/rocprofiler-sdk/buffer_tracing.h. Grids count work items, as HSA does.
import type { TraceDevice } from '@flowsim/trace-schema'
import { EventWriter, type Ns } from '../collect/event-writer.js'
import { writeMarker } from '../collect/markers.js'
import { Role } from '../collect/roles.js'
import { JsonItems, type Want } from '../scan/json-items.js'
import type { TraceFormat } from './format.js'

interface Handle {
  handle: number
}

interface Agent {
  id: Handle
  /** 1 for CPUs, 2 for GPUs. */
  type: number
  name: string
  product_name?: string
  cu_count?: number
  wave_front_size?: number
  /** 90402 is gfx942. */
  gfx_target_version?: number
  logical_node_type_id?: number
  mem_banks?: { heap_type: number; size_in_bytes: number }[]
}

interface Dim {
  x: number
  y: number
  z: number
}

interface RecordBase {
  kind: number
  operation: number
  thread_id: number
  correlation_id: { internal: number }
  start_timestamp: number | string
  end_timestamp: number | string
  stream_id?: Handle
}

interface Dispatch extends RecordBase {
  dispatch_info: {
    agent_id: Handle
    queue_id: Handle
    kernel_id: number
    group_segment_size: number
    workgroup_size: Dim
    grid_size: Dim
  }
}

interface Copy extends RecordBase {
  dst_agent_id: Handle
  src_agent_id: Handle
  bytes: number
}

const TOOL = 'rocprofiler-sdk-tool'
const GPU = 2
/** Correlations count from 1 in each process. */
const CORRELATIONS = 2 ** 32
/** What is taken whole, and what item by item. */
const WHOLE = new Set(['agents', 'strings', 'metadata', 'kernel_symbols'])
const RECORDS = new Set(['kernel_dispatch', 'memory_copy', 'hip_api', 'marker_api'])

export const rocprofv3: TraceFormat = {
  name: 'rocprofv3',
  title: 'a rocprofv3 JSON file',
  recordKernels: 'profile with rocprofv3 --kernel-trace',
  recognises: ({ head }) => head.mentions(`"${TOOL}"`),

  async read(file, { salvage }, repairs) {
    const writer = new EventWriter(repairs)
    let current = new Process(writer, 0)
    let places = 0
    const items = new JsonItems(
      file.source,
      wantAt,
      ([, , part, kind], value) => {
        // A file holds one such object for each process; it begins with the metadata.
        if (part === 'metadata') current = new Process(writer, places++)
        try {
          if (part === 'buffer_records') current.record(kind!, value as RecordBase)
          else current.describe(part!, value)
        } catch (error) {
          // A record without a part that it must have.
          if (!(error instanceof TypeError)) throw error
          repairs.add('malformed_event', 0)
        }
      },
      repairs,
    )
    for await (const chunk of file.open(repairs)) items.push(chunk)
    items.end(salvage)
    return writer.finish()
  },
}

function wantAt([top, , part, kind, item]: readonly string[]): Want {
  if (top === undefined) return 'enter'
  if (top !== TOOL) return 'skip'
  if (part === undefined) return 'enter'
  if (part === 'kernel_symbols') return kind === undefined ? 'enter' : 'take'
  if (WHOLE.has(part)) return 'take'
  if (part !== 'buffer_records') return 'skip'
  if (kind === undefined) return 'enter'
  if (!RECORDS.has(kind)) return 'skip'
  return item === undefined ? 'enter' : 'take'
}

/** The records of one process, and what explains them. */
class Process {
  #pid = 0
  readonly #devices = new Map<number, number>()
  readonly #kernels = new Map<number, string>()
  readonly #markers = new Map<number, string>()
  #operations: { kind: string; operations: string[] }[] = []

  constructor(
    private readonly writer: EventWriter,
    private readonly place: number,
  ) {}

  describe(part: string, value: unknown): void {
    const { store } = this.writer
    switch (part) {
      case 'metadata': {
        const { pid, node } = value as { pid?: number; node?: { hostname?: string } }
        this.#pid = pid ?? 0
        if (node?.hostname !== undefined) {
          store.header = { ...store.header, producer: { hostname: node.hostname } }
        }
        break
      }
      case 'agents': {
        const gpus = (value as Agent[]).filter(({ type }) => type === GPU)
        gpus.forEach((agent, i) => {
          this.#devices.set(agent.id.handle, agent.logical_node_type_id ?? i)
        })
        store.header = { ...store.header, devices: gpus.map(deviceOf) }
        break
      }
      case 'kernel_symbols': {
        const symbol = value as {
          kernel_id: number
          formatted_kernel_name?: string
          demangled_kernel_name?: string
          kernel_name: string
        }
        const { formatted_kernel_name, demangled_kernel_name, kernel_name } = symbol
        this.#kernels.set(
          symbol.kernel_id,
          formatted_kernel_name || demangled_kernel_name || kernel_name,
        )
        break
      }
      case 'strings': {
        const { buffer_records, marker_api } = value as {
          buffer_records?: { kind: string; operations: string[] }[]
          marker_api?: { key: number; value: string }[]
        }
        this.#operations = buffer_records ?? []
        for (const { key, value: text } of marker_api ?? []) this.#markers.set(key, text)
      }
    }
  }

  record(kind: string, record: RecordBase): void {
    switch (kind) {
      case 'kernel_dispatch':
        this.#dispatch(record as Dispatch)
        break
      case 'memory_copy':
        this.#copy(record as Copy)
        break
      case 'hip_api':
        this.writer.call({
          ...this.#onThread(record),
          name: this.#operation(record),
          correlation: this.#correlation(record),
        })
        break
      default: {
        const name = this.#markers.get(record.correlation_id.internal) ?? this.#operation(record)
        writeMarker(this.writer, { ...this.#onThread(record), name })
      }
    }
  }

  #dispatch(record: Dispatch): void {
    const { agent_id, queue_id, kernel_id, workgroup_size, grid_size, group_segment_size } =
      record.dispatch_info
    const block = [workgroup_size.x, workgroup_size.y, workgroup_size.z]
    this.writer.activity({
      name: this.#kernels.get(kernel_id) ?? `kernel ${kernel_id}`,
      ...timesOf(record),
      device: this.#devices.get(agent_id.handle) ?? agent_id.handle,
      stream: record.stream_id?.handle ?? queue_id.handle,
      correlation: this.#correlation(record),
      block,
      grid: [grid_size.x, grid_size.y, grid_size.z].map((size, i) => Math.ceil(size / block[i]!)),
      sharedMemoryBytes: group_segment_size,
    })
  }

  #copy(record: Copy): void {
    const from = this.#devices.get(record.src_agent_id.handle)
    const to = this.#devices.get(record.dst_agent_id.handle)
    const place = (device: number | undefined) => (device === undefined ? 'Host' : 'Device')
    this.writer.activity({
      role: Role.Memcpy,
      name: `Memcpy ${place(from)[0]}to${place(to)[0]} (${place(from)} -> ${place(to)})`,
      ...timesOf(record),
      device: to ?? from ?? -1,
      stream: record.stream_id?.handle ?? -1,
      correlation: this.#correlation(record),
      bytes: record.bytes,
    })
  }

  #onThread(record: RecordBase) {
    return { ...timesOf(record), pid: this.#pid, tid: record.thread_id }
  }

  #operation({ kind, operation }: RecordBase): string {
    return this.#operations[kind]?.operations[operation] ?? `operation ${kind}.${operation}`
  }

  #correlation({ correlation_id }: RecordBase): number {
    const { internal } = correlation_id
    return internal > 0 ? this.place * CORRELATIONS + internal : -1
  }
}

function timesOf({ start_timestamp, end_timestamp }: RecordBase): { startNs: Ns; endNs: Ns } {
  return { startNs: nsOf(start_timestamp), endNs: nsOf(end_timestamp) }
}

/** Times beyond 2^53 come as texts. */
function nsOf(value: unknown): Ns {
  if (typeof value === 'string' && /^\d+$/.test(value)) return BigInt(value)
  return typeof value === 'number' ? value : Number.NaN
}

function deviceOf(agent: Agent, i: number): TraceDevice {
  const { name, product_name, cu_count, wave_front_size, gfx_target_version, mem_banks } = agent
  const version = gfx_target_version ?? 0
  const memory = mem_banks?.find(({ size_in_bytes }) => size_in_bytes > 0)?.size_in_bytes
  return {
    id: agent.logical_node_type_id ?? i,
    name: product_name || name,
    ...(cu_count === undefined ? {} : { computeUnits: cu_count }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(version === 0
      ? {}
      : {
          computeCapability: `${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}`,
        }),
    ...(wave_front_size === undefined ? {} : { warpSize: wave_front_size }),
  }
}
