// What AMD's profilers write: rocprofv3 as JSON and as a database, rocmProfileData.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { parseFile } from '../parse-file.js'
import { parseTrace } from '../parse-trace.js'
import { intervalsOf, measure } from '../testing/intervals.js'
import { bytesOf } from '../testing/make-trace.js'
import { ROCPD_TABLES } from '../testing/rocpd.js'
import { rocprofv3Document, rocprofv3Process } from '../testing/rocprofv3.js'
import { databaseOfTables, withDatabase } from '../testing/sqlite.js'

describe('rocprofv3 JSON', () => {
  const parse = (document: unknown, options = {}) =>
    parseTrace([bytesOf(JSON.stringify(document))], options)

  it('gives kernels and copies with their calls, blocks instead of work items, ranges', async () => {
    const trace = await parse(rocprofv3Document(100))
    expect(trace).toMatchObject({
      format: 'rocprofv3',
      baseTimeNs: '800',
      devices: [
        {
          id: 0,
          name: 'AMD Instinct MI300X',
          computeUnits: 304,
          computeCapability: '9.4',
          warpSize: 64,
        },
        { id: 1 },
      ],
      repairs: [],
    })
    expect(trace.kernels).toMatchObject([
      {
        name: 'gemm<float>(float*)',
        device: 0,
        stream: 3,
        startNs: 200,
        durationNs: 400,
        grid: [4, 2, 1],
        block: [256, 1, 1],
        sharedMemoryBytes: 2048,
        launch: { api: 'hipLaunchKernel', pid: 100, tid: 12, startNs: 100 },
        op: { name: 'aten::mm', args: [{ shape: [4, 8] }, { shape: [8, 2] }] },
        scopes: ['step 1'],
      },
      { device: 1, stream: 4 },
      {
        kind: 'memcpy',
        name: 'Memcpy HtoD (Host -> Device)',
        device: 0,
        bytes: 4096,
        launch: { api: 'hipMemcpyAsync' },
      },
    ])
  })

  it('keeps the calls of processes apart', async () => {
    const { kernels } = await parse(rocprofv3Document(100, 200))
    expect(kernels.map(({ launch }) => launch?.pid).sort()).toEqual([100, 100, 100, 200, 200, 200])
  })

  it('keeps nanoseconds that a double does not hold', async () => {
    const late = 9_007_199_254_740_993n
    const text = JSON.stringify(rocprofv3Document(1)).replace(
      /("(?:start|end)_timestamp":)(\d+)/g,
      (_, key: string, ns: string) => `${key}${late + BigInt(ns)}`,
    )
    const trace = await parseTrace([bytesOf(text)])
    expect(trace.baseTimeNs).toBe(String(late + 800n))
    expect(trace.kernels.map(({ startNs, durationNs }) => [startNs, durationNs])).toEqual(
      (await parse(rocprofv3Document(1))).kernels.map(({ startNs, durationNs }) => [
        startNs,
        durationNs,
      ]),
    )
  })

  it('counts records that lack what they must have', async () => {
    const process = rocprofv3Process(1) as {
      buffer_records: { kernel_dispatch: Record<string, unknown>[] }
    }
    const [first, second] = process.buffer_records.kernel_dispatch
    delete first!.dispatch_info
    delete second!.start_timestamp
    const { kernels, repairs } = await parse({ 'rocprofiler-sdk-tool': [process] })
    expect(kernels).toHaveLength(1)
    expect(repairs).toMatchObject([
      { kind: 'malformed_event', count: 1 },
      { kind: 'missing_timestamp', count: 1 },
      { kind: 'launch_without_kernel', count: 2 },
    ])
  })
})

describe('rocpd', () => {
  const bytes = databaseOfTables(ROCPD_TABLES)

  it('gives kernels and copies with their calls, and ranges by their texts', async () => {
    const trace = await parseTrace(bytes)
    expect(trace).toMatchObject({
      format: 'rocpd',
      devices: [
        { id: 0, name: 'AMD Instinct MI300X', computeUnits: 304, computeCapability: '9.4' },
      ],
      annotations: [{ name: 'step 1', durationNs: 2200 }],
      repairs: [],
    })
    expect(trace.kernels).toMatchObject([
      {
        name: 'gemm',
        stream: 3,
        durationNs: 400,
        grid: [4, 2, 1],
        block: [256, 1, 1],
        launch: { api: 'hipLaunchKernel' },
        scopes: ['step 1'],
      },
      { kind: 'memcpy', bytes: 4096, launch: { api: 'hipMemcpyAsync' } },
    ])
  })
})

