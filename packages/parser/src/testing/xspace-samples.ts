// A profile of XLA for tests: a compiled module and what a GPU ran of it.
import { encode, metadataPlane, plane } from './xspace.js'

const F32 = 11
const BF16 = 16
const tensor = (element_type: number, ...dimensions: number[]) => ({ element_type, dimensions })
const parameter = (id: number, ...dimensions: number[]) => ({
  name: `p.${id}`,
  opcode: 'parameter',
  id,
  shape: tensor(BF16, ...dimensions),
})

/** Products, a convolution, a fusion, a collective, a loop; operands are numbered from 1. */
export const XLA_MODULE = encode('Hlo', {
  hlo_module: {
    name: 'jit_step',
    computations: [
      {
        name: 'fused',
        id: 2,
        root_id: 103,
        instructions: [
          { ...parameter(101, 8, 64), name: 'f.1' },
          { ...parameter(102, 32, 64), name: 'f.2' },
          {
            name: 'dot.9',
            opcode: 'dot',
            id: 104,
            shape: tensor(F32, 8, 32),
            operand_ids: [101, 102],
            dot_dimension_numbers: {
              lhs_contracting_dimensions: [1],
              rhs_contracting_dimensions: [1],
            },
          },
          {
            name: 'c.1',
            opcode: 'convert',
            id: 103,
            shape: tensor(BF16, 8, 32),
            operand_ids: [104],
          },
        ],
      },
      {
        name: 'main',
        id: 1,
        instructions: [
          parameter(1, 8, 64),
          parameter(2, 32, 64),
          parameter(3, 4, 8, 16),
          parameter(4, 4, 16, 2),
          parameter(5, 1, 28, 28, 3),
          parameter(6, 5, 5, 3, 7),
          {
            name: 'fusion.1',
            opcode: 'fusion',
            id: 10,
            shape: tensor(BF16, 8, 32),
            operand_ids: [1, 2],
            called_computation_ids: [2],
            metadata: { op_name: 'jit(step)/dot_general' },
          },
          {
            name: 'custom-call.1',
            opcode: 'custom-call',
            custom_call_target: '__cublas$gemm',
            id: 11,
            shape: { element_type: 13, tuple_shapes: [tensor(BF16, 4, 8, 2), tensor(6, 4096)] },
            operand_ids: [3, 4],
            backend_config: Buffer.from(
              '{"gemm_backend_config":{"alpha_real":1,"dot_dimension_numbers":{"lhs_contracting_dimensions":["2"],"rhs_contracting_dimensions":["1"],"lhs_batch_dimensions":["0"],"rhs_batch_dimensions":["0"]}}}',
            ),
          },
          {
            name: 'cudnn-conv.1',
            opcode: 'custom-call',
            custom_call_target: '__cudnn$convForward',
            id: 12,
            shape: { element_type: 13, tuple_shapes: [tensor(BF16, 1, 24, 24, 7), tensor(6, 0)] },
            operand_ids: [5, 6],
            window: {
              dimensions: [
                { size: 5, stride: 1 },
                { size: 5, stride: 1 },
              ],
            },
            convolution_dimension_numbers: {
              input_batch_dimension: 0,
              input_feature_dimension: 3,
              input_spatial_dimensions: [1, 2],
              kernel_output_feature_dimension: 3,
              kernel_input_feature_dimension: 2,
              kernel_spatial_dimensions: [0, 1],
              output_batch_dimension: 0,
              output_feature_dimension: 3,
              output_spatial_dimensions: [1, 2],
            },
          },
          {
            name: 'all-reduce.3',
            opcode: 'all-reduce',
            id: 13,
            shape: tensor(BF16, 8, 32),
            operand_ids: [10],
            replica_groups: [{ replica_ids: [0, 1, 2, 3] }],
          },
          { name: 'while.1', opcode: 'while', id: 14, shape: tensor(BF16, 8, 32) },
          { name: 'copy.2', opcode: 'copy', id: 15, shape: tensor(BF16, 8, 64), operand_ids: [1] },
          {
            // A matrix product as TPUs have it.
            name: 'convolution.4',
            opcode: 'convolution',
            id: 16,
            shape: tensor(BF16, 8, 32),
            operand_ids: [1, 2],
            convolution_dimension_numbers: {
              input_batch_dimension: 0,
              input_feature_dimension: 1,
              kernel_output_feature_dimension: 0,
              kernel_input_feature_dimension: 1,
              output_batch_dimension: 0,
              output_feature_dimension: 1,
            },
          },
        ],
      },
    ],
  },
})

const of = (hlo_op: string, correlation_id: number) => ({
  hlo_op,
  hlo_module: 'jit_step',
  program_id: 5,
  correlation_id,
})

/** One device, a thread of the host, the compiled module. */
export const XLA_GPU_SPACE = encode('XSpace', {
  hostnames: ['node7'],
  warnings: ['dropped 3 events'],
  planes: [
    metadataPlane({ 5: XLA_MODULE }),
    plane(
      '/device:GPU:1',
      [
        {
          id: 20,
          name: 'Stream #20(Compute,MemcpyD2H)',
          timestampNs: 1000,
          events: [
            {
              name: 'gemm_fusion_dot_1',
              startNs: 500,
              durationNs: 100,
              stats: {
                ...of('fusion.1', 7),
                kernel_details:
                  'regs:32 static_shared:16 dynamic_shared:1024 grid:16,2,1 block:128,1,1 occ_pct:50',
              },
            },
            { name: 'pack', startNs: 700, durationNs: 10, stats: of('custom-call.1', 8) },
            { name: 'gemm', startNs: 720, durationNs: 50, stats: of('custom-call.1', 9) },
            { name: 'pack', startNs: 800, durationNs: 10, stats: of('custom-call.1', 10) },
            { name: 'conv', startNs: 900, durationNs: 10, stats: of('cudnn-conv.1', 11) },
            {
              name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL',
              startNs: 950,
              durationNs: 20,
              stats: of('all-reduce.3', 12),
            },
            {
              name: 'MemcpyD2H',
              startNs: 1000,
              durationNs: 5,
              stats: { correlation_id: 13, memcpy_details: 'kind:D2H size:4096 dest:0 async:1' },
            },
          ],
        },
        { id: 21, name: 'XLA Ops', events: [{ name: 'fusion.1', startNs: 1, durationNs: 9 }] },
      ],
      {
        device_vendor: 'Nvidia',
        core_count: 132,
        memory_size: 80e9,
        compute_cap_major: 9,
        compute_cap_minor: 0,
      },
    ),
    plane('/host:CPU', [
      {
        id: 77,
        name: 'python',
        timestampNs: 1000,
        events: [
          { name: '$train.py:12 step', startNs: 100, durationNs: 900 },
          { name: 'PjitFunction(step)', startNs: 150, durationNs: 800 },
          { name: 'cuLaunchKernel', startNs: 200, durationNs: 20, stats: { correlation_id: 7 } },
          { name: 'MemoryAllocation', startNs: 210, durationNs: 0 },
        ],
      },
    ]),
    plane('Task Environment', [], { profile_start_time: 1_700_000_000 }),
  ],
})
