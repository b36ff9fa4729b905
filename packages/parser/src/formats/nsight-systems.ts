// Nsight Systems, as `nsys export --type sqlite` writes it: kernels, copies and fills with their launches,
// CUDA graphs by node or as a whole, synchronisation, NVTX ranges as annotations, operators or modules.
// Not read: CPU samples, OS calls, counters, cuBLAS and cuDNN calls.
//
// Specification: "SQLite Schema Reference" in the Nsight Systems user guide. Tables are there only if
// something was recorded for them, and columns differ between versions.
import type { TraceDevice } from '@flowsim/trace-schema'
import { EventWriter } from '../collect/event-writer.js'
import type { Header } from '../collect/header.js'
import { writeMarker } from '../collect/markers.js'
import { Role } from '../collect/roles.js'
import { type Cell, type Database, databaseOf, type Row, SQLITE_MAGIC } from '../sqlite/database.js'
import type { TraceFormat } from './format.js'

const KERNELS = 'CUPTI_ACTIVITY_KIND_KERNEL'
const COPIES = 'CUPTI_ACTIVITY_KIND_MEMCPY'
const FILLS = 'CUPTI_ACTIVITY_KIND_MEMSET'
const GRAPHS = 'CUPTI_ACTIVITY_KIND_GRAPH_TRACE'
const CALLS = 'CUPTI_ACTIVITY_KIND_RUNTIME'
const SYNCHRONIZATIONS = 'CUPTI_ACTIVITY_KIND_SYNCHRONIZATION'
const CUDA_EVENTS = 'CUPTI_ACTIVITY_KIND_CUDA_EVENT'

/** NVTX event types: ranges of push and pop, and of start and end. */
const RANGES = '59, 60'
const COPY_KINDS = [
  '',
  'HtoD',
  'DtoH',
  'HtoA',
  'AtoH',
  'AtoA',
  'AtoD',
  'DtoA',
  'DtoD',
  'HtoH',
  'PtoP',
  'HtoD',
  'DtoH',
  'DtoD',
]
const MEMORY_KINDS = ['Pageable', 'Pinned', 'Device', 'Array', 'Managed', 'Device', 'Managed']
/** CUPTI's word for "none". */
const NONE = 0xffffffff
/** Correlations count from 1 in each process. */
const CORRELATIONS = 2 ** 32

export const nsightSystems: TraceFormat = {
  name: 'nsight-systems',
  title: 'an Nsight Systems export',
  recordKernels: 'profile with nsys profile --trace cuda',

  async recognises(file, repairs) {
    if (!file.head.has(SQLITE_MAGIC)) return false
    const { tables } = await databaseOf(file, repairs)
    return tables.has('StringIds') && (tables.has('TARGET_INFO_SYSTEM_ENV') || tables.has(CALLS))
  },

  async read(file, options, repairs) {
    const database = await databaseOf(file, repairs)
    const writer = new EventWriter(repairs)
    const reader = new Reader(database, writer)
    writer.store.header = headerOf(database)
    reader.activities()
    reader.calls()
    reader.ranges()
    reader.window()
    if (options.synchronizations) reader.synchronizations()
    return writer.finish(startOf(database))
  },
}

class Reader {
  readonly #processes = new Map<bigint, number>()
  readonly #gpus = new Map<string, number>()

  constructor(
    private readonly database: Database,
    private readonly writer: EventWriter,
  ) {
    for (const { pid, cudaId, gpuId } of database.select(
      'TARGET_INFO_CUDA_DEVICE',
      ['pid', 'cudaId', 'gpuId'],
      '',
    )) {
      if (gpuId !== null) this.#gpus.set(`${pid} ${cudaId}`, Number(gpuId))
    }
  }

