// A rocprofv3 JSON document for tests.

const gpu = (handle: number, index: number) => ({
  id: { handle },
  type: 2,
  name: 'gfx942',
  product_name: 'AMD Instinct MI300X',
  cu_count: 304,
  wave_front_size: 64,
  gfx_target_version: 90402,
  logical_node_type_id: index,
  mem_banks: [{ heap_type: 1, size_in_bytes: 205e9 }],
})

const record = (kind: number, operation: number, internal: number, start: number, end: number) => ({
  kind,
  operation,
  thread_id: 12,
  correlation_id: { internal, external: 0 },
  start_timestamp: start,
  end_timestamp: end,
})

const dispatch = (internal: number, start: number, end: number, agent = 7, stream = 3) => ({
  ...record(11, 2, internal, start, end),
  dispatch_info: {
    agent_id: { handle: agent },
    queue_id: { handle: 1 },
    kernel_id: 5,
    group_segment_size: 2048,
    workgroup_size: { x: 256, y: 1, z: 1 },
    grid_size: { x: 1000, y: 2, z: 1 },
  },
  stream_id: { handle: stream },
})

/** The part of one process: two kernels, a copy, their calls, ranges. */
export const rocprofv3Process = (pid: number): Record<string, unknown> => ({
  metadata: { pid, node: { hostname: 'host' } },
  agents: [{ id: { handle: 6 }, type: 1, name: 'CPU' }, gpu(7, 0), gpu(8, 1)],
  strings: {
    buffer_records: [
      ...Array.from({ length: 5 }, () => ({ kind: 'X', operations: [] })),
      { kind: 'HIP_RUNTIME_API', operations: ['hipLaunchKernel', 'hipMemcpyAsync'] },
      { kind: 'MARKER_CORE_API', operations: ['roctxRangePushA'] },
    ],
    marker_api: [
      { key: 21, value: 'step 1' },
      { key: 22, value: 'aten::mm, op_id = 9, sizes = [[4, 8], [8, 2]]' },
    ],
  },
  code_objects: [{ x: ['skipped'] }],
  kernel_symbols: [
    { kernel_id: 5, kernel_name: '_Z4gemm.kd', formatted_kernel_name: 'gemm<float>(float*)' },
  ],
  buffer_records: {
    kernel_dispatch: [dispatch(1, 1000, 1400), dispatch(2, 1500, 1600, 8, 4)],
    hip_api: [record(5, 0, 1, 900, 950), record(5, 0, 2, 960, 970), record(5, 1, 3, 1700, 1710)],
    hsa_api: [record(1, 0, 50, 1, 2)],
    marker_api: [record(6, 0, 21, 800, 3000), record(6, 0, 22, 890, 955)],
    memory_copy: [
      {
        ...record(10, 2, 3, 1800, 1900),
        dst_agent_id: { handle: 7 },
        src_agent_id: { handle: 6 },
        bytes: 4096,
      },
    ],
  },
})

/** A whole document. */
export const rocprofv3Document = (...pids: number[]): Record<string, unknown> => ({
  'rocprofiler-sdk-tool': pids.map(rocprofv3Process),
})
