import { describe, expect, it } from 'vitest'
import { parseTrace } from '../../parse-trace.js'
import { annotations, type MadePacket, pftrace } from '../../testing/pftrace.js'

const parse = (packets: readonly MadePacket[], options = {}) =>
  parseTrace(pftrace(packets), { source: 'run.pftrace', ...options })
const spans = (kernels: readonly { name: string; startNs: number; durationNs: number }[]) =>
  kernels.map(({ name, startNs, durationNs }) => [name, startNs, durationNs])

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