  activities(): void {
    const where = [
      'start',
      'end',
      'deviceId',
      'streamId',
      'correlationId',
      'globalPid',
      'graphNodeId',
    ]
    const names = new Map<number, string>()
    const nameOf = (id: Cell) => {
      if (names.size === 0)
        for (const [key, text] of this.#strings(KERNELS, 'demangledName')) names.set(key, text)
      return names.get(Number(id)) ?? ''
    }
    const geometry = [
      'gridX',
      'gridY',
      'gridZ',
      'blockX',
      'blockY',
      'blockZ',
      'registersPerThread',
      'staticSharedMemory',
      'dynamicSharedMemory',
      'demangledName',
    ]
    for (const row of this.#rows(KERNELS, [...where, ...geometry])) {
      this.writer.activity({
        ...this.#where(row),
        name: nameOf(row.demangledName!),
        grid: [Number(row.gridX), Number(row.gridY), Number(row.gridZ)],
        block: [Number(row.blockX), Number(row.blockY), Number(row.blockZ)],
        registers: Number(row.registersPerThread ?? -1),
        sharedMemoryBytes:
          Number(row.staticSharedMemory ?? 0) + Number(row.dynamicSharedMemory ?? 0),
      })
    }
    for (const row of this.#rows(COPIES, [...where, 'bytes', 'copyKind', 'srcKind', 'dstKind'])) {
      const [from, to] = [row.srcKind, row.dstKind].map(
        (kind) => MEMORY_KINDS[Number(kind ?? -1)] ?? 'Unknown',
      )
      this.writer.activity({
        ...this.#where(row),
        role: Role.Memcpy,
        name: `Memcpy ${COPY_KINDS[Number(row.copyKind)] ?? ''} (${from} -> ${to})`,
        bytes: Number(row.bytes ?? -1),
      })
    }
    for (const row of this.#rows(FILLS, [...where, 'bytes', 'memKind'])) {
      this.writer.activity({
        ...this.#where(row),
        role: Role.Memset,
        name: `Memset (${MEMORY_KINDS[Number(row.memKind ?? -1)] ?? 'Unknown'})`,
        bytes: Number(row.bytes ?? -1),
      })
    }
    for (const row of this.#rows(GRAPHS, [...where, 'graphId'])) {
      this.writer.activity({ ...this.#where(row), name: `CUDA graph ${row.graphId}` })
    }
  }

  calls(): void {
    const names = this.#strings(CALLS, 'nameId')
    for (const row of this.#rows(CALLS, ['start', 'end', 'globalTid', 'correlationId', 'nameId'])) {
      const { pid, tid } = threadOf(row.globalTid!)
      this.writer.call({
        ...timesOf(row),
        // cudaLaunchKernel_v7000: the version of CUDA that brought it.
        name: (names.get(Number(row.nameId)) ?? '').replace(/_v\d{4,5}$/, ''),
        pid,
        tid,
        correlation: this.#correlation(row.correlationId!, processOf(row.globalTid!)),
      })
    }
  }

  ranges(): void {
    const names = this.#strings('NVTX_EVENTS', 'textId')
    const columns = ['start', 'end', 'globalTid', 'text', 'textId', 'eventType']
    if (!this.database.columns('NVTX_EVENTS').has('eventType')) return
    for (const row of this.#rows('NVTX_EVENTS', columns, `WHERE eventType IN (${RANGES})`)) {
      const name = row.text === null ? (names.get(Number(row.textId)) ?? '') : String(row.text)
      if (row.globalTid === null) this.writer.skip()
      else writeMarker(this.writer, { ...timesOf(row), name, ...threadOf(row.globalTid!) })
    }
  }

  window(): void {
    for (const { duration } of this.#rows('ANALYSIS_DETAILS', ['duration'], '')) {
      if (duration !== null) this.writer.span({ name: '', startNs: 0, endNs: Number(duration) })
    }
  }

  synchronizations(): void {
    const { synchronizations } = this.writer.store
    const recorded = new Map<string, Row>()
    for (const row of this.#rows(
      CUDA_EVENTS,
      ['streamId', 'correlationId', 'globalPid', 'eventSyncId'],
      '',
    )) {
      recorded.set(`${row.globalPid} ${row.eventSyncId}`, row)
    }
    const columns = ['streamId', 'correlationId', 'globalPid', 'eventSyncId']
    for (const row of this.#rows(SYNCHRONIZATIONS, columns, '')) {
      const correlation = this.#correlation(row.correlationId!, row.globalPid!)
      if (correlation < 0) continue
      const event =
        row.eventSyncId === NONE ? undefined : recorded.get(`${row.globalPid} ${row.eventSyncId}`)
      synchronizations.set(correlation, {
        stream: Number(row.streamId ?? -1),
        waitsForStream: Number(event?.streamId ?? -1),
        waitsForCorrelation:
          event === undefined ? -1 : this.#correlation(event.correlationId!, event.globalPid!),
      })
    }
  }

  #rows(table: string, columns: readonly string[], rest = 'ORDER BY start'): Iterable<Row> {
    return this.database.select(table, columns, rest)
  }

  /** The texts that a column's numbers stand for. */
  #strings(table: string, column: string): Map<number, string> {
    if (!this.database.columns(table).has(column)) return new Map()
    const rows = this.database.rows(
      `SELECT id, value FROM StringIds WHERE id IN (SELECT DISTINCT "${column}" FROM "${table}")`,
    )
    return new Map([...rows].map(({ id, value }) => [Number(id), String(value)]))
  }

