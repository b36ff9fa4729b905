import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { parseFile } from '../../parse-file.js'
import { parseTrace } from '../../parse-trace.js'
import {
  ASCEND_HEADER as HEADER,
  ASCEND_TABLE as TABLE,
  ASCEND_VIEW as VIEW,
} from '../../testing/ascend-samples.js'
import { intervalsOf, measure } from '../../testing/intervals.js'
import { bytesOf } from '../../testing/make-trace.js'
import { refusal } from '../../testing/samples.js'
import { named, threadNamed } from '../../testing/tracks.js'

describe('trace_view.json', () => {
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

const PRODUCT = [
  { shape: [16, 32], dtype: 'bf16' },
  // Stored in blocks of 16 x 16, four across and two down.
  { shape: [32, 64], dtype: 'bf16' },
  { name: 'out', role: 'output', shape: [16, 64], dtype: 'bf16' },
]

describe('trace_view.json with the kernel_details.csv beside it', () => {
  it('kernels have the tensors of their rows, found by name and start', async () => {
    const { kernels, repairs } = await parseTrace([bytesOf(VIEW)], {
      beside: { 'kernel_details.csv': bytesOf(TABLE) },
    })
    expect(kernels.map(({ tensors }) => tensors)).toEqual([
      PRODUCT,
      // An empty place is a scalar.
      [
        { shape: [16, 64], dtype: 'fp32' },
        { name: 'out', role: 'output', shape: [16, 64], dtype: 'fp32' },
      ],
      undefined,
      undefined,
    ])
    expect(kernels[0]!.shapesFrom).toBe('profiler')
    expect(repairs).toEqual([])
  })

  it('collectives of HCCL are activities on streams of their groups; their steps are not', async () => {
    const { kernels } = await parseTrace([bytesOf(VIEW)])
    expect(kernels).toHaveLength(4)
    expect(kernels[3]).toMatchObject({
      kind: 'collective',
      stream: 1_000_002,
      durationNs: 40_000,
      collective: { kind: 'all_reduce', dtype: 'bf16', inElements: 4096, sequence: 4 },
    })
  })

  it('rows that are no task of the trace are counted', async () => {
    const { repairs } = await parseTrace([bytesOf(VIEW)], {
      beside: {
        'kernel_details.csv': bytesOf(TABLE.replaceAll('1704161511420502.0', '1804161511420502.0')),
      },
    })
    expect(repairs).toMatchObject([
      { kind: 'unmatched_details', count: 1, of: 3, what: 'kernel_details.csv' },
    ])
  })

  it('a file finds the table in its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowsim-ascend-'))
    try {
      writeFileSync(join(folder, 'trace_view.json.gz'), gzipSync(VIEW))
      writeFileSync(join(folder, 'kernel_details.csv'), TABLE)
      const { kernels } = await parseFile(join(folder, 'trace_view.json.gz'))
      expect(kernels[0]!.tensors).toEqual(PRODUCT)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('kernel_details.csv alone', () => {
  it('is a trace without launches', async () => {
    const trace = await parseTrace([bytesOf(`\uFEFF${TABLE}`)])
    expect(trace.format).toBe('ascend-kernels')
    expect(trace.baseTimeNs).toBe('1704161511420500001')
    expect(trace.kernels).toEqual([
      {
        kind: 'kernel',
        name: 'aclnnMm_MatMulCommon_MatMulV2',
        device: 0,
        stream: 3,
        startNs: 0,
        durationNs: 1350,
        shapesFrom: 'profiler',
        tensors: PRODUCT,
      },
      expect.objectContaining({ name: 'aclnnAdd_AddAiCore_Add', startNs: 1999, durationNs: 2500 }),
      expect.objectContaining({
        kind: 'collective',
        stream: 9,
        collective: { kind: 'all_reduce', sequence: 4 },
      }),
    ])
    expect(trace.eventCount).toBe(3)
  })

  it("msprof's op_summary is the same table under other names", async () => {
    const summary = TABLE.replace('Name,Type', 'Op Name,OP Type')
      .replace('Accelerator Core', 'Task Type')
      .replace('Start Time(us),Duration(us)', 'Task Start Time(us),Task Duration(us)')
    expect((await parseTrace([bytesOf(summary)])).kernels).toEqual(
      (await parseTrace([bytesOf(TABLE)])).kernels,
    )
  })

  it('times and durations that are missing are counted, not guessed', async () => {
    const { kernels, repairs } = await parseTrace([
      bytesOf(TABLE.replace('1704161511420502.0', 'N/A').replace('1.35', '')),
    ])
    expect(kernels).toHaveLength(2)
    expect(repairs.map(({ kind, count }) => [kind, count])).toEqual([
      ['missing_duration', 1],
      ['missing_timestamp', 1],
    ])
  })

  it('a text that is not a table is refused', async () => {
    const error = await refusal(() =>
      parseTrace([bytesOf(`${HEADER}\n"1,2\n3`)], { source: 'x.csv' }),
    )
    expect(error.message).toBe('x.csv: is not a table of comma-separated values')
  })
})

describeWithCorpus('a trace_view.json of torch_npu', () => {
  it('holds what JSON.parse counts in it', async () => {
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
})
