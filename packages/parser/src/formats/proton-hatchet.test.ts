import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { bytesOf } from '../testing/make-trace.js'

const leaf = (name: string, count: number, timeNs: number, device = '0') => ({
  children: [],
  frame: { name, type: 'function' },
  metrics: { count, device_id: device, device_type: 'CUDA', 'time (ns)': timeNs },
})
const scope = (name: string, ...children: unknown[]) => ({
  children,
  frame: { name, type: 'function' },
  metrics: {},
})
const profile = (...children: unknown[]) => [
  { children, frame: { name: 'ROOT', type: 'function' }, metrics: { count: 0, 'time (ns)': 0 } },
  { CUDA: { '0': { arch: '90', num_sms: 132, clock_rate: 1980000 } } },
]
const parse = (document: unknown) =>
  parseTrace([bytesOf(JSON.stringify(document))], { source: 'run.hatchet' })

describe('a hatchet profile of Triton Proton', () => {
  it('gives as many kernels as ran, with their sum, one after the other in their paths', async () => {
    const trace = await parse(
      profile(
        scope('layer', scope('mlp', leaf('matmul_kernel', 3, 100)), leaf('add_kernel', 1, 7)),
        leaf('softmax_kernel', 2, 10, '1'),
      ),
    )
    expect(trace).toMatchObject({
      format: 'proton-hatchet',
      devices: [{ id: 0, name: '', computeUnits: 132, computeCapability: '9.0' }],
      repairs: [{ kind: 'mean_times', count: 6, of: 6 }],
    })
    const kernels = trace.kernels.map((each) => [
      each.name,
      each.device,
      each.startNs,
      each.durationNs,
      each.op?.name,
    ])
    expect(kernels).toHaveLength(6)
    expect(kernels).toEqual(
      expect.arrayContaining([
        ['matmul_kernel', 0, 0, 33, 'layer/mlp'],
        ['matmul_kernel', 0, 33, 33, 'layer/mlp'],
        ['matmul_kernel', 0, 66, 34, 'layer/mlp'],
        ['add_kernel', 0, 100, 7, 'layer'],
        ['softmax_kernel', 1, 0, 5, undefined],
        ['softmax_kernel', 1, 5, 5, undefined],
      ]),
    )
  })

  it('reads the names of metrics of older versions', async () => {
    const old = {
      children: [],
      frame: { name: 'k' },
      metrics: { Count: 1, DeviceId: '0', 'Time (ns)': 5 },
    }
    expect((await parse(profile(old))).kernels).toMatchObject([{ name: 'k', durationNs: 5 }])
  })

  it('is refused where it is cut off, or holds more than can be held', async () => {
    const text = JSON.stringify(profile(leaf('k', 1, 1)))
    const cut = parseTrace([bytesOf(text.slice(0, -30))], { source: 'run.hatchet' })
    await expect(cut).rejects.toMatchObject({ code: 'corrupt' })
    await expect(parse(profile(leaf('k', 1e9, 1)))).rejects.toThrow(
      /run\.hatchet: .*5000000 kernels/,
    )
    let deep: unknown = leaf('k', 1, 1)
    for (let i = 0; i < 2000; i++) deep = scope('s', deep)
    await expect(parse(profile(deep))).rejects.toThrow(/nested deeper/)
  })
})
