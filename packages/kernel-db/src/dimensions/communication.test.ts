import type { KernelCollective } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const NCCL = 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)'

function nccl(collective: KernelCollective, name = NCCL) {
  return classify(kernel(name, undefined, { kind: 'collective', collective }))
}

describe('collectives', () => {
  it('have elements, type and ranks from the message', () => {
    const { call, family } = nccl({
      kind: 'all_reduce',
      dtype: 'bf16',
      inElements: 7340032,
      outElements: 7340032,
      groupSize: 4,
    })
    expect(family).toBe('communication')
    expect(call).toEqual({
      op: 'all_reduce',
      elements: 7340032,
      devices: 4,
      dtype: 'bf16',
      algorithm: 'ring',
    })
  })

  it('count the elements of all ranks where these are gathered or scattered', () => {
    const message = { dtype: 'bf16' as const, groupSize: 8 }
    const name = 'ncclDevKernel_AllGather_RING_LL(ncclDevKernelArgsStorage<4096ul>)'
    expect(nccl({ kind: 'all_gather', inElements: 100, ...message }, name).call).toMatchObject({
      op: 'all_gather',
      elements: 800,
    })
    expect(
      nccl({ kind: 'reduce_scatter', inElements: 800, outElements: 100, ...message }).call,
    ).toMatchObject({ op: 'reduce_scatter', elements: 800 })
  })

  it('have the ranks that the tensors of a gather or a scatter tell, before those of the job', () => {
    const gather = (out: string) =>
      classify(
        kernel(
          'ncclKernel_SendRecv_RING_SIMPLE_Sum_int8_t(ncclDevComm*)',
          op('c10d::_allgather_base_', t(`${out} int8`), t('100 int8')),
          { kind: 'collective', collective: { kind: 'all_gather', inElements: 100 } },
        ),
        { worldSize: 128 },
      ).call
    expect(gather('6400')).toMatchObject({ op: 'all_gather', devices: 64, elements: 6400 })
    expect(gather('6450')).toMatchObject({ devices: 128, elements: 12800 })
  })

  it('have no dimensions without a group', () => {
    expect(nccl({ kind: 'all_reduce', dtype: 'bf16', inElements: 8 }).missing).toBe(
      'the number of ranks is not in the trace',
    )
  })

  it("of an engine's own kernels have ranks in the name and elements in the operator", () => {
    const { call } = classify(
      kernel(
        'void vllm::cross_device_reduce_1stage<__nv_bfloat16, 8>(int)',
        op('_C_custom_ar::all_reduce', s(1), t('32,7168 bf16'), t('32,7168 bf16'), s(2), s(3)),
      ),
    )
    expect(call).toEqual({
      op: 'all_reduce',
      elements: 32 * 7168,
      devices: 8,
      dtype: 'bf16',
      algorithm: 'one_shot',
    })
  })

  it('have the ranks of the group that the operator names, before those of a name or a job', () => {
    const event = kernel(
      'void (anonymous namespace)::multimem_all_reduce_kernel<c10::BFloat16, 16>(c10::BFloat16*)',
      op('symm_mem::multimem_all_reduce_', t('4096 bf16'), s('sum'), s('7')),
    )
    expect(classify(event, { worldSize: 16, groupSizes: new Map([['7', 4]]) }).call).toMatchObject({
      devices: 4,
      algorithm: 'multimem',
    })
    expect(classify(event).missing).toBe('the number of ranks is not in the trace')
  })

  it.each([
    ['ncclDevKernel_AllReduce_Sum_bf16_RING_LL(int)', 'ring'],
    ['ncclDevKernel_AllReduce_Sum_bf16_TREE_LL(int)', 'tree'],
    ['ncclDevKernel_AllReduce_Sum_bf16_NVLS_TREE_SIMPLE(int)', 'nvls'],
    ['ncclSymkDevKernel_AllReduce_RSxLD_AGxST_bf16_sum(int)', 'two_shot'],
    ['ncclSymkDevKernel_AllReduce_AGxLL_R_bf16_sum(int)', 'one_shot'],
    ['ncclSymkDevKernel_AllReduce_RSxLDMC_AGxSTMC_bf16_sum(int)', 'multimem'],
    [
      'void (anonymous namespace)::two_shot_all_reduce_kernel<c10::BFloat16, 16, 8>(int)',
      'two_shot',
    ],
    ['void (anonymous namespace)::multimem_one_shot_all_reduce_kernel<float, 16>(int)', 'multimem'],
    ['void vllm::cross_device_reduce_2stage<__half, 8>(int)', 'two_shot'],
  ])('%s: %s', (name, algorithm) => {
    const collective = { kind: 'all_reduce', dtype: 'bf16', inElements: 64, groupSize: 8 } as const
    expect(nccl(collective, name).call).toMatchObject({ algorithm })
  })

  it('use the size of the job where a kernel names no group', () => {
    const event = kernel(
      'void sglang::cross_device_reduce_2stage<__nv_bfloat16>(int)',
      op('sgl_kernel::all_reduce', s(1), t('32,7168 bf16'), t('32,7168 bf16')),
    )
    expect(classify(event, { worldSize: 4 }).call).toMatchObject({ devices: 4 })
    expect(classify(event).call).toBeUndefined()
  })
})

describe("the driver's copies and fills", () => {
  it('have bytes and a direction', () => {
    const copy = kernel('Memcpy HtoD (Pinned -> Device)', undefined, {
      kind: 'memcpy',
      bytes: 4096,
    })
    expect(classify(copy)).toMatchObject({
      op: 'memcpy',
      family: 'memcpy',
      rule: 'driver.memcpy',
      call: { op: 'memcpy', bytes: 4096, direction: 'host_to_device' },
    })
    const fill = kernel('Memset (Device)', undefined, { kind: 'memset', bytes: 16 })
    expect(classify(fill).call).toEqual({ op: 'memset', bytes: 16 })
    expect(classify(kernel('Memset (Device)', undefined, { kind: 'memset' })).missing).toBe(
      'the number of bytes is not in the trace',
    )
  })
})

describe('copies of the copy engine', () => {
  it.each([
    ['Memcpy HtoD (Pageable -> Device)', 'host_to_device'],
    ['Memcpy DtoH (Device -> Pinned)', 'device_to_host'],
    ['Memcpy PtoP (Device -> Device)', 'peer_to_peer'],
    ['Memcpy DtoD (Device -> Device)', 'device_to_device'],
    ['Memcpy', 'unknown'],
  ])('%s: %s', (name, direction) => {
    const { call } = classify(kernel(name, undefined, { kind: 'memcpy', bytes: 64 }))
    expect(call).toEqual({ op: 'memcpy', bytes: 64, direction })
  })
})
