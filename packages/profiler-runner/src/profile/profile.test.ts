import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort, requireFreePort } from '../free-port.js'
import { randomRequests } from '../load/requests.js'
import { STAND_IN, startStandIn } from '../testing/stand-in.js'
import { sleep } from '../wait.js'
import type { ProfileOptions } from './options.js'
import { parseSweep, pointName } from './options.js'
import { profile } from './profile.js'
import type { RunRecord } from './run-record.js'

let outDir: string
let children: string
beforeEach(() => {
  outDir = mkdtempSync(join(tmpdir(), 'flowsim-profile-'))
  children = join(outDir, 'children')
})
afterEach(() => rmSync(outDir, { recursive: true }))

const sglang = (...args: string[]): Partial<ProfileOptions> => ({
  engine: 'sglang',
  serverCommand: [process.execPath, STAND_IN, '--engine', 'sglang', '--children-file', children],
  serverArgs: args,
})
const vllm = (...args: string[]): Partial<ProfileOptions> => ({
  engine: 'vllm',
  serverCommand: [process.execPath, STAND_IN, '--engine', 'vllm', '--children-file', children],
  serverArgs: args,
})
const point = parseSweep('2:32:0')

function run(options: Partial<ProfileOptions>): Promise<RunRecord> {
  return profile({ engine: 'sglang', outDir, steps: 3, traceTimeoutMs: 20_000, ...options })
}

const readRecord = () => JSON.parse(readFileSync(join(outDir, 'run.json'), 'utf8')) as RunRecord
const isAlive = (pid: number) => {
  try {
    return !/^Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!)
  } catch {
    return false
  }
}
/** Every process that the engines started, its own children included, is gone. */
function expectNothingLeft(): void {
  const pids = readFileSync(children, 'utf8').trim().split('\n').map(Number)
  expect(pids.length).toBeGreaterThanOrEqual(2)
  expect(pids.filter(isAlive)).toEqual([])
}
const kernelsOf = (path: string) => {
  const { traceEvents } = JSON.parse(gunzipSync(readFileSync(join(outDir, path))).toString()) as {
    traceEvents: { cat: string; args: Record<string, unknown> }[]
  }
  return traceEvents.filter((event) => event.cat === 'kernel')
}
const hasShapes = (path: string) =>
  gunzipSync(readFileSync(join(outDir, path)))
    .toString()
    .includes('"Input Dims"')

describe('parseSweep', () => {
  it('reads points and combinations of lists', () => {
    expect(parseSweep('8:1024,1+2:16+32:0+64').map(pointName)).toEqual([
      'bs8_input1024_ctx0',
      'bs1_input16_ctx0',
      'bs1_input16_ctx64',
      'bs1_input32_ctx0',
      'bs1_input32_ctx64',
      'bs2_input16_ctx0',
      'bs2_input16_ctx64',
      'bs2_input32_ctx0',
      'bs2_input32_ctx64',
    ])
    for (const bad of ['', '8', '0:16', '8:x', '1:2:3:4', '1.5:8', '8:16:-1']) {
      expect(() => parseSweep(bad), bad).toThrow(/not a sweep point/)
    }
  })
})

