// Chakra execution traces for tests, written and read with nothing of the parser: by protobufjs, from the part of
// the published schema that matters (et_def.proto).
import protobuf from 'protobufjs'

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message GlobalMetadata { string version = 1; repeated AttributeProto attr = 2; }
  message AttributeProto {
    string name = 1;
    string doc_string = 2;
    oneof value {
      double double_val = 3;
      int32 int32_val = 7;
      int64 int64_val = 9;
      uint32 uint32_val = 11;
      uint64 uint64_val = 13;
      bool bool_val = 27;
      string string_val = 29;
    }
  }
  message IOInfo { string values = 1; string shapes = 2; string types = 3; }
  message Node {
    uint64 id = 1;
    string name = 2;
    uint32 type = 3;
    repeated uint64 ctrl_deps = 4;
    repeated uint64 data_deps = 5;
    uint64 start_time_micros = 6;
    uint64 duration_micros = 7;
    IOInfo inputs = 8;
    IOInfo outputs = 9;
    repeated AttributeProto attr = 10;
  }
`,
  { keepCase: true },
)
const metadata = root.lookupType('GlobalMetadata')
const nodeType = root.lookupType('Node')

/** A node with the names of the schema. */
export type MadeNode = Record<string, unknown>

/** A node as the file has it. */
export interface DecodedNode {
  id: number
  name: string
  type: number
  ctrl_deps: number[]
  data_deps: number[]
  duration_micros: number
  attr: Record<string, number | string | boolean>
}

/** Bytes of a trace of nodes. */
export function chakraTrace(nodes: readonly MadeNode[]): Uint8Array {
  const writer = protobuf.Writer.create()
  const whole = [
    metadata.encode({ version: '0.0.4' }).finish(),
    ...nodes.map((node) => nodeType.encode(nodeType.fromObject(node)).finish()),
  ]
  for (const bytes of whole) writer.bytes(bytes)
  return writer.finish()
}

/** What the bytes of a trace hold. */
export function decodeChakra(bytes: Uint8Array): { version: string; nodes: DecodedNode[] } {
  const reader = protobuf.Reader.create(bytes)
  const first = metadata.decodeDelimited(reader) as unknown as { version: string }
  const nodes: DecodedNode[] = []
  while (reader.pos < reader.len) {
    const node = nodeType.toObject(nodeType.decodeDelimited(reader), {
      longs: Number,
      defaults: true,
      oneofs: true,
    }) as Omit<DecodedNode, 'attr'> & { attr: Record<string, unknown>[] }
    const attr = Object.fromEntries(
      node.attr.map((each) => [each.name, each[String(each.value)]]),
    ) as DecodedNode['attr']
    nodes.push({ ...node, attr })
  }
  return { version: first.version, nodes }
}

const tensors = {
  values: "[[3, 4, 0, 524288, 2, 'cuda:0'], [5, 6, 0, 1048576, 2, 'cuda:0'], 1, '<None>']",
  shapes: '[[512, 1024], [1024, 2048], [], []]',
  types: "['Tensor(c10::Half)', 'Tensor(c10::Half)', 'Int', 'None']",
}
const onHost = { name: 'is_cpu_op', bool_val: true }
const onDevice = { name: 'is_cpu_op', bool_val: false }

/** As chakra_converter links them: operators, two kernels and a collective of them, without starts. */
export const CHAKRA_NODES: readonly MadeNode[] = [
  { id: 1, name: '[pytorch|profiler|execution_trace|thread]', type: 1 },
  { id: 2, name: 'aten::mm', type: 4, duration_micros: 10, inputs: tensors, attr: [onHost] },
  {
    ...{ id: 3, name: 'gemm', type: 4, ctrl_deps: [2], duration_micros: 40, inputs: tensors },
    attr: [onDevice, { name: 'stream', int64_val: 7 }],
  },
  {
    ...{ id: 4, name: 'record_param_comms', type: 4, ctrl_deps: [1], data_deps: [2] },
    ...{ duration_micros: 5, attr: [onHost] },
  },
  {
    ...{ id: 5, name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL', type: 7, ctrl_deps: [4] },
    ...{ data_deps: [3], duration_micros: 20 },
    attr: [
      onDevice,
      { name: 'stream', int64_val: 20 },
      { name: 'comm_type', int64_val: 0 },
      { name: 'comm_size', int64_val: 8192 },
      { name: 'pg_name', string_val: '1' },
    ],
  },
  {
    ...{ id: 6, name: 'norm', type: 4, ctrl_deps: [4], data_deps: [5], duration_micros: 3 },
    attr: [onDevice, { name: 'stream', int64_val: 7 }],
  },
]
