// Collectives: SGLang's custom all-reduce on the compute stream for small messages among 2, 4, 6 or 8
// devices (one step below 512 KiB for up to 4 devices and 256 KiB for up to 8, two steps up to
// 8 MiB), NCCL on a separate stream for all others.
import type { Dtype, OpCall, OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { CUDA_TYPES, NONE, type OperatorPlan, scalar, simpleKernel, tensor } from './plan.js'

const CUSTOM_LIMIT = 8 * 2 ** 20
const NCCL_TYPES: Partial<Record<Dtype, string>> = { bf16: 'bf16', fp16: 'f16', fp32: 'f32' }

type Collective = OpCallOf<
  'all_reduce' | 'all_gather' | 'reduce_scatter' | 'all_to_all' | 'send' | 'recv'
>

/** Whether a call is a communication. */
export function isCommunication(call: OpCall): call is Collective {
  return (
    call.op === 'all_reduce' ||
    call.op === 'all_gather' ||
    call.op === 'reduce_scatter' ||
    call.op === 'all_to_all' ||
    call.op === 'send' ||
    call.op === 'recv'
  )
}

/** A collective of `cols` columns. */
export function planCommunication(call: Collective, cols: number): OperatorPlan[] {
  const { elements, devices, dtype } = call
  const bytes = elements * dtypeBytes(dtype)
  if (call.op === 'all_reduce' && bytes <= CUSTOM_LIMIT && devices <= 8 && devices % 2 === 0) {
    const x = tensor(matrix(elements, cols), dtype)
    const one = devices === 2 || bytes < (devices <= 4 ? 512 : 256) * 1024
    const type = CUDA_TYPES[dtype] ?? 'float'
    return [
      {
        name: 'sgl_kernel::all_reduce',
        args: [scalar(0), x, x, scalar(0), scalar(CUSTOM_LIMIT)],
        parents: ['sglang::inplace_all_reduce'],
        kernels: [
          simpleKernel(
            `void sglang::cross_device_reduce_${one ? 1 : 2}stage<${type}, ${devices}>(sglang::RankData*, sglang::RankSignals, sglang::Signal*, ${type}*, int, int)`,
            36,
            512,
            45,
          ),
        ],
      },
    ]
  }
  const [kernel, operator, annotation, inElements, outElements] = ncclForm(call)
  return [
    {
      name: 'record_param_comms',
      args: [tensor(matrix(inElements, cols), dtype), NONE, NONE, scalar(0), NONE],
      parents: [operator],
      annotation,
      kernels: [
        {
          ...simpleKernel(`ncclDevKernel_${kernel}(ncclDevKernelArgsStorage<4096ul>)`, 24, 544, 96),
          sharedMemory: 103_808,
          api: 'cuLaunchKernelEx',
          collective: {
            kind: call.op,
            dtype,
            inElements,
            outElements,
            groupSize: devices,
          },
        },
      ],
    },
  ]
}

function matrix(elements: number, cols: number): number[] {
  return elements % cols === 0 ? [elements / cols, cols] : [elements]
}

function ncclForm(
  call: Collective,
): [kernel: string, operator: string, annotation: string, inElements: number, outElements: number] {
  const { elements, devices, dtype } = call
  const part = Math.ceil(elements / devices)
  switch (call.op) {
    case 'all_reduce':
      return [
        `AllReduce_Sum_${NCCL_TYPES[dtype] ?? 'bf16'}_RING_LL`,
        'c10d::allreduce_',
        'nccl:all_reduce',
        elements,
        elements,
      ]
    case 'all_gather':
      return [
        'AllGather_RING_LL',
        'c10d::_allgather_base_',
        'nccl:_all_gather_base',
        part,
        elements,
      ]
    case 'reduce_scatter':
      return [
        `ReduceScatter_Sum_${NCCL_TYPES[dtype] ?? 'bf16'}_RING_LL`,
        'c10d::_reduce_scatter_base_',
        'nccl:_reduce_scatter_base',
        elements,
        part,
      ]
    case 'all_to_all':
      return ['SendRecv', 'c10d::alltoall_base_', 'nccl:all_to_all', elements, elements]
    case 'send':
      return ['SendRecv', 'c10d::send', 'nccl:send', elements, 0]
    case 'recv':
      return ['SendRecv', 'c10d::recv_', 'nccl:recv', 0, elements]
  }
}