describe('profile with SGLang', () => {
  it('captures prefill and decode of every rank, for each point and pass, and stops everything', async () => {
    const record = await run({
      ...sglang('--ranks', '2', '--model-path', 'some/model', '--api-key', 'hush'),
      points: parseSweep('2:32:0,1:16:64'),
      passes: ['timing', 'shapes'],
    })
    expect(record.status).toBe('ok')
    expect(
      record.points.map(({ pass, point, traces }) => [pass, point!.batch, traces.length]),
    ).toEqual([
      ['timing', 2, 4],
      ['timing', 1, 4],
      ['shapes', 2, 4],
      ['shapes', 1, 4],
    ])
    expect(record.points[0]!.traces.map(({ rank, stage }) => `${rank} ${stage}`).sort()).toEqual([
      'TP-0 decode',
      'TP-0 prefill',
      'TP-1 decode',
      'TP-1 prefill',
    ])
    // The shape pass runs without CUDA graphs: its decode kernels have operators.
    const decode = record.points.map(
      ({ traces }) => kernelsOf(traces.find(({ stage }) => stage === 'decode')!.path)[0]!,
    )
    expect(decode.map((kernel) => 'External id' in kernel.args)).toEqual([false, false, true, true])
    expect(record.passes[1]!.command).toContain('--disable-cuda-graph')
    // Shapes cost time: the timing pass leaves them to the other.
    expect(record.points.map(({ traces }) => traces.some(({ path }) => hasShapes(path)))).toEqual([
      false,
      false,
      true,
      true,
    ])
    expect(JSON.stringify(record)).not.toContain('hush')
    expect(readFileSync(join(outDir, 'server.timing.log'), 'utf8')).toMatch(/ready to roll/)
    expect(readFileSync(join(outDir, 'client.log'), 'utf8')).toMatch(/bs1_input16_ctx64/)
    expect(readRecord()).toEqual(record)
    expectNothingLeft()
    await requireFreePort(Number(new URL(record.passes[0]!.url).port))
  })

  it('records shapes in a timing pass that is alone', async () => {
    const record = await run({ ...sglang(), points: point })
    const prefill = record.points[0]!.traces.find(({ stage }) => stage === 'prefill')!
    expect(hasShapes(prefill.path)).toBe(true)
  })

  it('profiles a server that already runs, and leaves it running', async () => {
    const engine = await startStandIn('--engine', 'sglang')
    try {
      const record = await run({ attachUrl: engine.url, points: point })
      expect(record.points[0]!.traces).toHaveLength(2)
      expect(record.passes[0]).toMatchObject({ command: null, version: '0.5.6' })
      expect(engine.group.exit).toBeUndefined()
    } finally {
      await engine.stop()
    }
  })

  it('captures in the middle of a load and writes its metrics', async () => {
    const requests = randomRequests({ count: 30, inputTokens: 16, outputTokens: 8, seed: 1 })
    const record = await run({
      ...sglang(),
      load: {
        protocol: 'sglang',
        requests,
        maxConcurrency: 4,
      },
    })
    expect(record.load?.report.requests.completed).toBe(30)
    expect(record.points[0]!.traces.length).toBe(1)
    const csv = readFileSync(join(outDir, 'request_metrics.csv'), 'utf8').trim().split('\n')
    expect(csv).toHaveLength(31)
    expect(readFileSync(join(outDir, 'token_metrics.csv'), 'utf8').trim().split('\n')).toHaveLength(
      1 + 30 * 8,
    )
  })
})

describe('profile with vLLM', () => {
  it('captures prefill and decode apart', async () => {
    const record = await run({
      ...vllm('--tensor-parallel-size', '2', '--ranks', '2'),
      points: parseSweep('2:32:16'),
    })
    const traces = record.points[0]!.traces
    expect(traces.map(({ rank, stage }) => `${rank} ${stage}`)).toEqual([
      'rank-0 prefill',
      'rank-1 prefill',
      'rank-0 decode',
      'rank-1 decode',
    ])
    expect(kernelsOf(traces[0]!.path)).toHaveLength(6)
    expect(kernelsOf(traces[2]!.path).length).toBeGreaterThanOrEqual(18)
    expect(record.passes[0]!.command!.join(' ')).toContain('"torch_profiler_dir"')
    expectNothingLeft()
    expect(readdirSync(join(outDir, 'traces', 'timing'))).toEqual(['bs2_input32_ctx16'])
  })

  it('needs to know where an attached server writes', async () => {
    await expect(
      run({ engine: 'vllm', attachUrl: 'http://127.0.0.1:1', points: point }),
    ).rejects.toThrow('say where with --trace-dir')
  })
})

describe('captures of graphs', () => {
  it('are recorded where the server left them, and missed aloud where it did not', async () => {
    const said: string[] = []
    const asked = { ...sglang(), points: point, captureGraphs: true }
    const none = await run({ ...asked, onProgress: (message) => said.push(message) })
    expect(none.passes[0]!.captures).toBeNull()
    expect(none.passes[0]!.command).toContain('--enable-profile-cuda-graph')
    expect(said.join('\n')).toContain('no traces of the capture of graphs in ')
    const folder = join('traces', 'timing', 'server', 'graph_capture_profile')
    mkdirSync(join(outDir, folder), { recursive: true })
    writeFileSync(join(outDir, folder, 'bs_8_rank0.json.gz'), '')
    expect((await run(asked)).passes[0]!.captures).toBe(folder)
  })

  it('cannot be asked of a server that runs, nor of one that is not known', async () => {
    const attached = {
      engine: 'sglang',
      attachUrl: 'http://127.0.0.1:1',
      captureGraphs: true,
    } as const
    await expect(run({ ...attached, points: point })).rejects.toThrow('while a server starts')
    const custom = {
      engine: 'custom',
      serverCommand: ['sh', '{port}'],
      captureGraphs: true,
    } as const
    await expect(run({ ...custom, points: point })).rejects.toThrow('the engine is not known')
  })

  it('cannot be asked of a run in which no pass has graphs', async () => {
    const eager = { ...sglang(), points: point, passes: ['shapes'], captureGraphs: true } as const
    await expect(run(eager)).rejects.toMatchObject({
      code: 'invalid_option',
      message: expect.stringContaining('pass timing'),
    })
  })
})

