// Small traces after public reports, as shared cases describe them: what each kernel has to be.
import { readdirSync } from 'node:fs'
import { parseFile } from '@flowsim/parser/node'
import { opWork } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { classifyTrace } from '../classify/classify-trace.js'

/** Operations of the kernels of a case, by the names of the kernels. */
async function operationsOf(name: string) {
  const trace = await parseFile(corpus(`cases/${name}`))
  return classifyTrace(trace)
}
const callsOf = async (name: string) => (await operationsOf(name)).map(({ call }) => call)

describeWithCorpus('cases', () => {
  it('an index expanded by stride 0 counts once: 32 rows are read', async () => {
    const [call] = await callsOf('gather_expanded.json')
    expect(call).toEqual({
      op: 'embedding',
      tokens: 32,
      hidden: 4096,
      vocab: 151936,
      dtype: 'bf16',
    })
    expect(opWork(call!).readBytes).toBe(32 * 4096 * 2 + 32 * 8)
  })

  it('a lookup without recorded strides is told by the kernel that ATen keeps for rows', async () => {
    const [call] = await callsOf('dims-and-copies.trace.json')
    expect(call).toMatchObject({ op: 'embedding', tokens: 888, hidden: 2880 })
  })

  it('the ranks of an all-reduce are those that the trace states, not an alignment in its name', async () => {
    const [, call] = await callsOf('dims-and-copies.trace.json')
    expect(call).toEqual({
      op: 'all_reduce',
      elements: 2557440,
      devices: 8,
      dtype: 'bf16',
      algorithm: 'multimem',
    })
  })

  it('a copy within the device moves its bytes once each way and computes nothing', async () => {
    const call = (await callsOf('dims-and-copies.trace.json')).find((each) => each?.op === 'memcpy')
    expect(call).toEqual({ op: 'memcpy', bytes: 5455872, direction: 'device_to_device' })
    expect(opWork(call!)).toMatchObject({ flops: 0, readBytes: 5455872, writeBytes: 5455872 })
  })

  it('a softmax over bf16 reads and writes bf16', async () => {
    const call = (await callsOf('dims-and-copies.trace.json')).find(
      (each) => each?.op === 'softmax',
    )
    expect(call).toEqual({ op: 'softmax', rows: 301056, cols: 8, dtype: 'bf16' })
  })

  it('a scaled product of 8 bits has scales of blocks and writes 16 bits', async () => {
    expect(await callsOf('tracelens203_fp8.json')).toEqual([
      { op: 'matmul', m: 128, n: 2112, k: 7168, dtype: 'fp8_e4m3', scaling: 'block' },
    ])
  })

  it('collectives are known by every spelling of their names', async () => {
    const operations = await operationsOf('hta360_nccl_names.json')
    expect(operations.map(({ op, family }) => [op, family])).toEqual(
      ['all_reduce', 'all_reduce', 'all_gather', 'all_reduce', 'all_reduce', 'reduce_scatter'].map(
        (op) => [op, 'communication'],
      ),
    )
  })

  it('a kernel of inductor takes the shapes of its launch', async () => {
    expect(await callsOf('pytorch99470_triton.json')).toEqual([
      expect.objectContaining({ op: 'elementwise', elements: 1024 * 1024, dtype: 'fp32' }),
    ])
  })

  it('video: attention, group norm and the families of all', async () => {
    const operations = await operationsOf('tracelens871_video.json')
    expect(operations.map(({ op }) => op)).toEqual(['conv', 'attention', 'groupnorm'])
    expect(operations[1]!.call).toMatchObject({ heads: 24, queryLen: 118800, headDim: 128 })
  })

  it('a window of 64 on both sides of 4096 queries is 1.610 GFLOP', async () => {
    const [call] = await callsOf('files/window-two-sided.json')
    expect(call).toMatchObject({ causal: false, window: 129 })
    expect(opWork(call!).flops / 1e9).toBeCloseTo(1.61, 3)
  })

  it("the shapes of a label of SGLang's profiler are those of its kernel: attention of 32 tokens", async () => {
    const trace = await parseFile(corpus('cases/sglang25787_label.json'))
    expect(trace.kernels.map(({ tensors, shapesFrom }) => [shapesFrom, tensors])).toEqual([
      [
        'annotation',
        [
          { name: 'q', shape: [32, 32, 128], dtype: 'bf16' },
          { name: 'k', shape: [32, 8, 128], dtype: 'bf16' },
        ],
      ],
    ])
    expect(classifyTrace(trace)).toMatchObject([{ op: 'attention', family: 'attention' }])
  })

  it('the kernels of an annotated graph are products whose shapes stand in their args, without a type', async () => {
    for (const operation of await operationsOf('pytorch194854_annotated_graph.json')) {
      expect(operation).toMatchObject({ op: 'matmul', missing: 'the trace names no element type' })
      expect(operation.tensors.map(({ shape }) => shape)).toEqual([
        [32, 4096],
        [4096, 8192],
      ])
    }
  })

  it.each(readdirSync(corpus('cases')).filter((name) => name.endsWith('.json')))(
    '%s: every kernel is known',
    async (name) => {
      const trace = await parseFile(corpus(`cases/${name}`), { salvage: true }).catch(() => null)
      const operations = trace === null ? [] : classifyTrace(trace)
      expect(operations.filter(({ op }) => op === null)).toEqual([])
    },
  )
})
