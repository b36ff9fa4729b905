// Takes the members of an event's `args` into the columns of its kind.

import type { Tensor } from '@flowsim/trace-schema'
import { parseDtype } from '@flowsim/trace-schema'
import { parseLenientJson } from '../scan/lenient-json.js'
import { readNumber } from '../scan/numbers.js'
import type { ScannedEvent, Span } from '../scan/scanned-event.js'
import { ArgField } from './arg-fields.js'
import type { EventArgs } from './event-args.js'
import type { BytesInterner } from './interner.js'
import { Role } from './roles.js'
import type {
  CollectiveMembers,
  OperatorColumns,
  RuntimeColumns,
  Synchronization,
  TraceStore,
} from './trace-store.js'

/** Reads a runtime or driver call; `names` takes the name of the kernel that it launches. */
export function readRuntimeCall(
  args: EventArgs,
  runtime: RuntimeColumns,
  names: BytesInterner | undefined,
): void {
  let correlation = -1
  let externalId = -1
  let kernel = -1
  while (args.next()) {
    const field = args.field()
    if (field === ArgField.Correlation) correlation = args.integer()
    else if (field === ArgField.ExternalId) externalId = args.integer()
    else if (field === ArgField.LaunchedKernel && names !== undefined) {
      kernel = args.text(names)
    }
  }
  runtime.correlation.push(correlation)
  runtime.externalId.push(externalId)
  if (names !== undefined) runtime.kernel.push(kernel)
}

/** Reads what a synchronising call waits for. */
export function readSynchronization(
  args: EventArgs,
  synchronizations: Map<number, Synchronization>,
): void {
  let correlation = -1
  const found: Synchronization = { stream: -1, waitsForStream: -1, waitsForCorrelation: -1 }
  while (args.next()) {
    const field = args.field()
    if (field === ArgField.Correlation) correlation = args.integer()
    else if (field === ArgField.Stream) found.stream = args.integer()
    else if (field === ArgField.WaitsForStream) found.waitsForStream = args.integer()
    else if (field === ArgField.WaitsForCorrelation) found.waitsForCorrelation = args.integer()
  }
  if (correlation >= 0) synchronizations.set(correlation, found)
}

/** Reads an operator's recorded arguments, and the number of its call where that is asked for. */
export function readOperator(
  args: EventArgs,
  operators: OperatorColumns,
  texts: BytesInterner,
  recordFunctions: boolean,
): void {
  let recordFunction = -1
  let externalId = -1
  let shapes = -1
  let types = -1
  let strides = -1
  let values = -1
  let extra = ''
  while (args.next()) {
    switch (args.field()) {
      case ArgField.ExternalId:
        externalId = args.integer()
        break
      case ArgField.Shapes:
        shapes = args.text()
        break
      case ArgField.Types:
        types = args.text()
        break
      case ArgField.Strides:
        strides = args.text()
        break
      case ArgField.Values:
        values = args.text()
        break
      case ArgField.RecordFunction:
        recordFunction = args.integer()
        break
      case ArgField.Bookkeeping:
      case ArgField.Correlation:
        break
      default:
        extra += args.memberText()
    }
  }
  operators.externalId.push(externalId)
  if (recordFunctions) operators.recordFunction.push(recordFunction)
  operators.shapes.push(shapes)
  operators.types.push(types)
  operators.strides.push(strides)
  operators.values.push(values)
  operators.extra.push(extra === '' ? -1 : texts.internText(extra))
}

/** Reads an annotation on the host or a device. */
export function readAnnotation(args: EventArgs, store: TraceStore, role: Role): void {
  const { annotations, texts, tensors } = store
  let externalId = -1
  let shapes = -1
  let types = -1
  while (args.next()) {
    const field = args.field()
    if (field === ArgField.ExternalId) externalId = args.integer()
    else if (field === ArgField.Shapes) shapes = args.text()
    else if (field === ArgField.Types) types = args.text()
  }
  annotations.onDevice.push(role === Role.DeviceAnnotation ? 1 : 0)
  annotations.externalId.push(externalId)
  if (shapes >= 0) {
    const row = annotations.length - 1
    annotations.tensors.set(row, tensors.push(ownTensors(texts, shapes, types)) - 1)
  }
}

