// Traces of Perfetto, made after its published schema as the writers' sources have it: none was seen in the wild.
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { bytesOf, inChunks } from '../testing/make-trace.js'
import {
  annotations,
  type MadePacket,
  pftrace,
  ROCPROFV3_PFTRACE,
  slice,
} from '../testing/pftrace.js'
import { refusal } from '../testing/samples.js'

const parse = (packets: readonly MadePacket[], options = {}) =>
  parseTrace(pftrace(packets), { source: 'run.pftrace', ...options })
const spans = (kernels: readonly { name: string; startNs: number; durationNs: number }[]) =>
  kernels.map(({ name, startNs, durationNs }) => [name, startNs, durationNs])

describe('rocprofv3', () => {
  it('gives kernels and copies with their calls, device and stream by the names of tracks', async () => {
    const trace = await parse(ROCPROFV3_PFTRACE)
    expect(trace).toMatchObject({ format: 'perfetto', baseTimeNs: '800', repairs: [] })
    expect(trace.kernels).toMatchObject([
      {
        name: 'gemm<float>(float*)',
        device: 4,
        stream: 3,
        startNs: 200,
        durationNs: 400,
        sharedMemoryBytes: 2048,
        launch: { api: 'hipLaunchKernel', tid: 12, startNs: 100, durationNs: 50 },
        scopes: ['step 1'],
      },
      { name: 'norm', startNs: 600, durationNs: 200, launch: { startNs: 160 } },
      {
        kind: 'memcpy',
        name: 'Memcpy HtoD (Host -> Device)',
        bytes: 4096,
        launch: { api: 'hipMemcpyAsync' },
      },
    ])
    // Products of three sizes are neither grid nor block.
    expect(trace.kernels[0]!.grid).toBeUndefined()
    // Eight slices and a counter.
    expect(trace.eventCount).toBe(9)
  })

  it('is the same in chunks of any size, packed in packets, and named otherwise', async () => {
    const bytes = pftrace(ROCPROFV3_PFTRACE)
    const { source: _, ...whole } = await parseTrace(bytes)
    for (const size of [1, 7, 100]) {
      expect(await parseTrace(inChunks(bytes, [size]))).toMatchObject(whole)
    }
    const packed = [{ compressed_packets: deflateSync(bytes) }]
    expect(await parse(packed)).toMatchObject(whole)
  })
})

it('rocprofiler-systems: device and queue by the track, sizes in work items', async () => {
  const { kernels } = await parse([
    { track_descriptor: { uuid: 5, name: 'GPU Kernel Dispatch [1] Queue 2' } },
    ...slice({
      name: 'k',
      category: 'rocm_kernel_dispatch',
      track: 5,
      start: 10,
      end: 30,
      args: { corr_id: 1, workgroup_size: '(256,1,1)', grid_size: '(1000,2,1)' },
    }),
  ])
  expect(kernels).toMatchObject([
    { device: 1, stream: 2, block: [256, 1, 1], grid: [4, 2, 1], durationNs: 20 },
  ])
})

