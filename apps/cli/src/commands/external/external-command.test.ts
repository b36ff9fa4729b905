// Other simulators as users call them, on made-up launches and logs.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kinetoLines } from '@flowsim/parser'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { begin, madeLog } from '../../../../../packages/external/src/testing/accel-sim.js'
import { kernel, traceOf } from '../../../../../packages/external/src/testing/trace.js'
import { parseCsv } from '../../program/csv.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'
import type { ReplayDocument } from '../replay/run.js'

const folder = testFolder()
const at = (name: string) => join(folder, name)
const write = (name: string, text: string) => {
  writeFileSync(at(name), text)
  return at(name)
}

const NAME = 'vecadd(float const*, float const*, float*, int)'
const LOGGED = { name: '_Z6vecaddPKfS0_Pfi', file: 'kernel-2.traceg', launch: 2, cycles: 7000 }

beforeEach(() => {
  const trace = traceOf([kernel(NAME, 1000), kernel('other(int)', 3000), kernel(NAME, 1000)])
  write('trace.json', [...kinetoLines(trace)].join(''))
})

describe('external collect', () => {
  it('turns a log into times that replay takes', async () => {
    const log = write('stdout.log', madeLog([LOGGED]))
    const collected = await flowsim(
      ...['external', 'collect', '--log', log, '--trace', at('trace.json'), '-o', at('out')],
    )
    expect(collected.code).toBe(0)
    expect(collected.out).toContain(
      'joined: 2 of 3 kernels of the trace, 40.0 % of its kernel time',
    )
    expect(parseCsv(readFileSync(at('out/times.csv'), 'utf8'))).toMatchObject([
      { index: '0', name: NAME, duration_us: '2', measured_us: '1', l2_state: 'cold' },
      { index: '2', name: NAME, duration_us: '2' },
    ])
    const { code, out } = await flowsim(
      'replay',
      at('trace.json'),
      '--times',
      at('out/times.csv'),
      '--json',
    )
    expect(code).toBe(0)
    const { scenarios } = JSON.parse(out) as ReplayDocument
    expect(scenarios.map(({ kernelSumNs }) => kernelSumNs)).toEqual([5000, 7000])
  })

  it('leaves no table of a former collect beside its tables', async () => {
    mkdirSync(at('out'))
    for (const name of ['kernels.a=1.csv', 'times.a=1.csv', 'times.csv', 'mine.csv']) {
      write(`out/${name}`, 'old')
    }
    const log = write('stdout.log', madeLog([LOGGED]))
    expect(await flowsim('external', 'collect', '--log', log, '-o', at('out'))).toMatchObject({
      code: 0,
    })
    expect(readdirSync(at('out'))).toEqual(['kernels.csv', 'mine.csv'])
  })

  it('keeps what a failed run finished, says why it stopped, and fails', async () => {
    const log = write(
      'stdout.log',
      `${madeLog([LOGGED], false)}${begin({ ...LOGGED, file: 'kernel-3.traceg' }, 2)}unsupported binary version: 0\n`,
    )
    const { code, out, err } = await flowsim('external', 'collect', '--log', log, '--json')
    expect(code).toBe(1)
    expect(err).toMatch(/stdout\.log: trace_missing: .* \(1 before it kept\)/)
    expect(JSON.parse(out)).toMatchObject({
      schema: 'flowsim.external-collect/1',
      configurations: [
        {
          logs: [{ begun: 2, finished: 1, failure: { code: 'trace_missing' } }],
          kernels: [{ uid: 1, durationNs: 2000 }],
          join: null,
        },
      ],
    })
  })

  it('finds a run incomplete that never began a kernel of its list', async () => {
    const log = write('stdout.log', madeLog([LOGGED]))
    const list = write('kernelslist.g', 'kernel-2.traceg\nkernel-3.traceg\n')
    const { code, err } = await flowsim('external', 'collect', '--log', log, '--list', list)
    expect([code, err]).toEqual([1, expect.stringContaining('incomplete')])
    const other = write('other.txt', 'no list\n')
    expect(await flowsim('external', 'collect', '--log', log, '--list', other)).toMatchObject({
      code: 1,
      err: /other\.txt: names no kernel/,
    })
  })

  it('asks for a log or a folder, and tells what is not a log', async () => {
    expect(await flowsim('external', 'collect')).toMatchObject({ code: 2, err: /folder.*--log/ })
    const { code, err } = await flowsim('external', 'collect', '--log', at('trace.json'))
    expect([code, err]).toEqual([1, expect.stringContaining('not output of Accel-Sim')])
    expect(await flowsim('external', 'collect', at('trace.json'))).toMatchObject({
      code: 1,
      err: /is not a folder; give a log with --log/,
    })
    mkdirSync(at('empty'))
    for (const option of ['--stderr', '--list', '--npus']) {
      expect(await flowsim('external', 'collect', at('empty'), option, '1')).toMatchObject({
        code: 2,
        err: new RegExp(`${option}: belongs to`),
      })
    }
    expect(await flowsim('external', 'collect', at('empty'))).toMatchObject({
      code: 1,
      err: /holds no stdout\.log/,
    })
  })
})

