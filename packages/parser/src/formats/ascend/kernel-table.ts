// Ascend's tables of kernels: `kernel_details.csv` of torch_npu, which lies beside trace_view.json, and
// `op_summary_*.csv` of msprof. One row a kernel: times, stream, and with record_shapes the shapes, types and
// layouts of its tensors. Columns come and go with the settings of the profiler, so they are found by name.
// Not read: counters of the cores.
//
// Documented in the Ascend PyTorch Profiler guide ("kernel_details.csv") and CANN's msprof ("op_summary").
import type { Tensor } from '@flowsim/trace-schema'
import { parseDtype } from '@flowsim/trace-schema'
import type { Ns } from '../../collect/event-writer.js'
import { TraceParseError } from '../../errors.js'
import { missing } from '../../needed.js'
import { nanoseconds } from '../../scan/track-events.js'

/** A kernel of a table. */
export interface KernelRow {
  name: string
  startNs: Ns
  durationNs: number
  device: number
  /** -1 where the table has no streams. */
  stream: number
  isCommunication: boolean
  /** Inputs, then outputs, which are named `out`; none where shapes were not recorded. */
  tensors: Tensor[]
}

/** Both producers' names of a column. */
const COLUMNS = {
  name: ['Name', 'Op Name'],
  type: ['Type', 'OP Type'],
  start: ['Start Time(us)', 'Task Start Time(us)'],
  duration: ['Duration(us)', 'Task Duration(us)'],
  device: ['Device_id', 'Device ID'],
  stream: ['Stream ID'],
  core: ['Accelerator Core', 'Task Type'],
} as const

/** Whether a text begins as such a table does. */
export const isKernelTable = (head: string): boolean =>
  /^\uFEFF?[^\n]*\b(?:Start Time\(us\),Duration\(us\)|Task Start Time\(us\),Task Duration\(us\))/.test(
    head,
  )

/**
 * The rows of a table.
 * @throws TraceParseError `missing_library`, or `corrupt` for a text that is not such a table
 */
export async function readKernelTable(text: string, source: string): Promise<KernelRow[]> {
  const { parse } = await import('csv-parse/browser/esm/sync').catch(missing('csv-parse', source))
  let records: Record<string, string>[]
  try {
    records = parse(text, { columns: true, bom: true, trim: true, relax_column_count: true })
  } catch (cause) {
    throw new TraceParseError('corrupt', 'is not a table of comma-separated values', {
      source,
      cause,
    })
  }
  return records.map(rowOf)
}

/** End of a kernel; not a number where its duration is missing. */
export function endNsOf({ startNs, durationNs }: KernelRow): Ns {
  if (!Number.isSafeInteger(durationNs)) return Number.NaN
  return typeof startNs === 'bigint' ? startNs + BigInt(durationNs) : startNs + durationNs
}

function rowOf(record: Record<string, string>): KernelRow {
  const text = (column: keyof typeof COLUMNS) =>
    COLUMNS[column]
      .map((name) => record[name])
      .find((value) => value !== undefined)
      ?.trim() ?? ''
  const duration = Math.round(Number(text('duration') || Number.NaN) * 1000)
  const core = text('core')
  return {
    name: text('name'),
    startNs: nanoseconds(text('start')),
    durationNs: duration,
    device: numberOf(text('device')),
    stream: numberOf(text('stream')),
    isCommunication: /^(?:HCCL|COMMUNICATION)$/i.test(core) || /^hcom_/.test(text('name')),
    tensors: [
      ...tensorsOf(record, 'Input'),
      ...tensorsOf(record, 'Output').map(
        (tensor): Tensor => ({
          name: 'out',
          role: 'output',
          ...tensor,
        }),
      ),
    ],
  }
}

function numberOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : -1
}

/** `"8,16;16,32"`, `DT_BF16;DT_BF16`, `ND;FRACTAL_NZ`. */
function tensorsOf(record: Record<string, string>, side: 'Input' | 'Output'): Tensor[] {
  const list = (column: string) =>
    (record[`${side} ${column}`] ?? '').replace(/^"|"$/g, '').split(';')
  const shapes = list('Shapes')
  const types = list('Data Types')
  const formats = list('Formats')
  return shapes.flatMap((text, i) => {
    const sizes = text.replace(/[[\]\s]/g, '')
    // Scalars have an empty place among others; a column without any shape, N/A.
    if (!/^\d+(?:,\d+)*$/.test(sizes)) return []
    const type = (types[i] ?? '').replace(/^DT_/, '')
    const dtype = parseDtype(DTYPES[type] ?? type)
    const shape = unfolded(sizes.split(',').map(Number), formats[i] ?? '')
    return [{ shape, ...(dtype === undefined ? {} : { dtype }) }]
  })
}

/** CANN's names that no framework shares. */
const DTYPES: Readonly<Record<string, string>> = { BF16: 'bf16', FLOAT: 'fp32', FLOAT16: 'fp16' }

/** A matrix that is stored in 16 × 16 blocks, [n / n0, m / m0, m0, n0], is one of m rows and n columns. */
function unfolded(shape: number[], format: string): number[] {
  if (format !== 'FRACTAL_NZ' || shape.length < 4) return shape
  const [n1, m1, m0, n0] = shape.slice(-4) as [number, number, number, number]
  return [...shape.slice(0, -4), m1 * m0, n1 * n0]
}