  #where(row: Row) {
    const process = row.globalPid ?? 0
    const device = Number(row.deviceId ?? -1)
    return {
      ...timesOf(row),
      device: this.#gpus.get(`${threadOf(process).pid} ${device}`) ?? device,
      stream: Number(row.streamId ?? -1),
      correlation: this.#correlation(row.correlationId!, process),
      ...(row.graphNodeId === null ? {} : { graphNode: Number(row.graphNodeId) }),
    }
  }

  #correlation(id: Cell, process: Cell): number {
    if (id === null || Number(id) <= 0) return -1
    const key = wide(process) >> 24n
    let place = this.#processes.get(key)
    if (place === undefined) {
      place = this.#processes.size
      this.#processes.set(key, place)
    }
    return place * CORRELATIONS + Number(id)
  }
}

/** Start and end; an end that is missing leaves the event without a duration. */
function timesOf({ start, end }: Row): { startNs: number; endNs: number } {
  return {
    startNs: start === null ? Number.NaN : Number(start),
    endNs: end === null ? Number.NaN : Number(end),
  }
}

/** Process and thread of a serialised id: 24 bits each, below machine and hypervisor. */
function threadOf(globalId: Cell): { pid: number; tid: number } {
  const id = wide(globalId)
  return { pid: Number((id >> 24n) & 0xffffffn), tid: Number(id & 0xffffffn) }
}

/** Serialised ids have 64 bits. */
function wide(id: Cell): bigint {
  return typeof id === 'bigint' || typeof id === 'number' ? BigInt(id) : 0n
}

function processOf(globalTid: Cell): Cell {
  return (wide(globalTid) >> 24n) << 24n
}

function startOf(database: Database): bigint {
  const [session] = database.select('TARGET_INFO_SESSION_START_TIME', ['utcEpochNs'])
  const start = session?.utcEpochNs
  return typeof start === 'bigint' || typeof start === 'number' ? BigInt(start) : 0n
}

function headerOf(database: Database): Header {
  const producer: Record<string, string> = {}
  if (database.tables.has('META_DATA_EXPORT')) {
    for (const { name, value } of database.rows(
      "SELECT name, value FROM META_DATA_EXPORT WHERE name IN ('EXPORT_PRODUCT_NAME', 'EXPORT_PRODUCT_VERSION', 'EXPORT_SCHEMA_VERSION')",
    )) {
      producer[String(name)] = String(value)
    }
  }
  const columns = [
    'id',
    'name',
    'totalMemory',
    'smCount',
    'computeMajor',
    'computeMinor',
    'threadsPerWarp',
  ]
  const gpus = [...database.select('TARGET_INFO_GPU', columns)]
  return {
    producer,
    devices: gpus.map(
      (gpu): TraceDevice => ({
        id: Number(gpu.id),
        name: String(gpu.name ?? ''),
        ...(gpu.smCount === null ? {} : { computeUnits: Number(gpu.smCount) }),
        ...(gpu.totalMemory === null ? {} : { memoryBytes: Number(gpu.totalMemory) }),
        ...(gpu.computeMajor === null
          ? {}
          : { computeCapability: `${gpu.computeMajor}.${gpu.computeMinor}` }),
        ...(gpu.threadsPerWarp === null ? {} : { warpSize: Number(gpu.threadsPerWarp) }),
      }),
    ),
    rank: null,
    worldSize: null,
    processGroups: [],
  }
}
