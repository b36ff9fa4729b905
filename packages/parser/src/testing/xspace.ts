// XSpace files for tests, written and read with nothing of the parser: by protobufjs, from the part of the
// published schema that matters (xplane.proto, hlo.proto, xla_data.proto).
import protobuf from 'protobufjs'

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message XSpace {
    repeated XPlane planes = 1;
    repeated string errors = 2;
    repeated string warnings = 3;
    repeated string hostnames = 4;
  }
  message XPlane {
    int64 id = 1;
    string name = 2;
    repeated XLine lines = 3;
    map<int64, XEventMetadata> event_metadata = 4;
    map<int64, XStatMetadata> stat_metadata = 5;
    repeated XStat stats = 6;
  }
  message XLine {
    int64 id = 1;
    string name = 2;
    int64 timestamp_ns = 3;
    repeated XEvent events = 4;
    int64 duration_ps = 9;
    int64 display_id = 10;
    string display_name = 11;
  }
  message XEvent {
    int64 metadata_id = 1;
    oneof data { int64 offset_ps = 2; int64 num_occurrences = 5; }
    int64 duration_ps = 3;
    repeated XStat stats = 4;
  }
  message XStat {
    int64 metadata_id = 1;
    oneof value {
      double double_value = 2;
      uint64 uint64_value = 3;
      int64 int64_value = 4;
      string str_value = 5;
      bytes bytes_value = 6;
      uint64 ref_value = 7;
    }
  }
  message XEventMetadata {
    int64 id = 1;
    string name = 2;
    bytes metadata = 3;
    string display_name = 4;
    repeated XStat stats = 5;
  }
  message XStatMetadata { int64 id = 1; string name = 2; }

  message Shape { int32 element_type = 2; repeated int64 dimensions = 3; repeated Shape tuple_shapes = 4; }
  message Dot {
    repeated int64 lhs_contracting_dimensions = 1;
    repeated int64 rhs_contracting_dimensions = 2;
    repeated int64 lhs_batch_dimensions = 3;
    repeated int64 rhs_batch_dimensions = 4;
  }
  message Convolution {
    int64 kernel_input_feature_dimension = 3;
    int64 kernel_output_feature_dimension = 4;
    repeated int64 kernel_spatial_dimensions = 6;
    int64 input_batch_dimension = 7;
    int64 input_feature_dimension = 8;
    int64 output_batch_dimension = 9;
    int64 output_feature_dimension = 10;
    repeated int64 input_spatial_dimensions = 11;
    repeated int64 output_spatial_dimensions = 12;
  }
  message WindowDimension { int64 size = 1; int64 stride = 2; }
  message Window { repeated WindowDimension dimensions = 1; }
  message ReplicaGroup { repeated int64 replica_ids = 1; }
  message Metadata { string op_type = 1; string op_name = 2; }
  message Instruction {
    string name = 1;
    string opcode = 2;
    Shape shape = 3;
    Metadata metadata = 7;
    Window window = 15;
    Convolution convolution_dimension_numbers = 16;
    string custom_call_target = 28;
    Dot dot_dimension_numbers = 30;
    int64 id = 35;
    repeated int64 operand_ids = 36;
    repeated int64 called_computation_ids = 38;
    bytes backend_config = 43;
    repeated ReplicaGroup replica_groups = 49;
    int64 feature_group_count = 50;
  }
  message Computation {
    string name = 1;
    repeated Instruction instructions = 2;
    int64 id = 5;
    int64 root_id = 6;
  }
  message Module { string name = 1; repeated Computation computations = 3; int64 id = 5; }
  message Hlo { Module hlo_module = 1; }
`,
  { keepCase: true },
)

type Value = number | string | Uint8Array

/** Bytes of an `XSpace` or `Hlo` given as an object with the names of the schema. */
export function encode(type: 'XSpace' | 'Hlo', value: object): Uint8Array {
  return root.lookupType(type).encode(root.lookupType(type).fromObject(value)).finish()
}

interface DecodedStat {
  metadata_id: number
  uint64_value?: number
  ref_value?: number
}

export interface DecodedSpace {
  planes: {
    name: string
    lines: {
      name: string
      timestamp_ns: number
      events: {
        metadata_id: number
        offset_ps: number
        duration_ps: number
        stats: DecodedStat[]
      }[]
    }[]
    event_metadata: Record<string, { name: string }>
    stat_metadata: Record<string, { name: string }>
  }[]
}

/** What the bytes of an XSpace hold, by the names of the schema. */
export function decodeSpace(bytes: Uint8Array): DecodedSpace {
  const type = root.lookupType('XSpace')
  return type.toObject(type.decode(bytes), { longs: Number, defaults: true }) as DecodedSpace
}

/** An event to be made: what it is called, from when and how long in nanoseconds, what is known of it. */
export interface MadeEvent {
  name: string
  displayName?: string
  startNs: number
  durationNs: number
  stats?: Record<string, Value>
  /** Known of all events of that name. */
  kindStats?: Record<string, Value>
}

/** A plane to be made; texts among the statistics are references, as XLA writes them. */
export function plane(
  name: string,
  lines: { id: number; name: string; timestampNs?: number; events: MadeEvent[] }[],
  stats: Record<string, Value> = {},
): object {
  const kinds: Record<string, { id: number; name: string; display_name: string; stats: object[] }> =
    {}
  const statistics: Record<string, { id: number; name: string }> = {}
  const numbers = new Map<string, number>()
  const numberOf = (text: string) => {
    let number = numbers.get(text)
    if (number === undefined) {
      number = numbers.size + 1
      numbers.set(text, number)
      statistics[number] = { id: number, name: text }
    }
    return number
  }
  const made = (values: Record<string, Value>) =>
    Object.entries(values).map(([key, value]) => ({
      metadata_id: numberOf(key),
      ...(typeof value === 'number'
        ? { uint64_value: value }
        : typeof value === 'string'
          ? { ref_value: numberOf(value) }
          : { bytes_value: value }),
    }))
  return {
    name,
    lines: lines.map((line) => ({
      id: line.id,
      name: line.name,
      timestamp_ns: line.timestampNs ?? 0,
      events: line.events.map((event) => {
        const id = numberOf(`kind ${event.name}`)
        kinds[id] = {
          id,
          name: event.name,
          display_name: event.displayName ?? '',
          stats: made(event.kindStats ?? {}),
        }
        return {
          metadata_id: id,
          offset_ps: event.startNs * 1000,
          duration_ps: event.durationNs * 1000,
          stats: made(event.stats ?? {}),
        }
      }),
    })),
    stats: made(stats),
    event_metadata: kinds,
    stat_metadata: statistics,
  }
}

/** The plane that holds compiled modules, by the numbers of their programs. */
export function metadataPlane(modules: Record<number, Uint8Array>): object {
  return {
    name: '/host:metadata',
    stat_metadata: { 1: { id: 1, name: 'Hlo Proto' } },
    event_metadata: Object.fromEntries(
      Object.entries(modules).map(([id, bytes]) => [
        id,
        { id: Number(id), name: `module(${id})`, stats: [{ metadata_id: 1, bytes_value: bytes }] },
      ]),
    ),
  }
}
