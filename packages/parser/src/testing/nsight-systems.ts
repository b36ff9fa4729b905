// An export of Nsight Systems for tests.

type Value = number | bigint | string | null

const PROCESS = (1n << 48n) + (3n << 24n)
const OTHER = (5n << 56n) + (0x4n << 24n)
const thread = (process: bigint, tid: number) => process + BigInt(tid)

/** A row of the kernels' table. */
export const kernelRow = (more: Record<string, Value>): Record<string, Value> => ({
  start: 1000,
  end: 1500,
  deviceId: 0,
  streamId: 7,
  correlationId: 1,
  globalPid: PROCESS,
  demangledName: 1,
  gridX: 4,
  gridY: 2,
  gridZ: 1,
  blockX: 128,
  blockY: 1,
  blockZ: 1,
  registersPerThread: 32,
  staticSharedMemory: 16,
  dynamicSharedMemory: 1024,
  graphNodeId: null,
  ...more,
})
const call = (more: Record<string, number | bigint>) => ({
  start: 900,
  end: 950,
  globalTid: thread(PROCESS, 11),
  correlationId: 1,
  nameId: 2,
  ...more,
})
const range = (text: string, start: number, end: number | null, more = {}) => ({
  start,
  end,
  eventType: 59,
  text,
  textId: null,
  globalTid: thread(PROCESS, 11),
  ...more,
})

/** Two processes whose correlations are the same numbers, one graph by node, ranges of all kinds. */
export const NSIGHT_SYSTEMS_TABLES: Record<string, Record<string, Value>[]> = {
  StringIds: [
    { id: 1, value: 'void gemm<float, "x">(int)' },
    { id: 2, value: 'cudaLaunchKernel_v7000' },
    { id: 3, value: 'cudaGraphLaunch_v10000' },
    { id: 4, value: 'cudaMemsetAsync_v3020' },
    { id: 5, value: 'cudaStreamWaitEvent_v3020' },
    { id: 6, value: 'cudaEventRecord_v3020' },
    { id: 7, value: 'user range by id' },
  ],
  TARGET_INFO_SESSION_START_TIME: [{ utcEpochNs: 1_785_620_044_423_518_993n }],
  ANALYSIS_DETAILS: [{ duration: 10_000 }],
  TARGET_INFO_GPU: [
    {
      id: 0,
      name: 'NVIDIA H100',
      totalMemory: 85e9,
      smCount: 132,
      computeMajor: 9,
      computeMinor: 0,
      threadsPerWarp: 32,
    },
    {
      id: 3,
      name: 'NVIDIA H100',
      totalMemory: 85e9,
      smCount: 132,
      computeMajor: 9,
      computeMinor: 0,
      threadsPerWarp: 32,
    },
  ],
  TARGET_INFO_CUDA_DEVICE: [
    { gpuId: 0, cudaId: 0, pid: 3 },
    { gpuId: 3, cudaId: 0, pid: 4 },
  ],
  CUPTI_ACTIVITY_KIND_KERNEL: [
    kernelRow({}),
    kernelRow({ start: 2000, end: 2100, correlationId: 2, graphNodeId: 12884901889n }),
    kernelRow({ start: 2100, end: 2300, correlationId: 2, graphNodeId: 12884901890n }),
    kernelRow({ start: 1000, end: 1700, globalPid: OTHER }),
  ],
  CUPTI_ACTIVITY_KIND_MEMSET: [
    {
      start: 3000,
      end: 3010,
      deviceId: 0,
      streamId: 7,
      correlationId: 3,
      globalPid: PROCESS,
      bytes: 64,
      memKind: 2,
    },
  ],
  CUPTI_ACTIVITY_KIND_RUNTIME: [
    call({}),
    call({ start: 1900, end: 1950, correlationId: 2, nameId: 3 }),
    call({ start: 2900, end: 2950, correlationId: 3, nameId: 4 }),
    call({ start: 3100, end: 3110, correlationId: 4, nameId: 6 }),
    call({ start: 3200, end: 3210, correlationId: 5, nameId: 5 }),
    call({ globalTid: thread(OTHER, 21) }),
  ],
  CUPTI_ACTIVITY_KIND_CUDA_EVENT: [
    { streamId: 9, correlationId: 4, globalPid: PROCESS, eventSyncId: 77 },
  ],
  CUPTI_ACTIVITY_KIND_SYNCHRONIZATION: [
    { start: 3200, end: 3210, streamId: 7, correlationId: 5, globalPid: PROCESS, eventSyncId: 77 },
  ],
  NVTX_EVENTS: [
    range('step 1', 800, 5000),
    range('model.layers.0.mlp', 850, 960),
    range('aten::mm, op_id = 4, sizes = [[4, 8], [8, 16]], input_op_ids = [1, 2]', 880, 955),
    range('never ended', 4000, null),
    range('', 4100, 4200, { text: null, textId: 7, eventType: 60 }),
    range('a mark', 4300, null, { eventType: 34 }),
  ],
}
