// rocpd, the database of rocprofv3 (`--output-format rocpd`, its default since ROCm 7): kernels, copies, HIP
// calls and roctx ranges, by the views that the file brings along. Not read: counters, samples, allocations.
//
// Schema: ROCm/rocprofiler-sdk, source/share/rocprofiler-sdk-rocpd/*.sql. The number of a call is the
// `stack_id` of its event, which what it launched shares; grids count work items.
import type { TraceDevice } from '@flowsim/trace-schema'
import { EventWriter, type Ns } from '../collect/event-writer.js'
import { writeMarker } from '../collect/markers.js'
import { Role } from '../collect/roles.js'
import { type Cell, type Database, databaseOf, type Row, SQLITE_MAGIC } from '../sqlite/database.js'
import type { TraceFormat } from './format.js'

export const rocpd: TraceFormat = {
  name: 'rocpd',
  title: 'a rocpd database of rocprofv3',
  recordKernels: 'profile with rocprofv3 --kernel-trace',

  async recognises(file, repairs) {
    if (!file.head.has(SQLITE_MAGIC)) return false
    const { tables } = await databaseOf(file, repairs)
    return tables.has('kernels') && tables.has('regions') && tables.has('rocpd_kernel_dispatch')
  },

  async read(file, _, repairs) {
    const database = await databaseOf(file, repairs)
    const writer = new EventWriter(repairs)
    const agents = [
      ...database.select('rocpd_info_agent', [
        'type',
        'type_index',
        'name',
        'product_name',
        'extdata',
      ]),
    ]
    writer.store.header = { ...writer.store.header, devices: agents.flatMap(deviceOf) }
    writeKernels(database, writer)
    writeCopies(database, writer)
    writeRegions(database, writer)
    return writer.finish()
  },
}

const WHERE = ['start', 'end', 'guid', 'pid', 'tid', 'stream_id', 'queue_id', 'stack_id']

function writeKernels(database: Database, writer: EventWriter): void {
  const columns = [
    ...WHERE,
    'name',
    'agent_type_index',
    'grid_x',
    'grid_y',
    'grid_z',
    'workgroup_x',
    'workgroup_y',
    'workgroup_z',
    'lds_size',
  ]
  for (const row of database.select('kernels', columns, 'ORDER BY start')) {
    const block = [row.workgroup_x, row.workgroup_y, row.workgroup_z].map(Number)
    writer.activity({
      ...whereOf(row),
      name: String(row.name ?? ''),
      device: Number(row.agent_type_index ?? -1),
      block,
      grid: [row.grid_x, row.grid_y, row.grid_z].map((size, i) =>
        Math.ceil(Number(size) / block[i]!),
      ),
      sharedMemoryBytes: Number(row.lds_size ?? -1),
    })
  }
}

function writeCopies(database: Database, writer: EventWriter): void {
  const columns = [
    ...WHERE,
    'name',
    'size',
    'src_agent_type',
    'dst_agent_type',
    'src_agent_type_index',
    'dst_agent_type_index',
  ]
  for (const row of database.select('memory_copies', columns, 'ORDER BY start')) {
    const [from, to] = [row.src_agent_type, row.dst_agent_type].map((type) =>
      type === 'GPU' ? 'Device' : 'Host',
    )
    const device = to === 'Device' ? row.dst_agent_type_index : row.src_agent_type_index
    writer.activity({
      ...whereOf(row),
      role: Role.Memcpy,
      name: `Memcpy ${from![0]}to${to![0]} (${from} -> ${to})`,
      device: Number(device ?? -1),
      bytes: Number(row.size ?? -1),
    })
  }
}

function writeRegions(database: Database, writer: EventWriter): void {
  const columns = [...WHERE, 'name', 'category', 'extdata']
  for (const row of database.select('regions', columns, 'ORDER BY start')) {
    const category = String(row.category ?? '')
    const { startNs, endNs, correlation } = whereOf(row)
    const event = { startNs, endNs, pid: Number(row.pid ?? 0), tid: Number(row.tid ?? 0) }
    if (/^HIP/.test(category)) writer.call({ ...event, name: String(row.name), correlation })
    else if (/MARKER/.test(category)) writeMarker(writer, { ...event, name: messageOf(row) })
    else writer.skip()
  }
}

function whereOf(row: Row) {
  return {
    startNs: nsOf(row.start!),
    endNs: nsOf(row.end!),
    stream: Number(row.stream_id ?? row.queue_id ?? -1),
    correlation: row.stack_id === null ? undefined : Number(row.stack_id),
  }
}

/** What the program wrote into a range; its name is that of the call. */
function messageOf(row: Row): string {
  try {
    const { message } = JSON.parse(String(row.extdata)) as { message?: unknown }
    if (typeof message === 'string' && message !== '') return message
  } catch {
    // Without further data the name has to do.
  }
  return String(row.name ?? '')
}

function deviceOf(agent: Row): TraceDevice[] {
  if (agent.type !== 'GPU') return []
  let more: { cu_count?: number; wave_front_size?: number; gfx_target_version?: number } = {}
  try {
    more = JSON.parse(String(agent.extdata)) as typeof more
  } catch {
    // Not every version writes it.
  }
  const version = more.gfx_target_version ?? 0
  return [
    {
      id: Number(agent.type_index),
      name: String(agent.product_name ?? agent.name ?? ''),
      ...(more.cu_count === undefined ? {} : { computeUnits: more.cu_count }),
      ...(version === 0
        ? {}
        : {
            computeCapability: `${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}`,
          }),
      ...(more.wave_front_size === undefined ? {} : { warpSize: more.wave_front_size }),
    },
  ]
}

function nsOf(cell: Cell): Ns {
  return typeof cell === 'number' || typeof cell === 'bigint' ? cell : Number.NaN
}
