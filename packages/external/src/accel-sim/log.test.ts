import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../../tests/corpus.js'
import { begin, type MadeKernel, madeLog, statistics } from '../testing/accel-sim.js'
import { type AccelSimLog, readAccelSimLog } from './log.js'

const KERNELS: MadeKernel[] = [
  { name: '_Z1aPf', file: 'kernel-1.traceg', launch: 3, cycles: 6000 },
  { name: '_Z1aPf', file: 'kernel-1.traceg', launch: 3, cycles: 5500, reads: 0 },
  { name: '_Z1bPf', file: 'kernel-2.traceg', launch: 9, cycles: 7000, grid: '(128,2,1)' },
]

const read = (text: string, options = {}) => readAccelSimLog([text], { source: 'log', ...options })

it('several runs in one log are refused, for its launches would be mixed up', async () => {
  const text = madeLog(KERNELS)
  await expect(read(text + text)).rejects.toThrow('holds launch uid 1 twice')
})

it('a number that is not one finishes no launch', async () => {
  const log = await read(madeLog(KERNELS).replace('gpu_sim_cycle = 5500', 'gpu_sim_cycle = 5.5.5'))
  expect(log.kernels.map(({ uid }) => uid)).toEqual([1, 3])
  expect(log.failure).not.toBeNull()
})

describe('a log that ended well', () => {
  it('gives each kernel with what belongs to it alone, and its time without the launch', async () => {
    const log = await read(madeLog(KERNELS))
    expect(log).toMatchObject({
      simulator: 'Accel-Sim [build made-up]',
      coreClockHz: 1e9,
      options: { gpgpu_n_clusters: '46', gpgpu_kernel_launch_latency: '5000' },
      begun: 3,
      failure: null,
    })
    expect(log.kernels).toMatchObject([
      {
        uid: 1,
        launchNumber: 3,
        name: '_Z1aPf',
        traceFile: './traces/kernel-1.traceg',
        grid: [16, 1, 1],
        block: [256, 1, 1],
        registersPerThread: 12,
        sharedMemoryBytes: 0,
        cycles: 6000,
        launchLatencyCycles: 5000,
        durationNs: 1000,
        occupancy: null,
        dramReads: 100,
        l2Accesses: 110,
        warpInstructions: 200,
        l2State: 'cold',
      },
      { uid: 2, durationNs: 500, dramReads: 0, l2Misses: 0, l2State: 'warm' },
      { uid: 3, durationNs: 2000, grid: [128, 2, 1], l2State: 'others' },
    ])
  })

  it('counts what each block of a kernel costs to launch', async () => {
    const text = madeLog(KERNELS.slice(0, 1)).replace(
      /-gpgpu_TB_launch_latency +0/,
      '-gpgpu_TB_launch_latency 10',
    )
    const [kernel] = (await read(text)).kernels
    expect(kernel).toMatchObject({ launchLatencyCycles: 5160, durationNs: 840 })
  })

  it('is the same in pieces of any size, with either line end', async () => {
    const text = madeLog(KERNELS)
    const whole = await read(text)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.boolean(), async (size, crlf) => {
        const given = crlf ? text.replaceAll('\n', '\r\n') : text
        const pieces = given.match(new RegExp(`[^]{1,${size}}`, 'g'))!
        expect(await readAccelSimLog(pieces, { source: 'log' })).toEqual(whole)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a log that did not end well', () => {
  const begun = madeLog(KERNELS.slice(0, 1), false) + begin(KERNELS[2]!, 2)
  const reason = async (text: string, options = {}) => {
    const { failure, kernels } = await read(text, options)
    return [failure?.code, kernels.map(({ uid }) => uid)]
  }

  it.each([
    ['undefined_instruction', 'ERROR:  undefined instruction : FROB.X Opcode: FROB\n'],
    ['unsupported_binary', 'unsupported binary version: 89\n'],
    ['trace_missing', 'unsupported binary version: 0\n'],
    [
      'deadlock',
      'GPGPU-Sim uArch: ERROR ** deadlock detected: last writeback core 1 @ gpu_sim_cycle 2 (+ …)\n',
    ],
    ['truncated', "Assertion `line.back() == '\\n'' failed.\n"],
    ['truncated', 'thread block = 4,0,0\n'],
    ['out_of_memory', 'terminate called after throwing an instance of std::bad_alloc\n'],
  ])('is %s, and the kernels before are kept', async (code, line) => {
    expect(await reason(begun + line)).toEqual([code, [1]])
  })

  it('drops the block of a kernel that a limit cut off, though it has an end marker', async () => {
    const text = `${begun}${statistics('', '', 2060, 300)}GPGPU-Sim: ** break due to reaching the maximum cycles (or instructions) **
GPGPU-Sim: *** exit detected ***
`
    expect(await reason(text)).toEqual(['limit_reached', [1]])
  })

  it('takes the reason from stderr and the exit code where stdout tells none', async () => {
    const version = '        *** GPGPU-Sim Simulator Version 4.2.0  [build x] ***\n'
    expect(await reason(version, { stderr: "GPGPU-Sim ** ERROR: Unknown Option: '-x'" })).toEqual([
      'config_error',
      [],
    ])
    expect(await reason(version)).toEqual(['config_error', []])
    expect(await reason(begun, { exitCode: 137 })).toEqual(['out_of_memory', [1]])
    expect(await reason(madeLog(KERNELS, false))).toEqual(['incomplete', [1, 2, 3]])
  })

  it('is not blamed on a trace while the run has not ended', async () => {
    expect(await reason(begun, { hasEnded: true })).toEqual(['truncated', [1]])
    expect(await reason(begun, { hasEnded: false })).toEqual(['incomplete', [1]])
    const { failure } = await read(begun, { hasEnded: false })
    expect(failure!.message).toContain('has not ended')
  })

  it('is no failure where a kernel only has such words in its name', async () => {
    const kernel = { ...KERNELS[0]!, name: '_Z6Killedv undefined instruction : X Opcode: Y' }
    expect(await reason(madeLog([kernel]))).toEqual([undefined, [1]])
  })

  it('of a job that was ended is a failure with its reason, also where it is empty', async () => {
    const code = async (text: string, exitCode: number) =>
      (await read(text, { hasEnded: true, exitCode })).failure!.code
    expect(await code('', 124)).toBe('timed_out')
    expect(await code(madeLog(KERNELS, false), 124)).toBe('timed_out')
    expect(await code('', 1)).toBe('config_error')
    expect((await read('', { hasEnded: false })).failure!.code).toBe('incomplete')
  })

  it('is refused where it is not of Accel-Sim', async () => {
    await expect(read('hello\n')).rejects.toThrow(/log: is not output of Accel-Sim/)
    await expect(read('')).rejects.toThrow(/not output of Accel-Sim/)
  })

  it('never takes a damaged block for a kernel: lines lost anywhere only lose', async () => {
    const lines = madeLog(KERNELS).split('\n')
    const whole = await read(lines.join('\n'))
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: lines.length }), async (cut) => {
        const log = await read(lines.slice(0, cut).join('\n')).catch(() => undefined)
        if (log === undefined) return
        expect(log.kernels).toEqual(whole.kernels.slice(0, log.kernels.length))
        if (log.failure === null) expect(log.kernels).toHaveLength(3)
      }),
    )
  })
})

