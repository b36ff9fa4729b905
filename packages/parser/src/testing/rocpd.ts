// Databases of AMD's profilers for tests.
import type { Tables } from './sqlite.js'

const region = (
  name: string,
  category: string,
  stack: number,
  start: number,
  end: number,
  extdata = '{}',
) => ({
  start,
  end,
  guid: 'a',
  pid: 100,
  tid: 12,
  stack_id: stack,
  name,
  category,
  extdata,
})
/** What `rocprofv3` of ROCm 7 writes: a kernel, a copy, their calls, a range; a call of HSA besides. */
export const ROCPD_TABLES: Tables = {
  rocpd_kernel_dispatch: [{ id: 1 }],
  rocpd_info_agent: [
    { type: 'CPU', type_index: 0, name: 'cpu', product_name: 'EPYC', extdata: '{}' },
    {
      type: 'GPU',
      type_index: 0,
      name: 'gfx942',
      product_name: 'AMD Instinct MI300X',
      extdata: '{"cu_count": 304, "wave_front_size": 64, "gfx_target_version": 90402}',
    },
  ],
  kernels: [
    {
      start: 1000,
      end: 1400,
      guid: 'a',
      pid: 100,
      tid: 12,
      stream_id: 3,
      queue_id: 1,
      stack_id: 1,
      name: 'gemm',
      agent_type_index: 0,
      grid_x: 1000,
      grid_y: 2,
      grid_z: 1,
      workgroup_x: 256,
      workgroup_y: 1,
      workgroup_z: 1,
      lds_size: 64,
    },
  ],
  memory_copies: [
    {
      start: 1800,
      end: 1900,
      guid: 'a',
      pid: 100,
      tid: 12,
      stream_id: 3,
      queue_id: 1,
      stack_id: 3,
      name: 'MEMORY_COPY_HOST_TO_DEVICE',
      size: 4096,
      src_agent_type: 'CPU',
      dst_agent_type: 'GPU',
      src_agent_type_index: 0,
      dst_agent_type_index: 0,
    },
  ],
  regions: [
    region('hipLaunchKernel', 'HIP_RUNTIME_API', 1, 900, 950),
    region('hipMemcpyAsync', 'HIP_RUNTIME_API', 3, 1700, 1710),
    region('hsa_signal_create', 'HSA_CORE_API', 4, 1, 2),
    region('roctxRangePushA', 'MARKER_CORE_API', 5, 800, 3000, '{"message": "step 1"}'),
  ],
}

const at = (start: number, end: number) => ({ start, end })

/** What rocmProfileData writes: a kernel, a copy and a fill, their calls, a range; the tracer's own call besides. */
export const RPD_TABLES: Tables = {
  rocpd_string: [
    '',
    'gemm',
    'KernelExecution',
    'CopyHostToDevice',
    'FillBuffer',
    'hipLaunchKernel',
    'hipMemcpyAsync',
    'hipMemsetAsync',
    'UserMarker',
    'step 1',
    'KernelTable::flush',
  ].map((string, i) => ({ id: i + 1, string })),
  rocpd_op: [
    { id: 1, gpuId: 0, queueId: 3, ...at(1000, 1400), description_id: 2, opType_id: 3 },
    { id: 2, gpuId: 0, queueId: 3, ...at(1800, 1900), description_id: 1, opType_id: 4 },
    { id: 3, gpuId: 0, queueId: 3, ...at(2000, 2010), description_id: 1, opType_id: 5 },
  ],
  rocpd_api: [
    { id: 11, pid: 100, tid: 12, ...at(900, 950), apiName_id: 6, args_id: 1 },
    { id: 12, pid: 100, tid: 12, ...at(1700, 1710), apiName_id: 7, args_id: 1 },
    { id: 13, pid: 100, tid: 12, ...at(1950, 1960), apiName_id: 8, args_id: 1 },
    { id: 14, pid: 100, tid: 12, ...at(800, 3000), apiName_id: 9, args_id: 10 },
    { id: 15, pid: 100, tid: 12, ...at(3100, 3200), apiName_id: 11, args_id: 1 },
  ],
  rocpd_api_ops: [1, 2, 3].map((op) => ({ id: op, api_id: op + 10, op_id: op })),
  rocpd_kernelapi: [
    {
      ...{ api_ptr_id: 11, stream: '0x7', gridX: 4, gridY: 2, gridZ: 1 },
      ...{ workgroupX: 256, workgroupY: 1, workgroupZ: 1, groupSegmentSize: 64 },
    },
  ],
  rocpd_copyapi: [{ api_ptr_id: 12, stream: '0x7', size: 4096 }],
}
