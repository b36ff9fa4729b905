// replay as users call it, on traces made by hand.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { kinetoLines } from '@flowsim/parser'
import { describe, expect, it } from 'vitest'
import { makeTrace } from '../../../../../packages/replay/src/testing/make-trace.js'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { parseCsv } from '../../program/csv.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'
import type { ReplayDocument } from './run.js'

const folder = testFolder()

const at = (name: string) => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

/**
 * A rank that computes for `computeUs`, meets the other in an all-reduce that transfers for 10 µs once both
 * are there, at 108 µs, and normalises for 20 µs.
 */
function rank(number: number, computeUs: number): string {
  const arrives = 7 + computeUs + 1
  const trace = makeTrace(
    [
      { name: 'nvjet_tst_192x192_64x4_h_bz_TNN', launch: [0, 5], at: 7, takes: computeUs },
      {
        name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL',
        kind: 'collective',
        collective: { kind: 'all_reduce', groupName: '0', groupSize: 2, ranks: [0, 1] },
        launch: [6, 5],
        at: arrives,
        takes: 118 - arrives,
      },
      { name: 'norm_kernel', launch: [12, 5], at: 119, takes: 20 },
    ],
    [],
    { rank: number, worldSize: 2, devices: [{ id: 0, name: 'NVIDIA H100 80GB HBM3' }] },
  )
  return write(`rank${number}.json`, [...kinetoLines(trace)].join(''))
}

const WHAT_IF = `
scenarios:
  - name: GEMM twice as fast
    changes: [{ do: scale, factor: 0.5, match: { name: nvjet } }]
  - name: rank 1 slowed
    changes: [{ do: slow-rank, rank: 1, factor: 2 }]
`

async function replayed(...args: string[]): Promise<ReplayDocument> {
  const { code, out, err } = await flowsim('replay', ...args, '--json')
  expect(err).not.toMatch(/^flowsim:/m)
  expect(code).toBe(0)
  return JSON.parse(out) as ReplayDocument
}

const endToEndUs = ({ scenarios }: ReplayDocument) =>
  scenarios.map(({ name, endToEndNs }) => [name, endToEndNs! / 1000])

