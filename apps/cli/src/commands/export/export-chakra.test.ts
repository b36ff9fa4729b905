import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeChakra } from '../../../../../packages/parser/src/testing/chakra.js'
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

  it('leaves no rank of a former export', async () => {
    await flowsim('export', 'chakra', rank(0), rank(1), '-o', at('again'))
    await flowsim('export', 'chakra', rank(0), '-o', at('again'), '--prefix', 'other')
    expect((await flowsim('export', 'chakra', rank(0), '-o', at('again'))).code).toBe(0)
    expect(readdirSync(at('again'))).toEqual(['groups.json', 'other.0.et', 'workload.0.et'])
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

describe('flowsim export chakra --model', () => {
  const model = ['--model', 'llama-3.1-8b', '--layers', '2', '--jitter', '0']
  const run = (...args: string[]) => flowsim('export', 'chakra', ...model, ...args)
  const nodesOf = (path: string) => decodeChakra(readFileSync(at(path))).nodes

  it('writes what every rank of the model computes and says, collectives with their type and bytes', async () => {
    const batch = ['--batch', '4', '--isl', '128', '--osl', '2']
    const { code, out, err } = await run('--tp', '2', ...batch, '-o', at('out'), '--json')
    expect([code, err]).toEqual([0, ''])
    const { ranks } = JSON.parse(out)
    expect(ranks.map(({ rank }: { rank: number }) => rank)).toEqual([0, 1])
    const [first, second] = ['out/workload.0.et', 'out/workload.1.et'].map(nodesOf)
    const messages = first!.filter(({ type }) => type === 7).map(({ attr }) => attr)
    // Hidden width 4096 in bf16: prompts of 4 × 128 tokens, then a token of each of the 4; twice in both layers.
    const ofLayers = messages.filter(({ comm_type }) => comm_type === 0)
    const prompt = 4 * 128 * 4096 * 2
    const token = 4 * 4096 * 2
    for (const bytes of [prompt, token]) {
      expect(ofLayers.filter(({ comm_size }) => comm_size === bytes).length).toBeGreaterThanOrEqual(
        4,
      )
    }
    expect(ofLayers.every(({ comm_size }) => comm_size === prompt || comm_size === token)).toBe(
      true,
    )
    expect(messages.every((attr) => attr.is_cpu_op === false && !('pg_name' in attr))).toBe(true)
    // Ranks that do the same write the same, and each node waits only for earlier ones.
    expect(second).toEqual(first)
    for (const { id, data_deps } of first!) expect(data_deps.every((each) => each < id)).toBe(true)
    // Between two messages there is one computation at most.
    const types = first!.map(({ type }) => type)
    expect(types.some((type, i) => type === 4 && types[i + 1] === 4)).toBe(false)
  })

  it('numbers the groups of tensor parallelism within replicas', async () => {
    const { code } = await run('--tp', '2', '--dp', '2', '--osl', '1', '-o', at('dp'))
    expect(code).toBe(0)
    expect(JSON.parse(readFileSync(at('dp/groups.json'), 'utf8'))).toEqual({ 1: [0, 1], 2: [2, 3] })
    const groups = (n: number) =>
      new Set(nodesOf(`dp/workload.${n}.et`).map(({ attr }) => attr.pg_name))
    expect([...groups(0)].filter(Boolean)).toEqual(['1'])
    expect([...groups(3)].filter(Boolean)).toEqual(['2'])
  })

  it.each([
    ['a trace beside it', [at('r0.json')], 'either traces, or a model'],
    ['a pipeline', ['--pp', '2'], '--pp: what the stages'],
    ['options of traces', ['--steps', '3'], '--steps: belongs to traces'],
  ])('refuses %s', async (_, args, why) => {
    const { code, err } = await run(...args, '-o', at('no'))
    expect([code, err]).toEqual([2, expect.stringContaining(why)])
  })
})
