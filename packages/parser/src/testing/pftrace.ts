// Perfetto traces for tests, written with nothing of the parser: by protobufjs, from the part of the published
// schema that matters (trace_packet.proto and below).
import protobuf from 'protobufjs'

const { root } = protobuf.parse(
  `
  syntax = "proto2";
  message Trace { repeated TracePacket packet = 1; }
  message TracePacket {
    optional ClockSnapshot clock_snapshot = 6;
    optional uint64 timestamp = 8;
    optional uint32 trusted_packet_sequence_id = 10;
    optional TrackEvent track_event = 11;
    optional InternedData interned_data = 12;
    optional uint32 sequence_flags = 13;
    optional uint32 previous_packet_dropped = 42;
    optional bytes compressed_packets = 50;
    optional GpuRenderStageEvent gpu_render_stage_event = 53;
    optional uint32 timestamp_clock_id = 58;
    optional TracePacketDefaults trace_packet_defaults = 59;
    optional TrackDescriptor track_descriptor = 60;
    optional int32 trusted_pid = 79;
    optional bytes zstd_compressed_packets = 133;
  }
  message TracePacketDefaults {
    optional TrackEventDefaults track_event_defaults = 11;
    optional uint32 timestamp_clock_id = 58;
  }
  message TrackEventDefaults { optional uint64 track_uuid = 11; }
  message ClockSnapshot {
    message Clock {
      optional uint32 clock_id = 1;
      optional uint64 timestamp = 2;
      optional bool is_incremental = 3;
      optional uint64 unit_multiplier_ns = 4;
    }
    repeated Clock clocks = 1;
    optional uint32 primary_trace_clock = 2;
  }
  message TrackDescriptor {
    optional uint64 uuid = 1;
    optional string name = 2;
    optional ProcessDescriptor process = 3;
    optional ThreadDescriptor thread = 4;
    optional uint64 parent_uuid = 5;
    optional string static_name = 10;
  }
  message ProcessDescriptor { optional int32 pid = 1; optional string process_name = 6; }
  message ThreadDescriptor { optional int32 pid = 1; optional int32 tid = 2; optional string thread_name = 5; }
  message TrackEvent {
    repeated uint64 category_iids = 3;
    repeated DebugAnnotation debug_annotations = 4;
    optional uint32 type = 9;
    optional uint64 name_iid = 10;
    optional uint64 track_uuid = 11;
    repeated string categories = 22;
    optional string name = 23;
    optional int64 counter_value = 30;
    repeated fixed64 flow_ids = 47;
    optional GpuCorrelation gpu_correlation = 3000;
  }
  message GpuCorrelation { repeated uint64 render_stage_submission_event_ids = 1; }
  message DebugAnnotation {
    optional uint64 name_iid = 1;
    optional bool bool_value = 2;
    optional uint64 uint_value = 3;
    optional int64 int_value = 4;
    optional double double_value = 5;
    optional string string_value = 6;
    optional string legacy_json_value = 9;
    optional string name = 10;
    repeated DebugAnnotation dict_entries = 11;
    repeated DebugAnnotation array_values = 12;
    optional uint64 string_value_iid = 17;
  }
  message Named { optional uint64 iid = 1; optional string name = 2; }
  message ComputeKernel { optional uint64 iid = 1; optional string name = 2; optional string demangled_name = 3; }
  message InternedData {
    repeated Named event_categories = 1;
    repeated Named event_names = 2;
    repeated Named debug_annotation_names = 3;
    repeated Named gpu_specifications = 24;
    repeated Named debug_annotation_string_values = 29;
    repeated ComputeKernel compute_kernels = 1000;
    repeated Named compute_arg_names = 1001;
  }
  message GpuRenderStageEvent {
    message ExtraData { optional string name = 1; optional string value = 2; }
    message Dim3 { optional uint32 x = 1; optional uint32 y = 2; optional uint32 z = 3; }
    message Arg { optional uint64 name_iid = 1; optional string name = 2; optional uint64 uint_value = 4; }
    message Launch { optional Dim3 grid_size = 1; optional Dim3 workgroup_size = 2; repeated Arg args = 3; }
    optional uint64 event_id = 1;
    optional uint64 duration = 2;
    repeated ExtraData extra_data = 6;
    optional int32 gpu_id = 11;
    optional uint64 hw_queue_iid = 13;
    optional uint64 stage_iid = 14;
    optional uint64 kernel_iid = 19;
    optional uint64 name_iid = 20;
    optional Launch launch = 21;
  }
`,
  { keepCase: true },
)