describe('torch.profiler', () => {
  const interned = {
    trusted_packet_sequence_id: 1,
    sequence_flags: 1,
    interned_data: {
      event_names: [
        { iid: 1, name: 'aten::mm' },
        { iid: 2, name: 'cudaLaunchKernel' },
        { iid: 3, name: 'gemm' },
        { iid: 4, name: 'outer' },
      ],
      gpu_specifications: [
        { iid: 1, name: 'Kernel' },
        { iid: 2, name: 'Memcpy' },
        { iid: 4, name: 'Annotation' },
        { iid: 107, name: 'stream 07' },
      ],
      compute_kernels: [{ iid: 1, demangled_name: 'gemm' }],
      compute_arg_names: [
        { iid: 1, name: 'registers_per_thread' },
        { iid: 2, name: 'shared_mem_dynamic' },
      ],
    },
  }
  const tracks = [
    { track_descriptor: { uuid: 1, process: { pid: 99, process_name: 'python' } } },
    {
      track_descriptor: {
        uuid: 2,
        parent_uuid: 1,
        thread: { pid: 99, tid: 98, thread_name: 'main' },
      },
    },
    { track_descriptor: { uuid: 3, process: { pid: 1, process_name: 'GPU 1' } } },
    {
      track_descriptor: {
        uuid: 4,
        parent_uuid: 3,
        thread: { pid: 1, tid: 7, thread_name: 'stream 7' },
      },
    },
  ]
  const begin = (name_iid: number, track_uuid: number, timestamp: number, args: object = {}) => ({
    timestamp,
    trusted_packet_sequence_id: 1,
    sequence_flags: 2,
    track_event: { type: 1, name_iid, track_uuid, debug_annotations: annotations(args) },
  })
  const end = (track_uuid: number, timestamp: number) => ({
    timestamp,
    trusted_packet_sequence_id: 1,
    track_event: { type: 2, track_uuid },
  })
  const mm = {
    'External id': 3,
    'Record function id': 5,
    'Input Dims': [[8, 16], [16, 4], []],
    'Input type': ['c10::BFloat16', 'c10::BFloat16', 'Scalar'],
    'Concrete Inputs': ['', '', '1'],
  }
  const host = [
    // As columns: the begins of a kind, then its ends in the same order.
    begin(4, 2, 0),
    begin(1, 2, 10, mm),
    end(2, 100),
    end(2, 40),
    begin(2, 2, 20, { cbid: 211, correlation: 8 }),
    end(2, 30),
  ]

  it('operators, calls and kernels as slices without a category, begins and ends as columns', async () => {
    const trace = await parse([
      ...tracks,
      interned,
      ...host,
      begin(3, 4, 50, { device: 1, stream: 7, correlation: 8, grid: [1, 2, 3], block: [32, 1, 1] }),
      begin(3, 4, 70, { device: 1, stream: 7, correlation: 9 }),
      begin(3, 4, 80, { device: 1, stream: 7, correlation: 10 }),
      end(4, 70),
      end(4, 75),
      end(4, 81),
    ])
    expect(trace.annotations).toMatchObject([{ name: 'outer', startNs: 0, durationNs: 100 }])
    expect(spans(trace.kernels)).toEqual([
      ['gemm', 50, 20],
      ['gemm', 70, 5],
      ['gemm', 80, 1],
    ])
    expect(trace.kernels[0]).toMatchObject({
      device: 1,
      stream: 7,
      grid: [1, 2, 3],
      block: [32, 1, 1],
      launch: { api: 'cudaLaunchKernel', pid: 99, tid: 98, startNs: 20 },
      op: {
        name: 'aten::mm',
        args: [
          { kind: 'tensor', shape: [8, 16], dtype: 'bf16' },
          { kind: 'tensor', shape: [16, 4] },
          { kind: 'scalar', value: '1' },
        ],
      },
      scopes: ['outer'],
    })
  })

  it('kernels, copies and ranges as render stages', async () => {
    const stage = (timestamp: number, stage_iid: number, rest: object) => ({
      timestamp,
      trusted_packet_sequence_id: 1,
      sequence_flags: 2,
      gpu_render_stage_event: { duration: 5, gpu_id: 1, hw_queue_iid: 107, stage_iid, ...rest },
    })
    const trace = await parse([
      ...tracks,
      interned,
      ...host,
      stage(50, 1, {
        event_id: 8,
        kernel_iid: 1,
        name_iid: 3,
        launch: {
          grid_size: { x: 1, y: 2, z: 3 },
          workgroup_size: { x: 64, y: 1, z: 1 },
          args: [
            { name_iid: 1, uint_value: 40 },
            { name_iid: 2, uint_value: 1024 },
          ],
        },
        extra_data: [
          { name: 'stream id', value: '7' },
          { name: 'correlation', value: '8' },
          { name: 'graph node id', value: '77' },
        ],
      }),
      stage(60, 2, { event_id: 9, extra_data: [{ name: 'bytes', value: '512' }] }),
      stage(49, 4, { duration: 30 }),
    ])
    expect(trace.kernels).toMatchObject([
      {
        name: 'gemm',
        device: 1,
        stream: 7,
        correlation: 8,
        startNs: 50,
        durationNs: 5,
        grid: [1, 2, 3],
        block: [64, 1, 1],
        registersPerThread: 40,
        sharedMemoryBytes: 1024,
        graphNodeId: 77,
        op: { name: 'aten::mm' },
      },
      { kind: 'memcpy', bytes: 512, stream: 7 },
    ])
    expect(trace.annotations.at(-1)).toMatchObject({ on: 'device', pid: 1, tid: 7, durationNs: 30 })
    expect(trace.eventCount).toBe(6)
  })
})

describe('times', () => {
  it('beyond 2^53 are exact', async () => {
    const at = (timestamp: string, type: number) => ({
      timestamp,
      track_event: { type, track_uuid: 5, name: 'k', categories: ['kernel'] },
    })
    const { kernels, baseTimeNs } = await parse([
      at('1790000000000000001', 1),
      at('1790000000000000008', 2),
    ])
    expect(baseTimeNs).toBe('1790000000000000001')
    expect(kernels).toMatchObject([{ startNs: 0, durationNs: 7 }])
  })

  it("of a sequence's clock count from the packet before, in its units, from what a snapshot says", async () => {
    const at = (timestamp: number, type: number, rest: MadePacket = {}) => ({
      timestamp,
      trusted_packet_sequence_id: 3,
      track_event: { type, track_uuid: 5, name: 'k', categories: ['kernel'] },
      ...rest,
    })
    const { kernels, baseTimeNs } = await parse([
      {
        trusted_packet_sequence_id: 3,
        sequence_flags: 1,
        clock_snapshot: {
          clocks: [
            { clock_id: 1, timestamp: 5_000_000 },
            { clock_id: 6, timestamp: 2_000_000 },
            { clock_id: 64, timestamp: 2000, is_incremental: true, unit_multiplier_ns: 1000 },
            { clock_id: 3, timestamp: 1_000_000 },
          ],
        },
        trace_packet_defaults: { timestamp_clock_id: 64 },
      },
      at(3, 1),
      at(4, 2),
      at(2, 1),
      // Another clock of the system, a million behind.
      at(1_020_000, 2, { timestamp_clock_id: 3 }),
    ])
    expect(baseTimeNs).toBe(String(5_000_000 + 3000))
    expect(spans(kernels)).toEqual([
      ['k', 0, 4000],
      ['k', 6000, 11_000],
    ])
  })

  it('on a clock that nothing is known of are counted, and the event left out', async () => {
    const { kernels, repairs, eventCount } = await parse([
      ...slice({ name: 'k', category: 'kernel', track: 5, start: 1, end: 2 }),
      {
        timestamp: 9,
        timestamp_clock_id: 70,
        track_event: { type: 3, name: 'i' },
      },
    ])
    expect(kernels).toHaveLength(1)
    expect(repairs).toMatchObject([{ kind: 'missing_timestamp', count: 1 }])
    expect(eventCount).toBe(2)
  })
})