describeWithCorpus('files of AMD', () => {
  it('rocprofv3: what JSON.parse counts in it', async () => {
    const path = corpus('traces-2/rocprofv3-mi350x.json.gz')
    const [tool] = (
      JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
        'rocprofiler-sdk-tool': [
          {
            kernel_symbols: { kernel_id: number; formatted_kernel_name: string }[]
            buffer_records: {
              kernel_dispatch: {
                start_timestamp: number
                end_timestamp: number
                dispatch_info: { kernel_id: number }
              }[]
            }
          },
        ]
      }
    )['rocprofiler-sdk-tool']
    const dispatches = tool.buffer_records.kernel_dispatch
    const { kernels, repairs, eventCount } = await parseFile(path)
    const expected = dispatches.map((each): [number, number] => [
      each.start_timestamp,
      each.end_timestamp,
    ])
    expect(measure(intervalsOf(kernels))).toEqual(measure(expected))
    expect(measure(expected).count).toBe(43_915)
    expect(eventCount).toBe(43_915)
    expect(repairs).toEqual([])
    const names = new Map(
      tool.kernel_symbols.map((each) => [each.kernel_id, each.formatted_kernel_name]),
    )
    const sumByName = (list: [string, number][]) => {
      const sums: Record<string, number> = {}
      for (const [name, ns] of list) sums[name] = (sums[name] ?? 0) + ns
      return sums
    }
    expect(sumByName(kernels.map(({ name, durationNs }) => [name, durationNs]))).toEqual(
      sumByName(
        dispatches.map((each) => [
          names.get(each.dispatch_info.kernel_id)!,
          each.end_timestamp - each.start_timestamp,
        ]),
      ),
    )
  })

  it('rocmProfileData: what SQL counts in it', async () => {
    const path = corpus('traces-2/rocm-matmul.rpd.gz')
    const { kernels, hostCalls, repairs } = await parseFile(path, { hostCalls: true })
    const { result } = withDatabase(gunzipSync(readFileSync(path)), (database) => {
      const times = (where: string) =>
        (
          database.all(`SELECT start, end FROM op WHERE ${where}`) as {
            start: number
            end: number
          }[]
        ).map(({ start, end }): [number, number] => [start, end])
      return {
        kernels: measure(times("opType = 'KernelExecution'")),
        copies: measure(times("opType LIKE 'Copy%'")),
        fills: measure(times("opType = 'FillBuffer'")),
        calls: database.get("SELECT count(*) AS n FROM api WHERE apiName LIKE 'hip%'"),
        names: database.all('SELECT kernelName AS name FROM kernel ORDER BY start'),
      }
    })
    const of = (kind: string) => kernels.filter((each) => each.kind === kind)
    expect(measure(intervalsOf(of('kernel')))).toEqual(result.kernels)
    expect(measure(intervalsOf(of('memcpy')))).toEqual(result.copies)
    expect(measure(intervalsOf(of('memset')))).toEqual(result.fills)
    expect({ n: hostCalls!.length }).toEqual(result.calls)
    expect(of('kernel').map(({ name }) => ({ name }))).toEqual(result.names)
    expect(kernels.every(({ launch }) => launch !== undefined)).toBe(true)
    // hipExtModuleLaunchKernel counts work items, hipLaunchKernel blocks.
    expect(of('kernel')[0]).toMatchObject({
      grid: [7, 782, 1],
      block: [256, 1, 1],
      launch: { api: 'hipExtModuleLaunchKernel' },
    })
    expect(of('kernel')[1]).toMatchObject({ grid: [1, 2, 1], block: [128, 1, 1] })
    expect(repairs).toEqual([])
  })
})