const trace = root.lookupType('Trace')

/** A packet with the names of the schema; 64-bit numbers beyond 2^53 as texts. */
export type MadePacket = Record<string, unknown>

/** Bytes of a trace of packets. */
export function pftrace(packets: readonly MadePacket[]): Uint8Array {
  return trace.encode(trace.fromObject({ packet: packets })).finish()
}

/** A value as a debug annotation; an empty list has none. */
export function annotation(name: string | undefined, value: unknown): object {
  const named = name === undefined ? {} : { name }
  if (typeof value === 'number') return { ...named, int_value: value }
  if (typeof value === 'string') return { ...named, string_value: value }
  if (typeof value === 'boolean') return { ...named, bool_value: value }
  if (Array.isArray(value)) {
    return { ...named, array_values: value.map((each) => annotation(undefined, each)) }
  }
  return { ...named, dict_entries: annotations(value as object) }
}

/** Arguments as debug annotations. */
export function annotations(args: object): object[] {
  return Object.entries(args).map(([name, value]) => annotation(name, value))
}

interface MadeSlice {
  name: string
  category?: string
  track: number
  start: number
  end: number
  args?: object
  flow?: number
}

/** Begin and end of a slice, with texts as they are. */
export function slice({
  name,
  category,
  track,
  start,
  end,
  args = {},
  flow,
}: MadeSlice): MadePacket[] {
  return [
    {
      timestamp: start,
      trusted_packet_sequence_id: 1,
      track_event: {
        type: 1,
        track_uuid: track,
        name,
        categories: category === undefined ? [] : [category],
        debug_annotations: annotations(args),
        flow_ids: flow === undefined ? [] : [flow],
      },
    },
    {
      timestamp: end,
      trusted_packet_sequence_id: 1,
      track_event: { type: 2, track_uuid: track },
    },
  ]
}

const uuids = { thread: 12, compute: 100, copy: 101 }

/** What rocprofv3 writes: two kernels, a copy, their calls, a range; a call of HSA and a counter besides. */
export const ROCPROFV3_PFTRACE: readonly MadePacket[] = [
  { trusted_packet_sequence_id: 1, sequence_flags: 1, previous_packet_dropped: 1 },
  { track_descriptor: { uuid: uuids.thread, name: 'THREAD 1 (12)' } },
  { track_descriptor: { uuid: uuids.compute, name: 'COMPUTE AGENT [4] STREAM [3] (GPU)' } },
  { track_descriptor: { uuid: uuids.copy, name: 'COPY to AGENT [4] STREAM [3] (GPU)' } },
  ...slice({
    name: 'step 1',
    category: 'marker_api',
    track: uuids.thread,
    start: 800,
    end: 3000,
    args: { corr_id: 21 },
  }),
  ...slice({
    name: 'hsa_queue_create',
    category: 'hsa_api',
    track: uuids.thread,
    start: 810,
    end: 820,
  }),
  ...[
    { name: 'hipLaunchKernel', start: 900, end: 950, corr_id: 1 },
    { name: 'hipLaunchKernel', start: 960, end: 970, corr_id: 2 },
    { name: 'hipMemcpyAsync', start: 1700, end: 1710, corr_id: 3 },
  ].flatMap(({ corr_id, ...call }) =>
    slice({ ...call, category: 'hip_api', track: uuids.thread, args: { corr_id, tid: 12 } }),
  ),
  ...slice({
    name: 'MEMORY_COPY_HOST_TO_DEVICE',
    category: 'memory_copy',
    track: uuids.copy,
    start: 1800,
    end: 1900,
    args: { corr_id: 3, copy_bytes: 4096 },
  }),
  ...[
    { name: 'gemm<float>(float*)', start: 1000, end: 1400, corr_id: 1 },
    // As rocprofv3 mends overlaps: each begins where the one before ends.
    { name: 'norm', start: 1400, end: 1600, corr_id: 2 },
  ].flatMap(({ corr_id, ...each }) =>
    slice({
      ...each,
      category: 'kernel_dispatch',
      track: uuids.compute,
      args: { corr_id, queue: 1, group_segment_size: 2048, workgroup_size: 256, grid_size: 2048 },
    }),
  ),
  { timestamp: 2000, track_event: { type: 4, track_uuid: 7, counter_value: 5 } },
]