describe('profile with a server of the user', () => {
  it('fills port and folder into its command, and uses the usual endpoints', async () => {
    const config = '{"torch_profiler_dir":"{trace_dir}"}'
    const record = await run({
      engine: 'custom',
      serverCommand: [
        ...[process.execPath, STAND_IN, '--engine', 'vllm', '--children-file', children],
        ...['--port', '{port}', '--profiler-config', config],
      ],
      points: point,
      ranks: 1,
    })
    expect(record.points[0]!.traces.map(({ stage }) => stage)).toEqual(['prefill', 'decode'])
    expectNothingLeft()
  })
})

describe('profile with a script of the user', () => {
  it('runs it to its end and collects what it wrote', async () => {
    const script = 'echo \'{"traceEvents":[]}\' > {trace_dir}/rank0.json; echo done'
    const record = await run({ engine: 'custom', serverCommand: ['sh', '-c', script] })
    expect(record.points[0]!.traces.map(({ rank }) => rank)).toEqual(['rank0'])
    expect(readFileSync(join(outDir, 'server.timing.log'), 'utf8')).toBe('done\n')
    await expect(
      run({ engine: 'custom', serverCommand: ['sh', '-c', 'echo oops; exit 7'] }),
    ).rejects.toThrow(/exit code 7; last lines of .*oops/)
  })
})

describe('faults', () => {
  const fails = (options: Partial<ProfileOptions>) =>
    expect(run({ points: point, retries: 0, ...options }).finally(expectNothingLeft)).rejects

  it('waits for a slow start', async () => {
    const record = await run({ ...sglang('--startup-ms', '1500'), points: point })
    expect(record.passes[0]!.startupS).toBeGreaterThan(1.4)
  })

  it('gives up a server that never becomes healthy', async () => {
    await fails({ ...sglang('--fault', 'startup=never'), startupTimeoutMs: 2500 }).toThrow(
      /not healthy after \d+ s; last lines of .*server\.timing\.log/,
    )
  })

  it('tells that a server crashed at start, with the end of its log', async () => {
    await fails(sglang('--fault', 'startup=crash')).toThrow(
      /ended with exit code 1; last lines of .*CUDA out of memory/,
    )
    expect(readRecord()).toMatchObject({ status: 'failed', error: /exit code 1/ })
  })

  it('tells that a server crashed in the middle', async () => {
    await fails(sglang('--fault', 'crash-at-request=2')).toThrow(
      /ended with exit code 1; .*torch\.OutOfMemoryError/,
    )
  })

  it('does not start when the port is taken', async () => {
    const port = await freePort()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
    await expect(run({ ...sglang(), points: point, port })).rejects.toThrow(/port \d+ is taken/)
    other.close()
    expect(existsSync(children)).toBe(false)
  })

  it('tries a failed point again, and reports those that stay failed', async () => {
    const again = await run({ ...sglang('--fault', 'fail-first=2'), points: point, retries: 2 })
    expect(again.points[0]).toMatchObject({ status: 'ok', attempts: 3 })
    const every = run({ ...sglang('--fault', 'http-500=1'), points: point, retries: 1 })
    await expect(every).rejects.toThrow(/no point could be captured; .*HTTP 500/)
    expect(readRecord().points[0]).toMatchObject({ status: 'failed', attempts: 2 })
    expectNothingLeft()
  })

  it('waits for traces that come late', async () => {
    const record = await run({ ...sglang('--fault', 'trace=late'), points: point })
    expect(record.points[0]!.traces).toHaveLength(2)
  })

  it('refuses traces that stay truncated, and misses those that never come', async () => {
    await fails({ ...sglang('--fault', 'trace=truncated'), traceTimeoutMs: 1500 }).toThrow(
      /\.trace\.json\.gz: still incomplete/,
    )
    await fails({ ...sglang('--fault', 'trace=never'), traceTimeoutMs: 1500 }).toThrow(
      /0 trace files after/,
    )
  })

  it('passes on that the server refuses to profile', async () => {
    await fails(sglang('--fault', 'refuse-profile')).toThrow(/start_profile: HTTP 404/)
  })

  it('goes on without emptying the cache where the server cannot, and says so', async () => {
    const told: string[] = []
    const onProgress = (message: string) => void told.push(message)
    const record = await run({ ...sglang('--fault', 'no-flush'), points: point, onProgress })
    expect(record.status).toBe('ok')
    expect(told.join('\n')).toMatch(/\/flush_cache is not there: prompts of earlier runs/)
  })

  it('stops everything when interrupted', async () => {
    const interrupt = new AbortController()
    const running = run({
      ...sglang('--token-ms', '200'),
      points: point,
      signal: interrupt.signal,
      onProgress(message) {
        if (message.includes('bs2')) setTimeout(() => interrupt.abort(), 300)
      },
    })
    await expect(running).rejects.toMatchObject({ code: 'aborted' })
    await sleep(50)
    expectNothingLeft()
    expect(readRecord().status).toBe('failed')
  }, 30_000)
})
