import { describe, expect, it } from 'vitest'
import { capture, graph, merged, mismatch, replay, rowsOf } from '../testing/graphs.js'
import { host } from '../testing/make-trace.js'

describe('the batch size', () => {
  const buckets = [...graph(8, 0), ...graph(4, 10), ...graph(2, 20)]
  const step = (name: string, at: number) => host('user_annotation', name, at, 5)

  it('of SGLang steps picks the smallest captured size that holds it', async () => {
    const { trace } = await merged(
      [
        ...[step('step[DECODE bs=3 x=1]', 0), ...replay(1, 1)],
        ...[step('step[DECODE bs=2]', 100), ...replay(2, 101)],
        ...[step('step[DECODE bs=5]', 200), ...replay(3, 201)],
      ],
      [await capture(buckets)],
    )
    expect(rowsOf(trace)).toEqual([...Array(5).fill(4), ...Array(5).fill(2), ...Array(5).fill(8)])
  })

  it.each([
    ['execute_3_context_0(sq0sk0)_generation_3(sq3sk9)'],
    ['execute_context_1(1)_generation_2(2)'],
  ])('of vLLM steps: %s', async (label) => {
    const { trace } = await merged([step(label, 0), ...replay(1, 1)], [await capture(buckets)])
    expect(rowsOf(trace)).toEqual(Array(5).fill(4))
  })

  it('of a file is in its name', async () => {
    const files = [
      await capture(graph(40, 0), 'bs_4_rank0.json.gz'),
      await capture(graph(80, 0), 'bs_8_rank0.json.gz'),
    ]
    const { trace } = await merged([step('step[DECODE bs=4]', 0), ...replay(1, 1)], files)
    expect(rowsOf(trace)).toEqual(Array(5).fill(40))
  })

  it('must be named where nothing tells it and shapes differ', async () => {
    const captures = [await capture(buckets)]
    const message = await mismatch(merged(replay(1, 0), captures))
    expect(message).toMatch(
      /^run\.json: graph launch 1 \(hipGraphLaunch, correlation 1, at 0 ns\) fits captures of different shapes, batch sizes 8, 4, 2; .*--capture-batch/,
    )
    const { trace } = await merged(replay(1, 0), captures, { captureBatchSize: 8 })
    expect(rowsOf(trace)).toEqual(Array(5).fill(8))
  })

  it('that no capture has is an error', async () => {
    const message = await mismatch(
      merged([step('step[DECODE bs=16]', 0), ...replay(1, 1)], [await capture(buckets)]),
    )
    expect(message).toContain('graph launch 1')
    expect(message).toContain('has a batch size that no capture has (step[DECODE bs=16])')
  })

  it('of speculative steps is not that of the capture', async () => {
    const run = merged(
      [step('step[TARGET_VERIFY bs=2]', 0), ...replay(1, 1)],
      [await capture(buckets)],
    )
    expect(await mismatch(run)).toContain('--capture-batch')
  })
})

describe('graphs of a step that were captured piece by piece', () => {
  it('are replayed in the order of their capture', async () => {
    const layer = (n: number) => [
      host('python_function', `nn.Module: Layer_${n}`, 100 * n, 90),
      ...graph(4, 10 * n),
    ]
    const { trace } = await merged(
      [
        host('user_annotation', 'step[DECODE bs=4]', 0, 50),
        ...[...replay(1, 1), ...replay(2, 20), ...replay(3, 40)],
        host('user_annotation', 'step[DECODE bs=4]', 100, 50),
        ...[...replay(4, 101), ...replay(5, 120), ...replay(6, 140)],
      ],
      [await capture([0, 1, 2].flatMap(layer))],
    )
    const layers = ['Layer_0', 'Layer_1', 'Layer_2'].flatMap((name) => Array(5).fill(name))
    expect(trace.kernels.map(({ modules }) => modules?.[0])).toEqual([...layers, ...layers])
  })
})
