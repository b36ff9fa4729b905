import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { STAND_IN } from '../testing/stand-in.js'
import type { ProfileOptions } from './options.js'
import { parseSweep } from './options.js'
import { profile } from './profile.js'

let outDir: string
beforeEach(() => {
  outDir = mkdtempSync(join(tmpdir(), 'flowsim-sass-'))
  writeFileSync(join(outDir, 'tracer_tool.so'), '')
})
afterEach(() => rmSync(outDir, { recursive: true }))

/** What `flowsim external plan` writes of launches; of none: the run that lists all. */
const tracer = (range: string) => ({
  CUDA_INJECTION64_PATH: join(outDir, 'tracer_tool.so'),
  TRACES_FOLDER: join(outDir, 'sass'),
  DYNAMIC_KERNEL_RANGE: range,
  DYNAMIC_KERNEL_LIMIT_START: range.split(/\D/)[0]!,
  DYNAMIC_KERNEL_LIMIT_END: range.split(/\D/).at(-1)!,
})

const run = (options: Partial<ProfileOptions>) =>
  profile({
    engine: 'sglang',
    serverCommand: [process.execPath, STAND_IN, '--engine', options.engine ?? 'sglang'],
    outDir,
    steps: 2,
    points: parseSweep('2:32:0'),
    ...options,
  })

describe('profile under the tracer', () => {
  it.each(['sglang', 'vllm'] as const)(
    'lists and records launches of %s, always under the same numbers',
    async (engine) => {
      const listed = await run({ engine, sassTrace: tracer('1000000') })
      expect(listed.sassTrace).toEqual({
        folder: join(outDir, 'sass'),
        lists: [join(outDir, 'sass', 'stats.csv')],
        recorded: 0,
      })
      const list = readFileSync(join(outDir, 'sass', 'stats.csv'), 'utf8')
      // Two warm-ups and the point: a prefill and two decode steps of six kernels each.
      expect(list.trim().split('\n')).toHaveLength(1 + 3 * 3 * 6)

      const recorded = await run({ engine, sassTrace: tracer('37 40-41') })
      expect(recorded.sassTrace!.recorded).toBe(3)
      const again = readFileSync(join(outDir, 'sass', 'stats.csv'), 'utf8')
      const names = (text: string) => text.split('\n').map((line) => line.split(', ').slice(0, 9))
      expect(names(again)).toEqual(names(list))
      for (const launch of [37, 40, 41]) {
        expect(existsSync(join(outDir, 'sass', `kernel-${launch}.trace`))).toBe(true)
      }
    },
  )

  it('runs the server without graphs and without its profiler, in a pass apart', async () => {
    const { passes, points, status } = await run({ sassTrace: tracer('1') })
    expect(status).toBe('ok')
    expect(passes).toMatchObject([{ pass: 'sass', log: 'server.sass.log', captures: null }])
    expect(passes[0]!.command).toContain('--disable-cuda-graph')
    expect(points).toMatchObject([{ pass: 'sass', status: 'ok', traces: [] }])
  })

  it('never runs a point again, for that would move the numbers of the launches', async () => {
    const failing = { serverArgs: ['--fault', 'fail-first=1'], warmups: 0, retries: 3 }
    await expect(run({ ...failing, sassTrace: tracer('1') })).rejects.toThrow('HTTP 500')
  })

  it('runs a script to its end, of which no profiler trace is expected', async () => {
    const script =
      'mkdir -p "$TRACES_FOLDER/traces"; touch "$TRACES_FOLDER/traces/stats_ctx_0x1.csv"'
    const record = await run({
      engine: 'custom',
      serverCommand: ['sh', '-c', script],
      points: [],
      sassTrace: tracer('1000000'),
    })
    expect(record.sassTrace!.lists).toEqual([join(outDir, 'sass', 'traces', 'stats_ctx_0x1.csv')])
  })

  it('fails where the tracer was not loaded, whatever an earlier run left', async () => {
    mkdirSync(join(outDir, 'sass'))
    writeFileSync(join(outDir, 'sass', 'stats.csv'), '')
    await expect(
      run({ serverArgs: ['--fault', 'no-tracer'], sassTrace: tracer('1') }),
    ).rejects.toMatchObject({
      code: 'trace_missing',
      message: expect.stringMatching(/sass: the tracer wrote nothing; where .*server\.sass\.log/),
    })
    expect(JSON.parse(readFileSync(join(outDir, 'run.json'), 'utf8')).status).toBe('failed')
  })

  it.each<[string, Partial<ProfileOptions>, string]>([
    ['a server that runs', { attachUrl: 'http://127.0.0.1:1' }, 'loaded when a server starts'],
    ['another pass', { passes: ['timing'] }, 'in one pass'],
    ['the capture of graphs', { captureGraphs: true }, 'in one pass'],
    ['a load', { load: { protocol: 'sglang', requests: [] } as never }, 'do not repeat'],
    [
      'a tracer that is not there',
      { sassTrace: { LD_PRELOAD: '/nowhere/tool.so' } },
      '/nowhere/tool.so: not there; build',
    ],
  ])('refuses %s', async (_, options, why) => {
    await expect(run({ sassTrace: tracer('1'), ...options })).rejects.toMatchObject({
      code: 'invalid_option',
      message: expect.stringContaining(why),
    })
  })
})
