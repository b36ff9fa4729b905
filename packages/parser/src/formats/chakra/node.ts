// Nodes of a Chakra execution trace as far as they are read.
import type { Shape } from '../../protobuf/messages.js'

/** Types of nodes; et_def.proto, NodeType. */
export enum NodeType {
  Compute = 4,
  Send = 5,
  Receive = 6,
  Collective = 7,
}

/** Nodes that are messages. */
export const COMMUNICATION: ReadonlySet<NodeType> = new Set([
  NodeType.Send,
  NodeType.Receive,
  NodeType.Collective,
])

type Int = number | bigint

interface RawNode {
  id?: Int
  name?: string
  type?: Int
  controls?: number[]
  data?: number[]
  startUs?: Int
  durationUs?: Int
  inputs?: { values?: string; shapes?: string; types?: string }
  attributes?: { name?: string; value?: Int | string }[]
}

const ATTRIBUTE: Shape = {
  1: ['name', 'text'],
  3: ['value', 'double'],
  7: ['value', 'int'],
  9: ['value', 'int'],
  11: ['value', 'uint'],
  13: ['value', 'uint'],
  27: ['value', 'uint'],
  29: ['value', 'text'],
}
export const NODE: Shape = {
  1: ['id', 'uint'],
  2: ['name', 'text'],
  3: ['type', 'uint'],
  4: ['controls', 'ints'],
  5: ['data', 'ints'],
  6: ['startUs', 'uint'],
  7: ['durationUs', 'uint'],
  8: ['inputs', { 1: ['values', 'text'], 2: ['shapes', 'text'], 3: ['types', 'text'] }],
  10: ['attributes', ATTRIBUTE, 'repeated'],
}

/** A node. */
export interface ChakraNode {
  id: number
  name: string
  type: NodeType
  /** Whether it is computation or a message: all else is passed over. */
  isKept: boolean
  isOnHost: boolean
  /** Nodes that it comes after: its operator first. */
  controls: readonly number[]
  data: readonly number[]
  /** 0 where it was not recorded. */
  startUs: number
  durationUs: number
  stream: number
  thread: number
  inputs: { values: string; shapes: string; types: string }
  attributes: Readonly<Record<string, Int | string>>
}

/** Streams of what has none: computation and messages run beside each other. */
const COMPUTE_STREAM = 0
const MESSAGE_STREAM = 1

export function readNode(raw: RawNode): ChakraNode {
  const attributes: Record<string, Int | string> = {}
  for (const { name = '', value } of raw.attributes ?? []) {
    if (value !== undefined) attributes[name] = value
  }
  const type = Number(raw.type ?? 0) as NodeType
  const isMessage = COMMUNICATION.has(type)
  const stream = attributes.stream ?? (isMessage ? MESSAGE_STREAM : COMPUTE_STREAM)
  const { values = '', shapes = '', types = '' } = raw.inputs ?? {}
  return {
    id: Number(raw.id ?? 0),
    name: raw.name ?? '',
    type,
    isKept: type === NodeType.Compute || isMessage,
    isOnHost: !isMessage && Number(attributes.is_cpu_op ?? 0) === 1,
    controls: raw.controls ?? [],
    data: raw.data ?? [],
    startUs: Number(raw.startUs ?? 0),
    durationUs: Number(raw.durationUs ?? 0),
    stream: Number(stream),
    thread: Number(attributes.tid ?? 0),
    inputs: { values, shapes, types },
    attributes,
  }
}
