import { describe, expect, it } from 'vitest'
import { host, kernel, type MadeEvent, traceText } from '../testing/make-trace.js'
import { LAUNCHED, parseMade } from '../testing/samples.js'

describe('annotations', () => {
  it('give their scope to what is launched in them', async () => {
    const { kernels, annotations } = await parseMade(
      traceText([host('user_annotation', 'decode', 0, 99), ...LAUNCHED]),
    )
    expect(kernels[0]!.scopes).toEqual(['decode'])
    expect(annotations).toMatchObject([{ name: 'decode', on: 'host', durationNs: 99_000 }])
  })

  const onDevice = (name: string, ts: number, dur: number, id: number): MadeEvent => ({
    ...host('gpu_user_annotation', name, ts, dur, { 'External id': id }),
    pid: 0,
    tid: 7,
  })

  it('with shapes serve one kernel, the one that bears their name', async () => {
    const { kernels } = await parseMade(
      traceText([
        onDevice('mem.write_req[pool=(4, 8),loc=(7,),dtype=torch.int32,torch.int64]', 0, 50, 1),
        kernel('helper_kernel', 1, 1),
        kernel('write_req_triton', 3, 1),
        kernel('third', 5, 1),
      ]),
    )
    expect(kernels.map(({ shapesFrom }) => shapesFrom)).toEqual(['none', 'annotation', 'none'])
    expect(kernels[1]!.tensors).toEqual([
      { name: 'pool', shape: [4, 8], dtype: 'int32' },
      { name: 'loc', shape: [7], dtype: 'int64' },
    ])
  })

  it('with shapes are one annotation on host and device together', async () => {
    const label = 'attn.launch|x[4x16:float32]'
    const { kernels } = await parseMade(
      traceText([
        host('user_annotation', label, 0, 20, { 'External id': 5 }),
        host('cuda_runtime', 'cudaLaunchKernel', 1, 2, { correlation: 1 }),
        host('cuda_runtime', 'cudaLaunchKernel', 4, 2, { correlation: 2 }),
        onDevice(label, 30, 20, 5),
        kernel('first', 31, 1, { correlation: 1 }),
        kernel('second', 33, 1, { correlation: 2 }),
      ]),
    )
    expect(kernels.map(({ tensors }) => tensors)).toEqual([
      [{ name: 'x', shape: [4, 16], dtype: 'fp32' }],
      undefined,
    ])
  })

  it('with shapes do not serve a kernel that an operator describes', async () => {
    const { kernels } = await parseMade(
      traceText([host('user_annotation', 'p|x[4:float32]', 0, 99), ...LAUNCHED]),
    )
    expect(kernels[0]!.shapesFrom).toBe('profiler')
    expect(kernels[0]!.tensors).toBeUndefined()
  })
})

describe('annotations of c10d', () => {
  const around = (name: string, dims: unknown, type: unknown) => [
    host('user_annotation', name, 0, 50, { 'Input Dims': dims, 'Input type': type }),
    host('cuda_runtime', 'cudaLaunchKernel', 5, 5, { correlation: 1 }),
    kernel('ncclKernel_SendRecv_RING_SIMPLE_Sum_int8_t(ncclDevComm*)', 20, 9, { correlation: 1 }),
  ]

  it('say what a collective is, and its message, where its kernel records neither', async () => {
    const { kernels } = await parseMade(
      traceText(around('nccl:all_reduce', [[3, 5], [7]], ['float', 'float'])),
    )
    expect(kernels[0]!.collective).toEqual({ kind: 'all_reduce', dtype: 'fp32', inElements: 22 })
  })

  it('say nothing where they are not of a collective, or record no shapes', async () => {
    for (const events of [
      around('forward', [[3, 5]], ['float']),
      around('nccl:all_reduce', undefined, undefined),
      around('nccl:all_reduce', 'text', 5),
    ]) {
      const { kernels } = await parseMade(traceText(events))
      expect(kernels[0]!.collective).not.toHaveProperty('inElements')
    }
  })
})
