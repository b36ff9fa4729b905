// analyze, diff and merge as users call them, on traces made by hand.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { kinetoLines } from '@flowsim/parser'
import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../../../../../packages/analysis/fixtures/hand-made.js'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const folder = testFolder()

/** Writes a trace of a GEMM and an all-reduce, which wait for `lateUs` in between. */
function writeTrace(name: string, rank: number | null, lateUs = 0): string {
  const at = (from: number, to: number): [number, number] => [from + lateUs, to + lateUs]
  const activities: Activity[] = [
    { at: [10, 40], name: 'nvjet_tst_192x192_64x4_h_bz_TNN', launched: [2, 5], correlation: 1 },
    {
      at: at(60, 100 - lateUs),
      name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)',
      kind: 'collective',
      stream: 20,
      launched: at(52, 55),
      correlation: 2,
    },
  ]
  const { trace } = handMade(activities, { rank, worldSize: rank === null ? null : 2 })
  const path = join(folder, name)
  writeFileSync(path, [...kinetoLines(trace)].join(''))
  return path
}

describe('flowsim analyze', () => {
  it('prints where the time of a trace goes', async () => {
    const { code, out } = await flowsim('analyze', writeTrace('one.json', 0))
    expect(code).toBe(0)
    expect(out).toContain('Window 90.00 µs, busy 77.8 %')
    expect(out).toMatch(/exposed communication +44\.4 % +40\.00 µs/)
    expect(out).toMatch(/idle: waiting for the host/)
  })

  it('says what to do next, the most to gain first, and the same in JSON', async () => {
    const path = writeTrace('one.json', 0)
    const { out } = await flowsim('analyze', path)
    const lines = out.split('\n')
    const at = lines.indexOf('Findings, by the time to gain at most')
    expect(lines[at + 1]).toBe(
      '1. Communication that nothing hides takes 44 % of the window: up to 40.00 µs',
    )
    const { traces } = JSON.parse((await flowsim('analyze', path, '--json')).out) as {
      traces: { findings: { rule: string; title: string; gainNs: number }[] }[]
    }
    const { findings } = traces[0]!
    expect(findings.map(({ rule }) => rule)).toEqual(['exposed-communication', 'launch-bound'])
    findings.forEach(({ title }, i) => {
      expect(out).toContain(`${i + 1}. ${title}`)
    })
  })

  it('gives the critical path of flowsim replay, of a trace and of a job', async () => {
    const paths = [writeTrace('one.json', 0), writeTrace('two.json', 1, 7)]
    for (const traces of [paths.slice(0, 1), paths]) {
      const analyzed = await flowsim('analyze', ...traces, '--json')
      const replayed = await flowsim('replay', ...traces, '--json')
      const { traces: each, job } = JSON.parse(analyzed.out) as {
        traces: { criticalPath: { kinds: object } }[]
        job: { criticalPath: { kinds: object } } | null
      }
      const { scenarios } = JSON.parse(replayed.out) as { scenarios: { criticalPath: object }[] }
      expect((job ?? each[0]!).criticalPath.kinds).toEqual(scenarios[0]!.criticalPath)
    }
  })

  /** Five steps, of which the first and the last are the odd ones. */
  function writeSteps(name: string): string {
    const lengths = [60, 30, 30, 30, 20]
    const { trace } = handMade(
      lengths.map(
        (length, i): Activity => ({
          at: [100 * i + 10, 100 * i + 10 + length],
          name: `kernel_${i}`,
          launched: [100 * i + 1, 100 * i + 2],
          correlation: i + 1,
        }),
      ),
      {
        annotations: lengths.map((_, i) => ({
          name: `decode step ${i}`,
          at: [100 * i, 100 * i + 90],
        })),
      },
    )
    const path = join(folder, name)
    writeFileSync(path, [...kinetoLines(trace)].join(''))
    return path
  }

  it('--steps keeps a range, or what runs steadily, and says how alike its steps are', async () => {
    const path = writeSteps('steps.json')
    const { out, err } = await flowsim('analyze', path, '--steps', 'steady', '--json')
    expect(err).toContain(
      'steps 1 to 3 of 5 (decode, as annotated): 100.00 µs each in the median, half of them within 0 ns',
    )
    const { traces } = JSON.parse(out) as { traces: { selectedSteps: object; breakdown: object }[] }
    expect(traces[0]!.selectedSteps).toMatchObject({ first: 1, last: 3, of: 5 })
    expect(traces[0]!.breakdown).toMatchObject({ windowNs: 230_000, busyNs: 90_000 })
    const parsed = await flowsim('parse', path, '--steps', '2', '-o', join(folder, 'two'))
    expect(parsed.code).toBe(0)
    expect(readFileSync(join(folder, 'two/steps.kernels.csv'), 'utf8')).toMatch(/kernel_2/)
    expect(readFileSync(join(folder, 'two/steps.kernels.csv'), 'utf8')).not.toMatch(/kernel_1/)
    const compared = await flowsim('diff', path, path, '--steps', '1-2', '--json')
    expect(compared.code).toBe(0)
  })

  it('--steps outside of the trace is an error that says which there are', async () => {
    const { code, err } = await flowsim('analyze', writeSteps('few.json'), '--steps', '3-9')
    expect(code).toBe(1)
    expect(err).toContain('has steps 0 to 4, not 3 to 9')
    expect((await flowsim('analyze', 'x.json', '--steps', '9-3')).code).toBe(2)
  })

  it('prints one JSON document with --json, and nothing else', async () => {
    const { out, err } = await flowsim('analyze', writeTrace('one.json', 0), '--json')
    const result = JSON.parse(out) as {
      schema: string
      job: unknown
      traces: { breakdown: { busyNs: number }; collectives: unknown[] }[]
    }
    expect(err).toBe('')
    expect(result).toMatchObject({ schema: 'flowsim.analysis/1', job: null })
    expect(result.traces[0]!.breakdown.busyNs).toBe(70_000)
    expect(result.traces[0]!.collectives).toHaveLength(1)
  })

  it('takes several traces as ranks of one job and names the straggler', async () => {
    const paths = [writeTrace('a.json', 0), writeTrace('b.json', 1, 30)]
    const { out } = await flowsim('analyze', ...paths, '--json')
    const { job } = JSON.parse(out) as {
      job: { stragglers: { rank: number; causedWaitNs: number }[]; waitNs: number }
    }
    expect(job.stragglers[0]).toMatchObject({ rank: 1, causedWaitNs: 30_000 })
    expect(job.waitNs).toBe(15_000)
  })

  it('takes ranks from --ranks, and refuses another number of them', async () => {
    const paths = [writeTrace('a.json', null), writeTrace('b.json', null)]
    const { out } = await flowsim('analyze', ...paths, '--ranks', '5,2', '--json')
    expect(JSON.parse(out)).toMatchObject({ job: { ranks: [2, 5] } })
    const wrong = await flowsim('analyze', ...paths, '--ranks', '1')
    expect(wrong).toMatchObject({ code: 2, out: '' })
    expect(wrong.err).toMatch(/1 ranks for 2 traces/)
    expect((await flowsim('analyze', ...paths, '--ranks', 'x,1')).code).toBe(2)
  })

  it('fails in one line where there is no trace', async () => {
    const { code, err } = await flowsim('analyze', join(folder, 'none.json'))
    expect(code).toBe(1)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

describe('flowsim diff', () => {
  it('finds no change between a trace and itself', async () => {
    const path = writeTrace('one.json', 0)
    const { out } = await flowsim('diff', path, path, '--json')
    const { rows, matchedShare } = JSON.parse(out) as {
      rows: { deltaNs: number }[]
      matchedShare: { only_a: { a: number } }
    }
    expect(rows.every(({ deltaNs }) => deltaNs === 0)).toBe(true)
    expect(matchedShare.only_a.a).toBe(0)
  })

  it('prints what takes longer', async () => {
    const { out } = await flowsim('diff', writeTrace('a.json', 0), writeTrace('b.json', 0, 30))
    expect(out).toMatch(/exposed communication +40\.00 µs +10\.00 µs +−75\.0 %/)
    expect(out).toMatch(/all_reduce .* × 0\.25/)
  })
})

describe('flowsim merge', () => {
  it('writes one file in the order of ranks, each labelled', async () => {
    const paths = [writeTrace('x-TP-1.json', 1), writeTrace('x-TP-0.json', 0)]
    const merged = join(folder, 'merged.json.gz')
    const { out } = await flowsim('merge', ...paths, '-o', merged, '--json')
    expect(JSON.parse(out)).toMatchObject({ ranks: [{ rank: 0 }, { rank: 1 }] })
    const { traceEvents } = JSON.parse(gunzipSync(readFileSync(merged)).toString()) as {
      traceEvents: { name: string; ph: string; args?: { name?: string } }[]
    }
    const processes = traceEvents.filter(({ name }) => name === 'process_name')
    for (const rank of [0, 1]) {
      expect(processes.some(({ args }) => args?.name?.startsWith(`rank ${rank}:`))).toBe(true)
    }
    expect(traceEvents.filter(({ name }) => name.startsWith('nvjet'))).toHaveLength(2)
  })

  it('makes a file of which other commands say that it holds several ranks', async () => {
    const paths = [writeTrace('r0.json', 0), writeTrace('r1.json', 1)]
    const merged = join(folder, 'both.json')
    await flowsim('merge', ...paths, '-o', merged)
    const { code, err } = await flowsim('analyze', merged)
    expect(code).toBe(0)
    expect(err).toContain('both.json: holds ranks 0, 1 in one file')
  })

  it('reads the traces for their ranks where names do not tell, and asks where they do not either', async () => {
    const known = [writeTrace('b.json', 1), writeTrace('a.json', 0)]
    const { out } = await flowsim('merge', ...known, '-o', join(folder, 'm.json'))
    expect(out).toMatch(/^rank 0 .*a\.json\nrank 1 .*b\.json\n/)
    const unknown = [writeTrace('c.json', null), writeTrace('d.json', null)]
    const refused = await flowsim('merge', ...unknown, '-o', join(folder, 'n.json'))
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/--rank 0,1/)
    expect(readdirSync(folder)).not.toContain('n.json')
  })
})

describeWithCorpus('flowsim diff of one model on two devices', () => {
  it('shows one row for a shape, however its kernels were launched', async () => {
    const trace = (device: string) =>
      corpus(`traces/transformers-qwen1.5-0.5b-${device}.trace.json.gz`)
    const { code, out } = await flowsim('diff', trace('h100'), trace('mi300x'), '--wide')
    expect(code).toBe(0)
    expect(out.match(/^matmul +m=8944 n=2816 k=1024 bf16 +70 /gm)).toHaveLength(1)
    expect(out).toMatch(/99\.5 % of A's time and 98\.6 % of B's have a partner in the other/)
  })
})