describe('flowsim replay', () => {
  it('compares scenarios with the run as measured', async () => {
    const { code, out } = await flowsim(
      'replay',
      rank(0, 60),
      '--what-if',
      write('s.yaml', WHAT_IF),
    )
    expect(code).toBe(0)
    expect(out).toMatch(/as measured +132\.00 µs/)
    expect(out).toMatch(/GEMM twice as fast +102\.00 µs +−22\.7 %/)
    expect(out).toContain('Critical path')
    expect(out).toMatch(/nvjet_tst\S* +computation +60\.00 µs +30\.00 µs +−30\.00 µs/)
  })

  it('replays several ranks as one system', async () => {
    const both = await replayed(rank(0, 60), rank(1, 100), '--what-if', write('s.yaml', WHAT_IF))
    expect(both.traces.map(({ rank, copyOf }) => [rank, copyOf])).toEqual([
      [0, null],
      [1, null],
    ])
    expect(both.graph).toMatchObject({ matchedCollectives: 1, faultCount: 0 })
    // Half of the slower GEMM is gone; then rank 1 is 100 µs late, and its norm takes 20 µs more.
    expect(endToEndUs(both)).toEqual([
      ['as measured', 132],
      ['GEMM twice as fast', 82],
      ['rank 1 slowed', 252],
    ])
  })

  it('assumes missing ranks symmetric, and says so', async () => {
    const path = rank(0, 60)
    const { err } = await flowsim('replay', path)
    expect(err).toContain('1 collectives of which other ranks are missing')
    const copies = await flowsim('replay', path, '--assume-symmetric', '2', '--json')
    expect(copies.err).toContain(
      'rank 1 has no trace and is assumed symmetric, as a copy of rank 0',
    )
    const slowed = await replayed(
      path,
      '--assume-symmetric',
      '2',
      '--what-if',
      write('s.yaml', WHAT_IF),
    )
    expect(endToEndUs(slowed)[2]).toEqual(['rank 1 slowed', 132 + 60 + 20])
  })

  it('takes kernel times from a table by place, with bounds, or by name', async () => {
    const path = rank(0, 60)
    const byPlace = write(
      'a.csv',
      'index,name,duration_us,p10_us,p90_us\n0,nvjet_tst_192x192_64x4_h_bz_TNN,30,20,45\n2,norm_kernel,,,\n',
    )
    const byName = write('b.csv', 'name,duration_us\nnorm_kernel,5\nanother,7\n')
    const { scenarios } = await replayed(path, '--times', byPlace, '--times', byName)
    expect(scenarios.map(({ endToEndNs }) => endToEndNs)).toEqual([132_000, 102_000, 117_000])
    expect(scenarios[1]!.endToEndP10Ns).toBeLessThan(100_000)
    expect(scenarios[1]!.endToEndP90Ns).toBeGreaterThan(104_000)
    expect(scenarios[2]!.endToEndP10Ns).toBeNull()
  })

  it('says what could not be rescaled to another batch, and has no total of it', async () => {
    const text = 'scenarios: [{ name: twice, changes: [{ do: batch, factor: 2 }] }]'
    const { scenarios } = await replayed(rank(0, 60), '--what-if', write('s.yaml', text))
    const { rescaled, endToEndNs, unanswered } = scenarios[1]!
    expect(rescaled).toMatchObject({ added: 0, removed: 0 })
    expect(rescaled!.unscaled.map(({ count }) => count)).toEqual([unanswered.count])
    expect(unanswered.timeShare).toBeGreaterThan(0.8)
    expect(endToEndNs).toBeNull()
  })

  it('divides a model over more devices with --llm', async () => {
    const path = at('made.json')
    const synth = ['--model', 'llama-3.1-8b', '--layers', '2', '--osl', '2', '-o', path]
    expect((await flowsim('synth', ...synth)).code).toBe(0)
    const text = 'scenarios: [{ name: four, changes: [{ do: tensor-parallel, to: 4 }] }]'
    const file = write('s.yaml', text)
    const { code, err } = await flowsim('replay', path, '--what-if', file)
    expect([code, err]).toEqual([1, expect.stringContaining('--llm')])
    const { scenarios } = await replayed(path, '--what-if', file, '--llm', 'llama-3.1-8b')
    expect(scenarios[1]!.kernelSumNs!).toBeLessThan(scenarios[0]!.kernelSumNs! / 1.8)
    expect(scenarios[1]!.rescaled!.added).toBeGreaterThan(0)
  })

  it('writes the comparison and a timeline for each scenario', async () => {
    const traces = [rank(0, 60), rank(1, 100)]
    const document = await replayed(
      ...traces,
      '--what-if',
      write('s.yaml', WHAT_IF),
      '-o',
      at('out'),
    )
    expect(readdirSync(at('out')).sort()).toEqual([
      '1-gemm-twice-as-fast.trace.json.gz',
      '2-rank-1-slowed.trace.json.gz',
      'comparison.csv',
      'comparison.json',
      'comparison.txt',
    ])
    expect(JSON.parse(readFileSync(at('out/comparison.json'), 'utf8'))).toEqual(document)
    const rows = parseCsv(readFileSync(at('out/comparison.csv'), 'utf8'))
    expect(rows.map(({ scenario, end_to_end_us: us }) => [scenario, Number(us)])).toEqual(
      endToEndUs(document),
    )
    const text = gunzipSync(readFileSync(at('out/2-rank-1-slowed.trace.json.gz'))).toString()
    const { traceEvents } = JSON.parse(text) as {
      traceEvents: { ph: string; name: string; args?: { name?: string } }[]
    }
    const processes = traceEvents.flatMap(({ name, args }) =>
      name === 'process_name' ? [args?.name] : [],
    )
    expect(processes).toContain('measured: rank 0, GPU 0')
    expect(processes).toContain('rank 1 slowed: rank 1, GPU 0')
    expect(traceEvents.filter(({ ph }) => ph === 'f')).toHaveLength(6)
  })

  it('names the kernels of dependencies that cannot be, and goes on', async () => {
    const broken = makeTrace([
      { name: 'too_early', launch: [100, 5], at: 7, takes: 60 },
      { name: 'fine', launch: [110, 5], at: 117, takes: 60 },
    ])
    const path = write('broken.json', [...kinetoLines(broken)].join(''))
    const { code, out, err } = await flowsim('replay', path)
    expect(code).toBe(0)
    expect(err).toMatch(
      /^fault: .*"too_early" \(kernel 0, stream 7\) starts 93000 ns before its launch/m,
    )
    expect(out).toMatch(/as measured +170\.00 µs/)
  })

  it.each<[string, string[], number, string]>([
    ['a scenario that is no YAML', ['--what-if', 'FILE:a: [b'], 1, 'bad:1: '],
    [
      'an unknown change',
      ['--what-if', 'FILE:scenarios: [{ name: x, changes: [{ do: nothing }] }]'],
      1,
      'bad:1: scenarios[0].changes[0].do',
    ],
    [
      'two scenarios of one name',
      ['--hardware', 'a100_sxm', '--hardware', 'a100_sxm'],
      2,
      'called',
    ],
    ['a device that there is not', ['--hardware', 'nosuch'], 1, 'not in the hardware catalogue'],
    ['a table without times', ['--times', 'CSV:index\n0\n'], 1, 'has no column duration_us'],
    ['a table with a time below 0', ['--times', 'CSV:index,duration_us\n0,-1\n'], 1, 'row 1'],
    ['a table of another trace', ['--times', 'CSV:index,duration_us\n9,1\n'], 1, 'has no kernel 9'],
    [
      'a table with other kernels',
      ['--times', 'CSV:index,name,duration_us\n0,other,1\n'],
      1,
      'not "other"',
    ],
    ['fewer ranks than there are', ['--ranks', '3', '--assume-symmetric', '2'], 1, 'from 4 to'],
  ])('refuses %s in one line', async (_, args, code, message) => {
    const given = args.map((arg) => {
      if (arg.startsWith('FILE:')) return write('bad', arg.slice(5))
      return arg.startsWith('CSV:') ? write('bad.csv', arg.slice(4)) : arg
    })
    const ran = await flowsim('replay', rank(0, 60), ...given)
    expect(ran.code).toBe(code)
    expect(ran.out).toBe('')
    expect(ran.err.split('\n').filter((line) => line.startsWith('flowsim: '))).toHaveLength(1)
    expect(ran.err).toContain(message)
  })
})

