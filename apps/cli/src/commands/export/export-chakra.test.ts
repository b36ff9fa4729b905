import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const folder = testFolder()
const at = (name: string) => join(folder, name)

function rank(n: number): string {
  const activity = (name: string, tid: number, ts: number, dur: number, args: object = {}) => ({
    ...{ ph: 'X', cat: 'kernel', name, pid: 0, tid, ts, dur },
    args: { device: 0, stream: tid, ...args },
  })
  const document = {
    schemaVersion: 1,
    deviceProperties: [{ id: 0, name: 'NVIDIA H100 80GB HBM3' }],
    distributedInfo: { backend: 'nccl', rank: n, world_size: 4 },
    traceEvents: [
      activity('gemm', 7, 0, 10),
      activity('ncclDevKernel_AllReduce_Sum_bf16_RING_LL', 20, 12, 30, {
        ...{ 'Collective name': 'allreduce', 'In msg nelems': 1024, dtype: 'BFloat16' },
        ...{ 'Group size': 2, 'Process Group Ranks': '[0, 1]', 'Process Group Name': '5' },
      }),
      activity('norm', 7, 50, 4),
    ],
  }
  writeFileSync(at(`r${n}.json`), JSON.stringify(document))
  return at(`r${n}.json`)
}

describe('flowsim export chakra', () => {
  it('writes a file for each rank and the ranks of its groups, and says what is left out', async () => {
    const { code, out, err } = await flowsim('export', 'chakra', rank(0), rank(1), '-o', at('out'))
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/0 +2 +1 +- +10\.00 µs/)
    expect(JSON.parse(readFileSync(at('out/groups.json'), 'utf8'))).toEqual({ 1: [0, 1] })
    for (const n of [0, 1]) {
      expect(
        readFileSync(at(`out/workload.${n}.et`))
          .subarray(0, 8)
          .toString('hex'),
      ).toBe('070a05302e302e34')
    }
    const { out: json } = await flowsim('parse', at('out/workload.0.et'), '-o', at('p'), '--json')
    expect(JSON.parse(json)).toMatchObject({ kernels: { count: 3, sumNs: 44_000 } })
  })

  it('says of a trace of several devices that it becomes one rank', async () => {
    const document = JSON.parse(readFileSync(rank(0), 'utf8'))
    document.traceEvents[2].args.device = 1
    writeFileSync(at('two.json'), JSON.stringify(document))
    const { code, err } = await flowsim('export', 'chakra', at('two.json'), '-o', at('two'))
    expect([code, err]).toEqual([
      0,
      expect.stringContaining('two.json: holds kernels of 2 devices'),
    ])
  })
})