/** Reads a kernel, copy or fill. */
export function readActivity(
  event: ScannedEvent,
  args: EventArgs,
  store: TraceStore,
  role: Role,
): void {
  const { device: columns, collectives, texts } = store
  let device = -1
  let stream = -1
  let correlation = -1
  let externalId = -1
  let grid = -1
  let block = -1
  let registers = -1
  let sharedMemory = -1
  let bytes = -1
  let graphNode = -1
  let module = -1
  let shapes = -1
  let types = -1
  let collective: CollectiveMembers | undefined
  while (args.next()) {
    switch (args.field()) {
      case ArgField.Device:
        device = args.integer()
        break
      case ArgField.Stream:
        stream = args.integer()
        break
      case ArgField.Correlation:
        correlation = args.integer()
        break
      case ArgField.ExternalId:
        externalId = args.integer()
        break
      case ArgField.Grid:
        grid = args.text()
        break
      case ArgField.Block:
        block = args.text()
        break
      case ArgField.Registers:
        registers = args.integer()
        break
      case ArgField.SharedMemory:
        sharedMemory = args.integer()
        break
      case ArgField.Bytes:
        bytes = args.integer()
        break
      case ArgField.GraphNode:
        graphNode = args.integer()
        break
      case ArgField.Module:
        module = args.text()
        break
      case ArgField.Shapes:
        shapes = args.text()
        break
      case ArgField.Types:
        types = args.text()
        break
      case ArgField.Collective:
        collective ??= new Map()
        collective.set(args.keyText(), texts.text(args.text()))
        break
    }
  }
  columns.role.push(role)
  columns.device.push(device >= 0 ? device : trailingInteger(event.buf, event.pid))
  columns.stream.push(stream >= 0 ? stream : trailingInteger(event.buf, event.tid))
  columns.byte.push(event.base + event.start)
  columns.correlation.push(correlation)
  columns.externalId.push(externalId)
  columns.grid.push(grid)
  columns.block.push(block)
  columns.registers.push(registers)
  columns.sharedMemory.push(sharedMemory)
  columns.bytes.push(bytes)
  columns.graphNode.push(graphNode)
  columns.collective.push(collective === undefined ? -1 : collectives.push(collective) - 1)
  const row = columns.length - 1
  if (module >= 0) columns.module.set(row, module)
  if (shapes >= 0) {
    columns.tensors.set(row, store.tensors.push(ownTensors(texts, shapes, types)) - 1)
  }
}

/** Tensors that stand in the event of a kernel itself, as those of operators do. */
function ownTensors(texts: BytesInterner, shapes: number, types: number): Tensor[] {
  const list = (id: number): unknown[] => {
    const value = id < 0 ? [] : parseLenientJson(texts.text(id))
    return Array.isArray(value) ? value : []
  }
  const names = list(types)
  return list(shapes).flatMap((shape, i) => {
    if (!Array.isArray(shape) || shape.length === 0) return []
    if (!shape.every((size) => Number.isSafeInteger(size))) return []
    const dtype = parseDtype(String(names[i] ?? ''))
    return [{ shape: shape as number[], ...(dtype === undefined ? {} : { dtype }) }]
  })
}

/** The integer that a pid or tid ends with ("stream 7" is 7); -1 if none. */
function trailingInteger(buf: Uint8Array, span: Span): number {
  if (span.start < 0) return -1
  let end = span.end
  if (buf[end - 1] === 0x22) end--
  let start = end
  while (start > span.start && buf[start - 1]! >= 0x30 && buf[start - 1]! <= 0x39) start--
  return start === end ? -1 : Math.trunc(readNumber(buf, start, end))
}
