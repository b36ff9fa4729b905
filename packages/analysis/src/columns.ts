// A trace as typed columns, in order of start: what every sweep over time works on.
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { AnalysisError } from './errors.js'
import { getOrAdd } from './get-or-add.js'

/** A stream of a device. */
export interface StreamId {
  device: number
  stream: number
}

/** The device activities of a trace in order of start (equal starts: in order of the trace). */
export interface Columns {
  count: number
  /** Place of each activity in `trace.kernels`. */
  index: Uint32Array
  startNs: Float64Array
  endNs: Float64Array
  /** Place of each activity's stream in `lanes`. */
  lane: Uint32Array
  /** Streams, by device and number. */
  lanes: StreamId[]
}

/** Columns of a trace. Linear where the kernels are in order of start, as parsers write them. */
export function columns(trace: KernelTrace): Columns {
  const { kernels } = trace
  const count = kernels.length
  const index = new Uint32Array(count)
  let sorted = true
  for (let i = 0; i < count; i++) {
    index[i] = i
    if (i > 0 && kernels[i]!.startNs < kernels[i - 1]!.startNs) sorted = false
  }
  if (!sorted) index.sort((a, b) => kernels[a]!.startNs - kernels[b]!.startNs || a - b)

  const byStream = new Map<number, Map<number, number>>()
  const found: StreamId[] = []
  const startNs = new Float64Array(count)
  const endNs = new Float64Array(count)
  const lane = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const kernel = kernels[index[i]!]!
    startNs[i] = kernel.startNs
    endNs[i] = kernel.startNs + Math.max(0, kernel.durationNs)
    const last = i === 0 ? undefined : found[lane[i - 1]!]!
    if (last !== undefined && last.device === kernel.device && last.stream === kernel.stream) {
      lane[i] = lane[i - 1]!
      continue
    }
    const streams = getOrAdd(byStream, kernel.device, () => new Map())
    let id = streams.get(kernel.stream)
    if (id === undefined) {
      id = found.length
      streams.set(kernel.stream, id)
      found.push({ device: kernel.device, stream: kernel.stream })
    }
    lane[i] = id
  }

  const order = found.map((_, i) => i)
  order.sort((a, b) => found[a]!.device - found[b]!.device || found[a]!.stream - found[b]!.stream)
  const place = new Uint32Array(found.length)
  order.forEach((old, i) => {
    place[old] = i
  })
  for (let i = 0; i < count; i++) lane[i] = place[lane[i]!]!
  return { count, index, startNs, endNs, lane, lanes: order.map((i) => found[i]!) }
}

/** Throws unless there is one operation for each kernel, or none at all. */
export function checkOperations(
  trace: KernelTrace,
  operations: readonly KernelOperation[] | undefined,
): void {
  if (operations && operations.length !== trace.kernels.length) {
    throw new AnalysisError(
      'operations_mismatch',
      `${trace.source}: ${operations.length} operations for ${trace.kernels.length} kernels; pass one for each, in the order of the trace`,
    )
  }
}