describe('flowsim run of several ranks', () => {
  it('replays them as one system, and tells each its own sums', async () => {
    const paths = [rank(0, 60), rank(1, 100)]
    const { code, out, err } = await flowsim('run', ...paths, '-o', at('out'), '--json')
    expect([code, err]).toEqual([0, ''])
    const { traces } = JSON.parse(out) as {
      traces: {
        simulation: {
          replay: { ranks: number[] }
          measured: { endToEndNs: number; busyNs: number }
          predicted: { endToEndNs: number | null; kernelSumNs: number | null }
          unanswered: object
        }
      }[]
    }
    const [first, second] = traces.map(({ simulation }) => simulation)
    expect(first!.replay.ranks).toEqual([0, 1])
    expect([first!.measured.endToEndNs, second!.measured.endToEndNs]).toEqual([132_000, 132_000])
    // 60 + 50 + 20 µs and 100 + 10 + 20 µs.
    expect([first!.measured.busyNs, second!.measured.busyNs]).toEqual([130_000, 130_000])
    // No shapes, no estimates: nothing is predicted, and no measured time stands for a prediction.
    expect(first).toMatchObject({
      predicted: { endToEndNs: null, kernelSumNs: null },
      unanswered: { count: 3, timeShare: 1 },
    })
    expect(readdirSync(at('out'))).toContain('rank1.predicted.trace.json.gz')
  })
})

describeWithCorpus('flowsim replay of a real trace', () => {
  const bert = corpus('traces/transformers-bert-small-h100.trace.json.gz')

  it('takes the times that simulate wrote, and comes to the same end to end', async () => {
    const flags = ['--hardware', 'mi300x', '--model', 'roofline']
    const simulated = await flowsim('simulate', bert, ...flags, '-o', at('out'), '--json')
    const { predicted } = JSON.parse(simulated.out) as { predicted: { endToEndNs: number } }
    const { scenarios } = await replayed(bert, '--times', at('out/kernels.csv'), ...flags)
    const [, byDevice, byTable] = scenarios.map(({ endToEndNs }) => endToEndNs)
    expect(Math.abs(byTable! - predicted.endToEndNs)).toBeLessThan(5)
    expect(Math.abs(byDevice! - predicted.endToEndNs)).toBeLessThan(5)
  })

  it('scales measured times by the ratio of a model between two devices, and says so', async () => {
    const { scenarios } = await replayed(bert, '--hardware', 'mi300x')
    expect(scenarios[1]).toMatchObject({
      name: 'mi300x (calibrated)',
      notes: ['durations: measured × ratio of estimates (h100_sxm to mi300x, calibrated model)'],
      unanswered: { count: 0, timeShare: 0 },
    })
    const alone = await replayed(bert, '--hardware', 'mi300x', '--absolute')
    expect(alone.scenarios[1]).toMatchObject({
      name: 'mi300x (calibrated, absolute)',
      notes: ['durations: estimates of the calibrated model'],
    })
    // What the model misses on the device of the trace, where it is not scaled, it misses on the other.
    const own = await replayed(bert, '--hardware', 'h100_sxm')
    const [measured, estimated] = own.scenarios.map(({ kernelSumNs }) => kernelSumNs!)
    const missed = Math.sign(estimated! - measured!)
    expect(
      missed * (alone.scenarios[1]!.kernelSumNs! - scenarios[1]!.kernelSumNs!),
    ).toBeGreaterThan(0)
  })
})
