// Execution traces of PyTorch (ExecutionTraceObserver): every call of an operator with shapes, types and numbers
// of its tensors, collectives with their process groups. No times of devices: it is joined to the Kineto trace
// of the same run.
//
// Schema: pytorch, torch/csrc/profiler/standalone/execution_trace_observer.cpp, versions 1.0.1 to
// 1.1.1-chakra.0.0.4. Up to 1.0.1 members stand in the node itself, later in `inputs`, `outputs` and `attrs`.
import type { ProcessGroup, TraceRepair } from '@flowsim/trace-schema'
import { TraceParseError } from '../errors.js'
import type { TraceFile } from '../input/trace-file.js'
import type { Repairs } from '../repairs.js'
import { JsonItems, type Want } from '../scan/json-items.js'

/** Tensors and values of a call, one entry for each argument. */
interface Arguments {
  values: unknown[]
  shapes: unknown[]
  types: string[]
  strides: unknown[]
}

/** A call of an operator. */
export interface ExecutionNode {
  name: string
  /** Number of the call, which Kineto has as `Record function id`. */
  callId: number
  inputs: Arguments
  outputs: Arguments
  /** What is said of a collective, by the names of the execution trace. */
  attributes: Readonly<Record<string, string>>
}

/** An execution trace, to be joined to the Kineto trace of the same run. */
export interface ExecutionTrace {
  source: string
  schema: string
  pid: number | undefined
  /** Calls by their numbers. */
  nodes: ReadonlyMap<number, ExecutionNode>
  /** Nodes without the number of a call: threads, the process. */
  others: number
  processGroups: readonly ProcessGroup[]
  /** What was mended or left out. */
  repairs: readonly TraceRepair[]
}

type Json = Record<string, unknown>

const GROUPS = '## process_group:init ##'
/** Of every node; what else stands there tells of a collective. */
const OWN_ATTRIBUTES = new Set([
  'rf_id',
  'fw_parent',
  'seq_id',
  'scope',
  'tid',
  'fw_tid',
  'op_schema',
])

/**
 * Reads an execution trace as it comes.
 * @throws TraceParseError `not_a_trace` where the file is not one
 */
export async function readExecutionTrace(
  file: TraceFile,
  salvage: boolean,
  repairs: Repairs,
): Promise<ExecutionTrace> {
  const { source } = file
  if (!isExecutionTrace(file)) {
    throw new TraceParseError(
      'not_a_trace',
      'is not an execution trace of PyTorch; record one with ExecutionTraceObserver',
      { source },
    )
  }
  const nodes = new Map<number, ExecutionNode>()
  const processGroups: ProcessGroup[] = []
  const found: { schema: string; pid?: number; others: number } = { schema: '', others: 0 }
  const items = new JsonItems(
    source,
    wantAt,
    ([top], value) => {
      if (top === 'schema') found.schema = String(value)
      else if (top === 'pid') found.pid = Number(value)
      else {
        const node = nodeOf(record(value))
        if (node === undefined) repairs.add('malformed_event', 0)
        else if (node.callId > 0) nodes.set(node.callId, node)
        else found.others++
        if (node?.name === GROUPS) processGroups.push(...groupsOf(node.inputs.values[0]))
      }
    },
    repairs,
  )
  for await (const chunk of file.open(repairs)) items.push(chunk)
  items.end(salvage)
  const { schema, pid, others } = found
  return { source, schema, pid, nodes, others, processGroups, repairs: repairs.list() }
}

/** Whether a file is an execution trace, by its keys. */
export function isExecutionTrace({ head }: TraceFile): boolean {
  return head.mentions('"nodes"') && head.mentions('rf_id"')
}

function wantAt([top, item]: readonly string[]): Want {
  if (top === undefined) return 'enter'
  if (top === 'schema' || top === 'pid') return 'take'
  if (top !== 'nodes') return 'skip'
  return item === undefined ? 'enter' : 'take'
}

function nodeOf(node: Json): ExecutionNode | undefined {
  if (typeof node.name !== 'string') return undefined
  const attributes: Record<string, string> = {}
  let callId = Number(node.rf_id ?? 0)
  for (const each of list(node.attrs).map(record)) {
    if (typeof each.name !== 'string') continue
    if (each.name === 'rf_id') callId = Number(each.value)
    else if (!OWN_ATTRIBUTES.has(each.name)) attributes[each.name] = text(each.value)
  }
  return {
    name: node.name,
    callId: Number.isSafeInteger(callId) ? callId : 0,
    inputs: argumentsOf(node.inputs, node.input_shapes, node.input_types),
    outputs: argumentsOf(node.outputs, node.output_shapes, node.output_types),
    attributes,
  }
}

function argumentsOf(members: unknown, shapes: unknown, types: unknown): Arguments {
  const { values, ...rest } = Array.isArray(members)
    ? { values: members, shapes, types, strides: [] }
    : record(members)
  return {
    values: list(values),
    shapes: list(rest.shapes),
    types: list(rest.types).map(text),
    strides: list(rest.strides),
  }
}

/** Process groups, as the JSON text in their node has them; no ranks are all ranks. */
function groupsOf(value: unknown): ProcessGroup[] {
  let groups: unknown
  try {
    groups = JSON.parse(text(value))
  } catch {
    return []
  }
  return list(groups)
    .map(record)
    .flatMap(({ pg_name, pg_desc, backend_config, group_size, ranks }) => {
      if (typeof pg_name !== 'string') return []
      const members = list(ranks).filter(Number.isSafeInteger) as number[]
      const size = Number(group_size)
      const all = Array.from({ length: size > 0 && size < 1 << 20 ? size : 0 }, (_, i) => i)
      return [
        {
          name: pg_name,
          ...(typeof pg_desc === 'string' ? { description: pg_desc } : {}),
          ...(typeof backend_config === 'string' ? { backend: backend_config } : {}),
          ...(Number.isSafeInteger(size) ? { size } : {}),
          ...(members.length > 0 ? { ranks: members } : all.length > 0 ? { ranks: all } : {}),
        },
      ]
    })
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