describe('what is missing', () => {
  it('events that refer to lost packets are left out and counted, until the writer begins anew', async () => {
    const named = (name: string) => ({
      trusted_packet_sequence_id: 1,
      interned_data: { event_names: [{ iid: 1, name }] },
    })
    const event = (timestamp: number, type: number) => ({
      timestamp,
      trusted_packet_sequence_id: 1,
      sequence_flags: 2,
      track_event: { type, track_uuid: 5, name_iid: 1, categories: ['kernel'] },
    })
    const { kernels, repairs, eventCount } = await parse([
      { ...named('one'), sequence_flags: 1 },
      event(10, 1),
      event(12, 2),
      { trusted_packet_sequence_id: 1, previous_packet_dropped: 1 },
      event(20, 1),
      event(22, 2),
      { ...named('two'), sequence_flags: 1 },
      event(30, 1),
      event(33, 2),
    ])
    expect(spans(kernels)).toEqual([
      ['one', 0, 2],
      ['two', 20, 3],
    ])
    expect(repairs).toMatchObject([{ kind: 'lost_packets', count: 2 }])
    expect(eventCount).toBe(4)
  })

  it('a begin without an end has no duration, an end without a begin is left out; both are counted', async () => {
    const [begin, end] = slice({ name: 'k', category: 'kernel', track: 5, start: 10, end: 20 })
    const stray = { timestamp: 5, track_event: { type: 2, track_uuid: 6 } }
    const trace = await parse([begin!, stray])
    expect(spans(trace.kernels)).toEqual([['k', 0, 0]])
    expect(trace.repairs).toMatchObject([
      { kind: 'unclosed_begin', count: 1 },
      { kind: 'unmatched_end', count: 1 },
    ])
    expect(trace.eventCount).toBe(2)
    // Another writer can end what one began, and may stand first in the file.
    const other = await parse([{ ...end!, trusted_packet_sequence_id: 2 }, begin!])
    expect(spans(other.kernels)).toEqual([['k', 0, 10]])
    expect(other.repairs).toEqual([])
  })

  it('a packet that cannot be read is counted; a cut-off file is an error, or kept as far as it goes', async () => {
    const bytes = pftrace(ROCPROFV3_PFTRACE)
    const cut = bytes.subarray(0, bytes.length - 3)
    const error = await refusal(() => parseTrace(cut, { source: 'run.pftrace' }))
    expect(error).toMatchObject({ code: 'truncated', at: { byte: cut.length } })
    const kept = await parseTrace(cut, { salvage: true })
    expect(kept.kernels).toHaveLength(3)
    expect(kept.repairs).toMatchObject([{ kind: 'truncated_file' }])
    const broken = Uint8Array.of(0x0a, 3, 0x5a, 9, 1, ...bytes)
    const { repairs, eventCount, kernels } = await parseTrace(broken)
    expect(kernels).toHaveLength(3)
    expect(repairs).toMatchObject([{ kind: 'malformed_event', count: 1 }])
    expect(eventCount).toBe(9)
  })

  it('text that is named .pftrace is read as what it is', async () => {
    const text = '{"traceEvents": [{"ph": "X", "cat": "kernel", "name": "k", "ts": 1, "dur": 2}]}'
    const trace = await parseTrace(bytesOf(text), { source: 'run.pftrace' })
    expect(trace.format).toBe('kineto')
  })

  it('packets that are packed with zstd are refused with what unpacks them', async () => {
    const packed = [{ zstd_compressed_packets: Uint8Array.of(1, 2, 3) }]
    const error = await refusal(() => parse(packed))
    expect(error).toMatchObject({ code: 'unsupported_format' })
    expect(error.message).toContain('traceconv decompress_packets')
  })
})

it('a packet that unpacks to more than the bound is counted and left out', async () => {
  const bomb = [{ compressed_packets: deflateSync(new Uint8Array(80e6)) }, ...ROCPROFV3_PFTRACE]
  const { kernels, repairs } = await parse(bomb)
  expect(kernels).toHaveLength(3)
  expect(repairs).toMatchObject([{ kind: 'malformed_event', count: 1 }])
})