describe('external collect of ASTRA-sim', () => {
  const LOG = 'sys[0] finished, 22240 cycles, exposed communication 240 cycles.\n'
  const collect = (...args: string[]) =>
    flowsim('external', 'collect', '--simulator', 'astra-sim', ...args)

  it('tells when each NPU finished, and no end while one is missing', async () => {
    const log = write('log.log', LOG)
    const whole = await collect('--log', log, '-o', at('out'))
    expect([whole.code, whole.out]).toEqual([0, expect.stringContaining('end to end: 22.24 µs')])
    expect(parseCsv(readFileSync(at('out/npus.csv'), 'utf8'))).toEqual([
      {
        npu: '0',
        finished_us: '22.24',
        exposed_communication_us: '0.24',
        compute_us: '',
        communication_us: '',
      },
    ])
    const part = await collect('--log', log, '--npus', '2', '--json')
    expect([part.code, part.err]).toEqual([1, expect.stringContaining('NPU 1 did not report')])
    expect(JSON.parse(part.out)).toMatchObject({ endToEndNs: null, missing: [1] })
  })

  it('takes one log and nothing of the other simulator', async () => {
    expect(await collect()).toMatchObject({ code: 2 })
    const { code, err } = await collect('--log', write('log.log', LOG), '--list', 'x')
    expect([code, err]).toEqual([2, expect.stringContaining('--list')])
  })
})

describe('external plan', () => {
  const STATS = `kernel id, kernel mangled name, grid_dimX, grid_dimY, grid_dimZ, #blocks, block_dimX, block_dimY, block_dimZ, #threads, total_insts, total_reported_insts
kernel-2.trace.xz, _Z6vecaddPKfS0_Pfi, 16, 1, 1, 16, 256, 1, 1, 256, 2048,2048
kernel-9.trace.xz, _Z5otheri, 16, 1, 1, 16, 256, 1, 1, 256, 100,100
`

  it('says how to list the launches of a program, then how to record those that matter', async () => {
    const first = await flowsim('external', 'plan', at('trace.json'), '--top-time', '50%')
    expect(first.out).toContain('1 of 2 kinds of launches make up 60.0 % of the kernel time')
    expect(first.out).toContain('DYNAMIC_KERNEL_LIMIT_START=1000000')
    const stats = write('stats.csv', STATS)
    const second = await flowsim(
      ...['external', 'plan', at('trace.json'), '--top-time', '100%', '--stats', stats],
      ...['-o', at('plan'), '--json'],
    )
    expect(JSON.parse(second.out)).toMatchObject({
      chosen: [{ launchNumber: 9 }, { launchNumber: 2, instances: 2 }],
      timeShare: 1,
      warpInstructions: 2148,
      environment: { DYNAMIC_KERNEL_RANGE: '2 9' },
    })
    expect(readFileSync(at('plan/tracer.env'), 'utf8')).toContain(
      "export DYNAMIC_KERNEL_RANGE='2 9'\n",
    )
  })

  it('says how much of the time one launch stands for several operator shapes', async () => {
    const demo = new URL(
      '../../../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz',
      import.meta.url,
    )
    const { err } = await flowsim('external', 'plan', fileURLToPath(demo), '--top-time', '60%')
    expect(err).toContain(
      '2 chosen kinds (52.3 % of the kernel time) have launches of several operator shapes',
    )
  })

  it('does not take a budget that it could not keep', async () => {
    const { code, err } = await flowsim('external', 'plan', at('trace.json'), '--budget', '10')
    expect([code, err]).toEqual([2, expect.stringContaining('--stats')])
    const stats = write('unsized.csv', STATS.replace('2048,2048', '0,0'))
    const unsized = await flowsim(
      ...['external', 'plan', at('trace.json'), '--top-time', '100%', '--stats', stats],
      ...['--budget', '1000'],
    )
    expect(unsized.err).toContain('1 chosen launch of unknown size, never recorded')
  })
})

