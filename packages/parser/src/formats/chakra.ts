// Chakra execution traces (`.et`): a graph of the operators of one rank, of what they ran on the device, and of
// its messages, with durations. Kernels and collectives are read with the operators that launched them.
//
// Schema: mlcommons/chakra, schema/protobuf/et_def.proto; attributes as src/converter/pytorch_converter.py and
// ASTRA-sim have them. Messages behind their lengths: the metadata, then the nodes.
import { EventWriter } from '../collect/event-writer.js'
import { TraceParseError } from '../errors.js'
import { operatorArguments } from '../execution-trace/operator-arguments.js'
import type { TraceFile } from '../input/trace-file.js'
import { Frames } from '../protobuf/frames.js'
import { messageReader } from '../protobuf/messages.js'
import { parseLenientJson } from '../scan/lenient-json.js'
import { type ChakraNode, COMMUNICATION, NODE, NodeType, readNode } from './chakra/node.js'
import { startTimes } from './chakra/start-times.js'
import type { TraceFormat } from './format.js'

/** Process of the operators. */
const HOST = 'host'

export const chakra: TraceFormat = {
  name: 'chakra',
  title: 'a Chakra execution trace (.et)',
  recordKernels: 'link the Kineto trace of the run to it: chakra_trace_link, then chakra_converter',
  recognises: isChakra,

  async read(file, { salvage }, repairs) {
    const reader = await messageReader(file)
    const writer = new EventWriter(repairs)
    const frames = new Frames(file.source, repairs)
    const nodes: ChakraNode[] = []
    let isMetadata = true
    try {
      for await (const chunk of file.open(repairs)) {
        for (const { bytes, byte } of frames.push(chunk)) {
          if (isMetadata) {
            isMetadata = false
            continue
          }
          try {
            const node = readNode(reader.read(bytes, NODE))
            if (node.isKept) nodes.push(node)
            else writer.skip()
          } catch (error) {
            if (!isDamage(error)) throw error
            repairs.add('malformed_event', byte)
          }
        }
      }
      frames.end(salvage)
    } catch (error) {
      if (!salvage || !isDamage(error)) throw error
      repairs.add('truncated_file', error.at?.byte ?? 0)
    }
    const starts = startTimes(nodes, repairs)
    for (const [i, node] of nodes.entries()) write(writer, node, starts[i]!)
    return writer.finish()
  },
}

function isDamage(error: unknown): error is TraceParseError {
  return error instanceof TraceParseError && error.code === 'corrupt'
}

/** The metadata comes first, and in it the version. */
function isChakra({ head: { bytes } }: TraceFile): boolean {
  const at = bytes[0]! < 0x80 ? 1 : 2
  const version = new TextDecoder('latin1').decode(bytes.subarray(at + 2, at + 16))
  return bytes[at] === 0x0a && /^\d+\.\d+\.\d+/.test(version)
}

function write(writer: EventWriter, node: ChakraNode, startUs: number): void {
  const startNs = startUs * 1000
  const times = { name: node.name, startNs, endNs: startNs + node.durationUs * 1000 }
  if (node.isOnHost) {
    writer.operator({
      ...times,
      pid: HOST,
      tid: node.thread,
      externalId: node.id,
      ...operatorArguments({
        inputs: {
          values: listOf(node.inputs.values),
          shapes: listOf(node.inputs.shapes),
          types: listOf(node.inputs.types).map(String),
          strides: [],
        },
      }),
    })
    return
  }
  writer.activity({
    ...times,
    device: 0,
    stream: node.stream,
    externalId: node.controls[0],
    ...(COMMUNICATION.has(node.type) ? { collective: collectiveOf(node) } : {}),
  })
}

/** Names of collectives by `comm_type`; et_def.proto, CollectiveCommType. */
const COLLECTIVES = [
  'all_reduce',
  'reduce',
  'all_gather',
  'gather',
  'scatter',
  'broadcast',
  'all_to_all',
  'reduce_scatter',
  'reduce_scatter',
  'barrier',
]

/** A message is told in bytes, whatever its elements are. */
function collectiveOf({ type, attributes }: ChakraNode): Map<string, string> {
  const members = new Map<string, string>()
  const name =
    type === NodeType.Send
      ? 'send'
      : type === NodeType.Receive
        ? 'recv'
        : COLLECTIVES[Number(attributes.comm_type ?? -1)]
  if (name !== undefined) members.set('Collective name', name)
  if (attributes.comm_size !== undefined) {
    members.set('dtype', 'uint8')
    members.set('In msg nelems', String(attributes.comm_size))
  }
  if (attributes.pg_name !== undefined) {
    members.set('Process Group Name', String(attributes.pg_name))
  }
  return members
}

/** Texts and words of Python's in JSON. */
const PYTHON = /'((?:[^'\\]|\\.)*)'|None|True|False/g
const WORDS: Readonly<Record<string, string>> = { None: 'null', True: 'true', False: 'false' }

/** A list as Python prints it: ['Tensor(float)', None]. */
function listOf(text: string): unknown[] {
  const json = text.replace(
    PYTHON,
    (found, quoted?: string) => WORDS[found] ?? JSON.stringify(quoted),
  )
  const value = parseLenientJson(json)
  return Array.isArray(value) ? value : []
}
