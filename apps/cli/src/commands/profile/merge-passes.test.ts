import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseFile } from '@flowsim/parser/node'
import type { PointRecord, RunRecord } from '@flowsim/profiler-runner'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { testFolder } from '../../testing/folder.js'
import { mergePasses } from './merge-passes.js'

const folder = testFolder()
beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const base = { ph: 'X', pid: 1, tid: 1, dur: 1 }
const kernel = (name: string, ts: number, correlation: number) => ({
  ...base,
  ...{ cat: 'kernel', name, pid: 0, tid: 7, ts, dur: 5 },
  args: { device: 0, stream: 7, correlation },
})
const launch = (name: string, ts: number, correlation: number) => ({
  ...base,
  ...{ cat: 'cuda_runtime', name, ts, args: { correlation } },
})
const write = (name: string, traceEvents: unknown[]) =>
  writeFileSync(join(folder, name), JSON.stringify({ schemaVersion: 1, traceEvents }))

/** One launch that runs kernels of these names, and a wait for them. */
function graphTrace(file: string, names: string[]): void {
  const wait = { ...launch('cudaDeviceSynchronize', 200, 99), dur: 50 }
  const kernels = names.map((name, i) => kernel(name, 100 + 10 * i, 1))
  write(file, [launch('cudaGraphLaunch', 90, 1), ...kernels, wait])
}

/** A launch and an operator for each kernel, whose first size is its place. */
function eagerTrace(file: string, names: string[]): void {
  write(
    file,
    names.flatMap((name, i) => {
      const ts = 100 * (i + 1)
      const args = { 'Input Dims': [[i + 1, 8]], 'Input type': ['float'], 'External id': i + 1 }
      const op = { ...base, cat: 'cpu_op', name: 'aten::op', ts, dur: 20, args }
      return [op, launch('cudaLaunchKernel', ts + 5, i + 1), kernel(name, ts + 50, i + 1)]
    }),
  )
}

const captured = (pass: PointRecord['pass'], path: string, rank = 'TP-0'): PointRecord => ({
  ...{ pass, status: 'ok', attempts: 1, startedAt: '', durationS: 1 },
  point: { batch: 1, inputTokens: 8, contextTokens: 0 },
  traces: [{ path, rank, stage: 'decode', bytes: 1 }],
})
const record = (...points: PointRecord[]) => ({ points }) as RunRecord

async function merged(...points: PointRecord[]) {
  const [result] = await mergePasses(record(...points), folder)
  const trace = await parseFile(join(folder, result!.path), { hostCalls: true })
  const sizes = trace.kernels.map(({ op }) => {
    const [arg] = op?.args ?? []
    return arg?.kind === 'tensor' ? arg.shape[0] : undefined
  })
  return { ...result!, trace, sizes }
}

describe('mergePasses', () => {
  it('tells the kernels of a graph by their order in the pass without graphs', async () => {
    graphTrace('timing.json', ['a', 'b', 'a'])
    // The first `a` ran outside the graph: the n-th of a name would be wrong.
    eagerTrace('shapes.json', ['a', 'warm_up', 'a', 'b', 'a'])
    const { sizes, graphs, report, trace } = await merged(
      captured('timing', 'timing.json'),
      captured('shapes', 'shapes.json'),
    )
    expect(sizes).toEqual([3, 4, 5])
    expect(graphs).toMatchObject({ replays: 1, kernels: 3, withShapes: 3 })
    expect(report).toMatchObject({ kept: 3, missing: 0, timeShare: 1 })
    expect(trace.hostCalls!.map(({ api }) => api)).toContain('cudaDeviceSynchronize')
  })

  it('goes by names where a graph holds what the other pass does not run, and reports it', async () => {
    graphTrace('timing.json', ['a', 'fused_in_graph', 'b'])
    eagerTrace('shapes.json', ['a', 'b'])
    const { sizes, graphs, report } = await merged(
      captured('timing', 'timing.json'),
      captured('shapes', 'shapes.json'),
    )
    expect(sizes).toEqual([1, undefined, 2])
    expect(graphs).toBeNull()
    expect(report.mismatches).toEqual([
      expect.objectContaining({ name: 'fused_in_graph', reason: 'not_in_shape_pass' }),
    ])
    const kept = JSON.parse(
      readFileSync(join(folder, 'merged', 'report.json'), 'utf8'),
    ) as unknown[]
    expect(kept).toHaveLength(1)
  })

  it('pairs ranks by their order where the engine names them by process', async () => {
    graphTrace('timing.json', ['a'])
    eagerTrace('shapes.json', ['a'])
    const { sizes } = await merged(
      captured('timing', 'timing.json', 'host_4711'),
      captured('shapes', 'shapes.json', 'host_5822'),
    )
    expect(sizes).toEqual([1])
  })

  it('merges no captures under load: their steps are other ones', async () => {
    graphTrace('timing.json', ['a'])
    eagerTrace('shapes.json', ['a'])
    const loads = (['timing', 'shapes'] as const).map((pass) => ({
      ...captured(pass, `${pass}.json`),
      point: null,
    }))
    const underLoad = { ...record(...loads), load: {} } as RunRecord
    expect(await mergePasses(underLoad, folder)).toEqual([])
  })
})