interface Expected {
  status: string
  core_clock_hz: number | null
  headers_seen: number
  valid_uids: number[]
  exit_code: number
  kernels: Record<string, string | number | null>[]
}

describeWithCorpus('the logs of real runs', () => {
  const expected = hasCorpus
    ? (JSON.parse(readFileSync(corpus('accel-sim/expected.json'), 'utf8')) as Record<
        string,
        Expected
      >)
    : {}

  it.each(Object.entries(expected))(
    '%s is as computed from it independently',
    async (path, right) => {
      const file = corpus(`accel-sim/${path}`)
      const errors = file.replace('.stdout.log.gz', '.stderr.txt')
      const log = await readAccelSimLog([gunzipSync(readFileSync(file)).toString('utf8')], {
        source: path,
        stderr: existsSync(errors) ? readFileSync(errors, 'utf8') : undefined,
      })
      expect(wordsOf(log)).toBe(right.status)
      expect(log.coreClockHz).toBe(right.core_clock_hz)
      expect(log.begun).toBe(right.headers_seen)
      expect(log.kernels.map(({ uid }) => uid)).toEqual(right.valid_uids)
      for (const [i, kernel] of right.kernels.entries()) {
        const ours = log.kernels[i]!
        expect({
          kernel_name: ours.name,
          kernel_launch_uid: ours.uid,
          gpu_sim_cycle: ours.cycles,
          gpu_sim_insn: ours.threadInstructions,
          own_L2_total_cache_accesses: ours.l2Accesses,
          own_L2_total_cache_misses: ours.l2Misses,
          own_total_dram_reads: ours.dramReads,
          trace_file: ours.traceFile!.split('/').at(-1),
          launch_id: ours.launchNumber,
          grid: `(${ours.grid!.join(',')})`,
          block: `(${ours.block!.join(',')})`,
          nregs: ours.registersPerThread,
          shmem: ours.sharedMemoryBytes,
          launch_latency_cycles: ours.launchLatencyCycles,
        }).toEqual(
          Object.fromEntries(
            [
              'kernel_name',
              'kernel_launch_uid',
              'gpu_sim_cycle',
              'gpu_sim_insn',
              'own_L2_total_cache_accesses',
              'own_L2_total_cache_misses',
              'own_total_dram_reads',
              'trace_file',
              'launch_id',
              'grid',
              'block',
              'nregs',
              'shmem',
              'launch_latency_cycles',
            ].map((key) => [key, kernel[key] ?? null]),
          ),
        )
        expect(ours.durationNs! / 1000).toBeCloseTo(kernel.us_without_launch as number, 5)
      }
    },
  )
})

/** The failure in the words of the expected values, where a missing trace is binary version 0. */
function wordsOf({ failure }: AccelSimLog): string {
  if (failure === null) return 'clean'
  if (failure.code === 'trace_missing') return 'unsupported_binary:0'
  const named = ['undefined_instruction', 'unsupported_binary'].includes(failure.code)
  return named ? `${failure.code}:${failure.detail}` : failure.code
}
