// rocmProfileData (`runTracer.sh`, rpd): kernels, copies and fills with the HIP calls that launched them, and
// the ranges of roctx and of rpd's own Python markers. Not read: monitors, HSA calls.
//
// Schema: ROCm/rocmProfileData, rpd_tracer/README and rocpd_python's schema. A grid is in blocks, but for
// hipExtModuleLaunchKernel, whose arguments are work items.
import { EventWriter, type Ns } from '../collect/event-writer.js'
import { writeMarker } from '../collect/markers.js'
import { Role } from '../collect/roles.js'
import { type Cell, type Database, databaseOf, type Row, SQLITE_MAGIC } from '../sqlite/database.js'
import type { TraceFormat } from './format.js'

const COPIES: Readonly<Record<string, string>> = {
  CopyHostToDevice: 'Memcpy HtoD (Host -> Device)',
  CopyDeviceToHost: 'Memcpy DtoH (Device -> Host)',
  CopyDeviceToDevice: 'Memcpy DtoD (Device -> Device)',
}
/** Calls of the runtime; what is neither these nor the tracer's own is a range. */
const RUNTIME = /^(?:hip|hsa)[A-Z_]/
const TRACER = /^\w+Table::|^hcc_activity_callback$/
const IN_WORK_ITEMS = /^hip(?:Ext|Hcc)ModuleLaunchKernel/

export const rpd: TraceFormat = {
  name: 'rpd',
  title: 'a rocmProfileData file',
  recordKernels: 'profile the program that uses the GPU, with runTracer.sh',

  async recognises(file, repairs) {
    if (!file.head.has(SQLITE_MAGIC)) return false
    const { tables } = await databaseOf(file, repairs)
    return tables.has('rocpd_op') && tables.has('rocpd_api')
  },

  async read(file, _, repairs) {
    const database = await databaseOf(file, repairs)
    const writer = new EventWriter(repairs)
    writeActivities(database, writer)
    writeCalls(database, writer)
    return writer.finish()
  },
}

function writeActivities(database: Database, writer: EventWriter): void {
  const rows = database.rows(`
    SELECT op.gpuId, op.queueId, op.start, op.end, d.string AS description, t.string AS type,
      link.api_id AS api, n.string AS launch, k.stream AS kernelStream, c.stream AS copyStream, c.size AS size,
      k.gridX, k.gridY, k.gridZ, k.workgroupX, k.workgroupY, k.workgroupZ, k.groupSegmentSize
    FROM rocpd_op op
    LEFT JOIN rocpd_string d ON d.id = op.description_id
    LEFT JOIN rocpd_string t ON t.id = op.opType_id
    LEFT JOIN rocpd_api_ops link ON link.op_id = op.id
    LEFT JOIN rocpd_api a ON a.id = link.api_id
    LEFT JOIN rocpd_string n ON n.id = a.apiName_id
    LEFT JOIN rocpd_kernelapi k ON k.api_ptr_id = link.api_id
    LEFT JOIN rocpd_copyapi c ON c.api_ptr_id = link.api_id
    ORDER BY op.start`)
  for (const row of rows) {
    const type = String(row.type ?? '')
    const copy = COPIES[type]
    const isFill = type === 'FillBuffer'
    const stream = row.kernelStream ?? row.copyStream
    writer.activity({
      name: copy ?? (String(row.description ?? '') || type),
      role: copy !== undefined ? Role.Memcpy : isFill ? Role.Memset : Role.Kernel,
      startNs: nsOf(row.start!),
      endNs: nsOf(row.end!),
      device: Number(row.gpuId),
      // Streams are the addresses of their objects.
      stream: typeof stream === 'string' && stream !== '' ? Number(stream) : Number(row.queueId),
      correlation: row.api === null ? undefined : Number(row.api),
      bytes: row.size === null ? undefined : Number(row.size),
      ...(copy === undefined && !isFill && row.gridX !== null ? geometryOf(row) : {}),
    })
  }
}

function geometryOf(row: Row) {
  const block = [row.workgroupX, row.workgroupY, row.workgroupZ].map(Number)
  const grid = [row.gridX, row.gridY, row.gridZ].map(Number)
  return {
    block,
    grid: IN_WORK_ITEMS.test(String(row.launch))
      ? grid.map((size, i) => Math.ceil(size / block[i]!))
      : grid,
    sharedMemoryBytes: Number(row.groupSegmentSize),
  }
}

function writeCalls(database: Database, writer: EventWriter): void {
  const rows = database.rows(`
    SELECT a.id, a.pid, a.tid, a.start, a.end, n.string AS name, s.string AS args
    FROM rocpd_api a
    LEFT JOIN rocpd_string n ON n.id = a.apiName_id
    LEFT JOIN rocpd_string s ON s.id = a.args_id
    ORDER BY a.start`)
  for (const row of rows) {
    const name = String(row.name ?? '')
    if (TRACER.test(name)) {
      writer.skip()
      continue
    }
    const event = {
      startNs: nsOf(row.start!),
      endNs: nsOf(row.end!),
      pid: Number(row.pid),
      tid: Number(row.tid),
    }
    if (RUNTIME.test(name)) writer.call({ ...event, name, correlation: Number(row.id) })
    else
      writeMarker(writer, { ...event, name: name === 'UserMarker' ? String(row.args ?? '') : name })
  }
}

function nsOf(cell: Cell): Ns {
  return typeof cell === 'number' || typeof cell === 'bigint' ? cell : Number.NaN
}
