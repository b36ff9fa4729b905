import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { parseFile } from '../parse-file.js'
import { parseTrace } from '../parse-trace.js'
import { intervalsOf, measure } from '../testing/intervals.js'
import { kernelRow, NSIGHT_SYSTEMS_TABLES as TABLES } from '../testing/nsight-systems.js'
import { refusal } from '../testing/samples.js'
import { databaseOfTables, withDatabase } from '../testing/sqlite.js'

describe('Nsight Systems', () => {
  const bytes = databaseOfTables(TABLES)

  it('gives kernels of each process their own launches, devices and times', async () => {
    const trace = await parseTrace(bytes, { hostCalls: true })
    expect(trace).toMatchObject({
      format: 'nsight-systems',
      baseTimeNs: String(1_785_620_044_423_518_993n + 800n),
      window: { startNs: -800, durationNs: 10_000 },
      devices: [{ id: 0, name: 'NVIDIA H100', computeUnits: 132 }, { id: 3 }],
    })
    expect(
      trace.kernels.map(({ name, device, startNs, launch, graphNodeId }) => [
        name,
        device,
        startNs,
        launch?.pid,
        launch?.api,
        graphNodeId,
      ]),
    ).toEqual([
      ['void gemm<float, "x">(int)', 0, 200, 3, 'cudaLaunchKernel', undefined],
      ['void gemm<float, "x">(int)', 3, 200, 4, 'cudaLaunchKernel', undefined],
      ['void gemm<float, "x">(int)', 0, 1200, 3, 'cudaGraphLaunch', 12884901889],
      ['void gemm<float, "x">(int)', 0, 1300, 3, 'cudaGraphLaunch', 12884901890],
      ['Memset (Device)', 0, 2200, 3, 'cudaMemsetAsync', undefined],
    ])
    expect(trace.kernels[0]).toMatchObject({
      grid: [4, 2, 1],
      block: [128, 1, 1],
      sharedMemoryBytes: 1040,
      registersPerThread: 32,
    })
    expect(trace.kernels[4]).toMatchObject({ kind: 'memset', bytes: 64 })
  })

  it('takes ranges for annotations, operators with shapes, and modules', async () => {
    const { kernels, annotations, repairs } = await parseTrace(bytes)
    expect(annotations.map(({ name }) => name)).toEqual([
      'step 1',
      'never ended',
      'user range by id',
    ])
    expect(repairs).toMatchObject([{ kind: 'missing_duration', count: 1, what: 'never ended' }])
    expect(kernels[0]).toMatchObject({
      op: { name: 'aten::mm', args: [{ shape: [4, 8] }, { shape: [8, 16] }] },
      shapesFrom: 'profiler',
      modules: ['model.layers.0.mlp'],
      scopes: ['step 1'],
    })
  })

  it('says what a waiting call waits for', async () => {
    const { hostCalls } = await parseTrace(bytes, { hostCalls: true })
    expect(hostCalls!.find(({ api }) => api === 'cudaStreamWaitEvent')).toMatchObject({
      stream: 7,
      waitsForStream: 9,
      waitsForCorrelation: hostCalls!.find(({ api }) => api === 'cudaEventRecord')!.correlation,
    })
  })

  it('is the same from a file, packed, and in memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowsim-nsys-'))
    try {
      const expected = await parseTrace(bytes, { source: 'x', hostCalls: true })
      for (const content of [bytes, gzipSync(bytes)]) {
        const path = join(folder, 'x.sqlite')
        writeFileSync(path, content)
        expect(await parseFile(path, { source: 'x', hostCalls: true })).toEqual(expected)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('reads exports that lack columns and tables', async () => {
    const {
      graphNodeId: _,
      registersPerThread: __,
      staticSharedMemory: ___,
      ...old
    } = kernelRow({})
    const few = databaseOfTables({
      StringIds: TABLES.StringIds!,
      TARGET_INFO_SYSTEM_ENV: [{ name: 'x' }],
      CUPTI_ACTIVITY_KIND_KERNEL: [old],
    })
    const { kernels, repairs } = await parseTrace(few)
    expect(kernels).toMatchObject([{ device: 0, durationNs: 500 }])
    expect(repairs).toEqual([])
  })

  it('a damaged file is refused', async () => {
    const damaged = Uint8Array.from(bytes)
    damaged.fill(0xff, 100, 4096)
    expect((await refusal(() => parseTrace(damaged, { source: 'x.sqlite' }))).message).toMatch(
      /^x\.sqlite: the SQLite file cannot be/,
    )
  })
})

describeWithCorpus('an export of Nsight Systems 2025.5.2', () => {
  const path = corpus('traces-2/nsight-systems-2025.5.2.sqlite.gz')

  it('holds what SQL counts in it', async () => {
    const { kernels, hostCalls } = await parseFile(path, { hostCalls: true })
    const { result } = withDatabase(gunzipSync(readFileSync(path)), (database) => {
      const rows = (table: string) =>
        database.all(`SELECT start, end FROM ${table}`) as { start: number; end: number }[]
      const times = (...tables: string[]) =>
        tables.flatMap(rows).map(({ start, end }): [number, number] => [start, end])
      return {
        kernels: measure(times('CUPTI_ACTIVITY_KIND_KERNEL', 'CUPTI_ACTIVITY_KIND_GRAPH_TRACE')),
        copies: measure(times('CUPTI_ACTIVITY_KIND_MEMCPY')),
        calls: measure(times('CUPTI_ACTIVITY_KIND_RUNTIME')),
        names: database.all(
          'SELECT value, gridX, blockX FROM CUPTI_ACTIVITY_KIND_KERNEL JOIN StringIds ON id = demangledName ORDER BY start',
        ),
      }
    })
    const of = (kind: string) => kernels.filter((each) => each.kind === kind)
    expect(measure(intervalsOf(of('kernel')))).toEqual(result.kernels)
    expect(measure(intervalsOf(of('memcpy')))).toEqual(result.copies)
    expect(measure(intervalsOf(hostCalls!))).toEqual(result.calls)
    expect(
      of('kernel')
        .filter(({ grid }) => grid)
        .map(({ name, grid, block }) => ({ value: name, gridX: grid![0], blockX: block![0] })),
    ).toEqual(result.names)
    expect(kernels.every(({ launch }) => launch !== undefined)).toBe(true)
  })
})
