// A small file of every format, for the tests and the fuzzing that damage them.
import { ASCEND_TABLE, ASCEND_VIEW } from './ascend-samples.js'
import { CHAKRA_NODES, chakraTrace } from './chakra.js'
import { bytesOf, host, kernel, traceText } from './make-trace.js'
import { NSIGHT_SYSTEMS_TABLES } from './nsight-systems.js'
import { pftrace, ROCPROFV3_PFTRACE } from './pftrace.js'
import { ROCPD_TABLES, RPD_TABLES } from './rocpd.js'
import { rocprofv3Process } from './rocprofv3.js'
import { databaseOfTables } from './sqlite.js'
import { XLA_GPU_SPACE } from './xspace-samples.js'

/** Bytes by the name of the format. */
export const FORMAT_SAMPLES: Record<string, Uint8Array> = {
  kineto: bytesOf(
    traceText([
      host('cpu_op', 'aten::mm', 0, 9, { 'Input Dims': [[4, 8]], 'Input type': ['float'] }),
      host('cuda_runtime', 'cudaLaunchKernel', 1, 2, { correlation: 1 }),
      kernel('gemm', 5, 9, { correlation: 1, grid: [1, 2, 3], block: [128, 1, 1] }),
    ]),
  ),
  'nsight-systems': databaseOfTables(NSIGHT_SYSTEMS_TABLES),
  rocprofv3: bytesOf(JSON.stringify({ 'rocprofiler-sdk-tool': [rocprofv3Process(7)] })),
  rocpd: databaseOfTables(ROCPD_TABLES),
  rpd: databaseOfTables(RPD_TABLES),
  xplane: XLA_GPU_SPACE,
  perfetto: pftrace(ROCPROFV3_PFTRACE),
  chakra: chakraTrace(CHAKRA_NODES),
  'jax-chrome': bytesOf(
    JSON.stringify({
      traceEvents: [
        { ph: 'M', pid: 1, name: 'process_name', args: { name: '/device:GPU:0' } },
        { ph: 'M', pid: 1, tid: 9, name: 'thread_name', args: { name: 'Stream #9' } },
        { ph: 'X', pid: 1, tid: 9, ts: 1, dur: 2, name: 'gemm', args: { hlo_op: 'dot.1' } },
      ],
    }),
  ),
  'proton-hatchet': bytesOf(
    JSON.stringify([
      {
        frame: { name: 'ROOT' },
        metrics: {},
        children: [
          {
            frame: { name: 'matmul_kernel' },
            metrics: { count: 2, device_id: '0', 'time (ns)': 9 },
            children: [],
          },
        ],
      },
    ]),
  ),
  ascend: bytesOf(ASCEND_VIEW),
  'ascend-kernels': bytesOf(ASCEND_TABLE),
}
