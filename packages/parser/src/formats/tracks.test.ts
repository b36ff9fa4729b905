// Chrome traces whose events are told by the names of their tracks: JAX, Ascend.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { parseFile } from '../parse-file.js'
import { parseTrace } from '../parse-trace.js'
import { intervalsOf, measure } from '../testing/intervals.js'
import { bytesOf } from '../testing/make-trace.js'

const named = (pid: number, name: string) => ({
  ph: 'M',
  pid,
  name: 'process_name',
  args: { name },
})
const threadNamed = (pid: number, tid: number, name: string) => ({
  ph: 'M',
  pid,
  tid,
  name: 'thread_name',
  args: { name },
})

describe('JAX', () => {
  it('kernels of streams with their HLO operations; what repeats them is passed over', async () => {
    const document = {
      displayTimeUnit: 'ns',
      traceEvents: [
        named(1, '/device:GPU:3'),
        threadNamed(1, 9, 'Stream #9(Compute)'),
        threadNamed(1, 20, 'XLA Modules'),
        named(701, '/host:CPU'),
        {
          ph: 'X',
          pid: 1,
          tid: 9,
          ts: 100.5,
          dur: 80,
          name: 'gemm_0',
          args: { hlo_module: 'jit_f', hlo_op: 'dot.0' },
        },
        { ph: 'X', pid: 1, tid: 9, ts: 200, dur: 5, name: 'MemcpyD2H', args: {} },
        { ph: 'X', pid: 1, tid: 20, ts: 100, dur: 200, name: 'jit_f', args: {} },
        { ph: 'X', pid: 701, tid: 1, ts: 50, dur: 300, name: 'PjitFunction(f)' },
      ],
    }
    const { format, kernels, annotations, eventCount } = await parseTrace([
      bytesOf(JSON.stringify(document)),
    ])
    expect(format).toBe('jax-chrome')
    expect(kernels).toMatchObject([
      {
        name: 'gemm_0',
        device: 3,
        stream: 9,
        startNs: 50_500,
        durationNs: 80_000,
        op: { name: 'dot.0', attributes: { hlo_module: 'jit_f' } },
      },
      { kind: 'memcpy', durationNs: 5000 },
    ])
    expect(annotations).toMatchObject([{ name: 'PjitFunction(f)' }])
    expect(eventCount).toBe(4)
  })
})

describe('Ascend', () => {
  const document = [
    {
      ph: 'X',
      name: 'aten::mm',
      pid: 5,
      tid: 6,
      ts: '1704161511420306.491',
      dur: 100,
      cat: 'cpu_op',
      args: { 'Input Dims': '4,8;8,2', 'Input type': 'c10::Half;c10::Half' },
    },
    {
      ph: 's',
      cat: 'async_npu',
      id: '1',
      pid: 5,
      tid: 6,
      ts: '1704161511420310.000',
      name: 'torch_to_npu',
    },
    {
      ph: 'f',
      cat: 'async_npu',
      id: '1',
      pid: 800,
      tid: 3,
      ts: '1704161511420500.001',
      name: 'torch_to_npu',
    },
    {
      ph: 'X',
      name: 'Node@launch',
      pid: 77,
      tid: 8,
      ts: '1704161511420400.000',
      dur: 20,
      args: { connection_id: 12 },
    },
    {
      ph: 'X',
      name: 'MatMul',
      pid: 800,
      tid: 3,
      ts: '1704161511420500.001',
      dur: 1.35,
      args: { 'Task Type': 'AI_CORE', connection_id: 12 },
    },
    { ph: 'X', name: 'EVENT_WAIT', pid: 800, tid: 3, ts: '1704161511420600.000', dur: 5, args: {} },
    named(5, 'Python'),
    named(800, 'Ascend Hardware'),
    threadNamed(800, 3, 'Stream 3'),
    named(77, 'CANN'),
  ]

  it('tasks with the launches of CANN and, through flows, the operators of PyTorch', async () => {
    const { format, kernels, baseTimeNs } = await parseTrace([bytesOf(JSON.stringify(document))])
    expect(format).toBe('ascend')
    expect(baseTimeNs).toBe('1704161511420400000')
    expect(kernels).toMatchObject([
      {
        name: 'MatMul',
        device: 0,
        stream: 3,
        startNs: 100_001,
        durationNs: 1350,
        launch: { api: 'Node@launch', pid: 5, tid: 8 },
        op: { name: 'aten::mm', args: [{ shape: [4, 8], dtype: 'fp16' }, { shape: [8, 2] }] },
      },
    ])
    expect(kernels).toHaveLength(1)
  })
})

describeWithCorpus('real files', () => {
  it("Ascend's trace_view.json: what JSON.parse counts in it", async () => {
    const path = corpus('traces-2/ascend-trace-view.json.gz')
    const events = JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
      ph: string
      cat?: string
      name: string
      pid: number
      ts: string
      dur: number
    }[]
    const tasks = events.filter(
      ({ ph, pid, name }) => ph === 'X' && pid === 800 && !name.startsWith('EVENT_'),
    )
    const { kernels, repairs } = await parseFile(path)
    const first = BigInt(tasks[0]!.ts.replace('.', ''))
    const expected = tasks.map(({ ts, dur }): [number, number] => {
      const start = Number(BigInt(ts.replace('.', '')) - first)
      return [start, start + Math.round(dur * 1000)]
    })
    expect(measure(intervalsOf(kernels))).toEqual(measure(expected))
    expect(repairs).toEqual([])
    const flows = events.filter(({ ph, cat }) => ph === 'f' && cat === 'HostToDevice')
    expect(kernels.filter(({ launch }) => launch !== undefined)).toHaveLength(flows.length)
    expect(kernels.filter(({ op }) => op !== undefined).length / kernels.length).toBeGreaterThan(
      0.95,
    )
  })

  it("JAX's Chrome trace of the cases", async () => {
    const { format, kernels } = await parseFile(corpus('cases/jax_trace.json'))
    expect(format).toBe('jax-chrome')
    expect(kernels.map(({ durationNs }) => durationNs)).toEqual([
      80_000, 80_000, 80_000, 80_000, 80_000,
    ])
  })

  it("Triton Proton's Chrome trace of the cases", async () => {
    const { kernels } = await parseFile(corpus('cases/proton_trace.json'))
    expect(kernels).toMatchObject([
      { name: 'matmul_kernel', device: 0, stream: 7, durationNs: 20_100 },
      { name: 'add_kernel', durationNs: 2100 },
    ])
  })
})