describe('external run', () => {
  const SIMULATOR = `#!/bin/sh
cat <<'LOG'
${madeLog([LOGGED])}LOG
`
  const run = (...args: string[]) =>
    flowsim(
      ...['external', 'run', at('traces'), '--config', at('gpgpusim.config'), '-o', at('sim')],
      ...args,
    )

  beforeEach(() => {
    mkdirSync(at('traces'))
    write('traces/kernelslist.g', 'MemcpyHtoD,0x00,1\nkernel-2.traceg\nkernel-9.traceg\n')
    write('traces/kernel-2.traceg', '')
    write('gpgpusim.config', '')
  })

  it('runs launches as jobs, whose logs collect reads', async () => {
    write('accel-sim.out', SIMULATOR)
    chmodSync(at('accel-sim.out'), 0o755)
    vi.stubEnv('XDG_STATE_HOME', at('state'))
    const { code, out, err } = await run(
      '--binary',
      at('accel-sim.out'),
      '--grid',
      'gpgpu_n_mem=40,48',
      '--json',
    )
    expect([code, err]).toEqual([0, ''])
    const { id } = JSON.parse(out) as { id: string }
    await vi.waitFor(
      async () => {
        const status = await flowsim('jobs', 'status', id, '--json')
        expect(JSON.parse(status.out)).toMatchObject({ state: 'succeeded' })
      },
      { timeout: 20_000, interval: 200 },
    )
    const collected = await flowsim(
      'external',
      'collect',
      at('sim'),
      '--trace',
      at('trace.json'),
      '--json',
    )
    const { configurations } = JSON.parse(collected.out) as {
      configurations: { configuration: string; logs: unknown[]; join: { kernels: unknown[] } }[]
    }
    expect(configurations.map(({ configuration, logs }) => [configuration, logs.length])).toEqual([
      ['gpgpu_n_mem=40', 2],
      ['gpgpu_n_mem=48', 2],
    ])
    // A job that is not over leaves no exit code, one that has not begun no log: neither is taken for done.
    rmSync(at('sim/gpgpu_n_mem=40/kernel-2/exit-code'))
    write('sim/gpgpu_n_mem=40/kernel-2/stdout.log', madeLog([LOGGED], false))
    rmSync(at('sim/gpgpu_n_mem=48'), { recursive: true })
    const half = await flowsim('external', 'collect', at('sim'), '--json')
    expect(half.code).toBe(1)
    expect(half.err).toContain('has not ended, or was stopped from outside')
    expect(half.err).toContain('gpgpu_n_mem=48: 2 jobs not begun')
    expect(JSON.parse(half.out)).toMatchObject({
      configurations: [
        { configuration: 'gpgpu_n_mem=40', notBegun: 0 },
        { configuration: 'gpgpu_n_mem=48', notBegun: 2, logs: [] },
      ],
    })
  })

  it('jobs wait ends with the job, as it ended', async () => {
    vi.stubEnv('XDG_STATE_HOME', at('state'))
    const wait = async (script: string) => {
      write('accel-sim.out', script)
      chmodSync(at('accel-sim.out'), 0o755)
      const { out } = await run('--binary', at('accel-sim.out'))
      return flowsim('jobs', 'wait', out.trim())
    }
    expect(await wait(SIMULATOR)).toMatchObject({ code: 0, out: /succeeded +2\/2/ })
    expect(await wait('#!/bin/sh\nexit 1\n')).toMatchObject({
      code: 1,
      out: /failed +0\/2/,
      err: /point 0 \(as-configured\/kernel-2\) failed; see flowsim jobs logs/,
    })
  })

  it('a launch that takes too long is begun again, then told, and the others are kept', async () => {
    const script = `#!/bin/sh
echo begun >>attempts
case "$PWD" in *kernel-9) exec sleep 20 ;; esac
${SIMULATOR.slice('#!/bin/sh\n'.length)}`
    write('accel-sim.out', script)
    chmodSync(at('accel-sim.out'), 0o755)
    vi.stubEnv('XDG_STATE_HOME', at('state'))
    const limits = ['--timeout', '1', '--retries', '1']
    const { out } = await run('--binary', at('accel-sim.out'), ...limits)
    expect(await flowsim('jobs', 'wait', out.trim())).toMatchObject({
      code: 1,
      out: /failed +1\/2/,
    })
    const attempts = (kernel: string) =>
      readFileSync(at(`sim/as-configured/${kernel}/attempts`), 'utf8').split('\n').length - 1
    expect([attempts('kernel-2'), attempts('kernel-9')]).toEqual([1, 2])
    const collected = await flowsim('external', 'collect', at('sim'), '--json')
    expect(collected).toMatchObject({ code: 1, err: /kernel-9\/stdout\.log: timed_out/ })
    expect(JSON.parse(collected.out)).toMatchObject({
      configurations: [{ kernels: [{ launchNumber: 2 }] }],
    })
  }, 60_000)

  it.each([
    ['gpgpu_n_mem=40,,48', 'write the option and its values'],
    ['=40', 'write the option and its values'],
    ['gpgpu_n_mem=40', 'gpgpu_n_mem is set already'],
  ])('refuses --grid %s after another', async (pair, words) => {
    const { code, err } = await run('--dry-run', '--grid', 'gpgpu_n_mem=1', '--grid', pair)
    expect([code, err]).toEqual([2, expect.stringContaining(words)])
  })

  it('shows the jobs without running any, also where the program is elsewhere', async () => {
    const { code, out } = await run('--on', 'slurm', '--dry-run', '--repeat', '2')
    expect(code).toBe(0)
    expect(out).toContain('--array=0-1')
  })

  it('says how to get a program that is absent, and which launches were not recorded', async () => {
    const { code, err } = await run('--binary', at('nowhere'))
    expect([code, err]).toEqual([1, expect.stringMatching(/not found; build Accel-Sim.*--binary/)])
    const plan = {
      schema: 'flowsim.accel-sim-plan/1',
      trace: 't',
      chosen: [3, 4].map((launchNumber) => ({
        name: 'a',
        grid: null,
        block: null,
        registersPerThread: null,
        sharedMemoryBytes: null,
        instances: 1,
        sumNs: 1,
        timeShare: 0.5,
        launchNumber,
        warpInstructions: null,
      })),
      leftOut: [],
      timeShare: 1,
      warpInstructions: null,
      kinds: 1,
    }
    const planned = await run('--plan', write('plan.json', JSON.stringify(plan)), '--dry-run')
    expect([planned.code, planned.err]).toEqual([
      1,
      expect.stringContaining('launch 3 and 1 others'),
    ])
    const other = await run('--plan', write('x.json', '{}'), '--dry-run')
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('is not a plan')])
  })
})
