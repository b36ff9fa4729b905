import { type KernelEvent, type KernelOperation, unprotectText } from '@flowsim/trace-schema'
import { parse } from 'csv-parse/sync'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { traceText } from '../testing/make-trace.js'
import { LAUNCHED, parseMade } from '../testing/samples.js'
import { KERNEL_COLUMNS, type KernelRow } from './columns.js'
import { kernelCsvLines } from './csv.js'
import { kernelJsonLines } from './jsonl.js'
import { kernelParquet } from './parquet.js'

const event: KernelEvent = {
  kind: 'kernel',
  name: 'gemm<float, "a">\nb',
  device: 0,
  stream: 7,
  startNs: 12,
  durationNs: 34,
  grid: [1, 2, 3],
  shapesFrom: 'profiler',
  op: {
    name: 'aten::mm',
    args: [
      { kind: 'tensor', shape: [2, 3], dtype: 'bf16', strides: [3, 1] },
      { kind: 'tensor', shape: [3, 4], dtype: 'bf16' },
    ],
    parents: ['aten::linear'],
  },
}

const operation: KernelOperation = {
  op: 'matmul',
  family: 'gemm',
  call: { op: 'matmul', m: 2, n: 4, k: 3, dtype: 'bf16' },
  tensors: [],
  rule: 'cublas',
}

const rows: KernelRow[] = [{ event, operation }, { event: { ...event, durationNs: 5 } }]

describe('kernel tables', () => {
  it('CSV holds names with quotes, commas and line ends', () => {
    const [first, second] = parse([...kernelCsvLines(rows)].join(''), { columns: true })
    expect(first).toMatchObject({
      name: event.name,
      start_ns: '12',
      duration_ns: '34',
      op: 'matmul',
      dimensions: '{"m":2,"n":4,"k":3,"dtype":"bf16"}',
      flops: '48',
      bytes: '52',
      shapes: '[[2,3],[3,4]]',
      strides: '[[3,1],null]',
      grid: '[1,2,3]',
    })
    expect(second).toMatchObject({ op: '', flops: '', duration_ns: '5', shapes: '[[2,3],[3,4]]' })
  })

  it('CSV makes no formula of a name, unless asked for the texts as they are', () => {
    const hostile = [{ event: { ...event, name: '=HYPERLINK("http://x")' } }]
    const nameOf = (options?: { raw?: boolean }) =>
      (
        parse([...kernelCsvLines(hostile, options)].join(''), { columns: true }) as {
          name: string
        }[]
      )[0]!.name
    expect(nameOf()).toBe(`'=HYPERLINK("http://x")`)
    expect(unprotectText(nameOf())).toBe(hostile[0]!.event.name)
    expect(nameOf({ raw: true })).toBe(hostile[0]!.event.name)
  })

  it('CSV has the cells of each column, also where kernels share operators and operations', () => {
    const other = { ...operation, call: { ...operation.call!, m: 8 } as KernelOperation['call'] }
    const shared: KernelRow[] = [
      { event, operation },
      { event: { ...event, name: 'b' }, operation: other },
      { event, operation },
      { event: { ...event, tensors: [{ kind: 'tensor', shape: [9] }] as never }, operation },
    ]
    const read = parse([...kernelCsvLines(shared)].join(''), { columns: true }) as object[]
    shared.forEach((row, i) => {
      const cells = KERNEL_COLUMNS.map((column) => [column.name, String(column.value(row) ?? '')])
      expect(read[i]).toEqual(Object.fromEntries(cells))
    })
  })

  it('JSON lines hold the event and its operation', () => {
    const [line] = kernelJsonLines(rows)
    expect(JSON.parse(line!)).toEqual({ schema: 'flowsim.kernel-event/1', ...event, operation })
  })

  it('a Parquet reader gets the same cells', async () => {
    const file = await kernelParquet(rows)
    const read = await parquetReadObjects({ file: file.buffer as ArrayBuffer })
    expect(read).toHaveLength(2)
    expect(Object.keys(read[0]!)).toEqual(KERNEL_COLUMNS.map((column) => column.name))
    expect(read[0]).toMatchObject({ name: event.name, start_ns: 12n, flops: 48, op: 'matmul' })
    expect(read[1]).toMatchObject({ flops: null, duration_ns: 5n })
  })

  it('takes a trace as it comes from the parser', async () => {
    const trace = await parseMade(traceText(LAUNCHED))
    const rows = trace.kernels.map((each) => ({ event: each }))
    expect([...kernelCsvLines(trace)]).toEqual([...kernelCsvLines(rows)])
    expect([...kernelJsonLines(trace)]).toEqual([...kernelJsonLines(rows)])
    expect(await kernelParquet(trace)).toEqual(await kernelParquet(rows))
    expect([...kernelCsvLines(trace)][1]).toMatch(/^gemm,kernel,0,7,/)
  })

  it('charges no work to an auxiliary kernel', () => {
    const lines = kernelCsvLines([{ event, operation: { ...operation, auxiliary: true } }])
    expect(parse([...lines].join(''), { columns: true })).toMatchObject([{ flops: '' }])
  })
})
