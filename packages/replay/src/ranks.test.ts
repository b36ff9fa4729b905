import { parseFile } from '@flowsim/parser/node'
import type { KernelTrace } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { buildGraph } from './build-graph.js'
import { criticalPath } from './critical-path.js'
import { replay } from './replay.js'
import { runScenarios } from './scenarios/run.js'
import { type MadeKernel, makeTrace } from './testing/make-trace.js'

const allReduce = (sequence: number) => ({
  kind: 'all_reduce' as const,
  groupName: '0',
  groupSize: 2,
  ranks: [0, 1],
  inElements: 1024,
  sequence,
})

/**
 * A rank that computes for `computeUs`, meets the other in an all-reduce that transfers for 10 µs once
 * both are there (at 108 µs), and computes for 20 µs.
 */
function rankTrace(rank: number, computeUs: number, more: Partial<KernelTrace> = {}): KernelTrace {
  const arrives = 7 + computeUs + 1
  const kernels: MadeKernel[] = [
    { name: 'gemm', launch: [0, 5], at: 7, takes: computeUs },
    {
      name: 'ncclDevKernel_AllReduce',
      kind: 'collective',
      collective: allReduce(1),
      launch: [6, 5],
      at: arrives,
      takes: 118 - arrives,
    },
    { name: 'norm', launch: [12, 5], at: 119, takes: 20 },
  ]
  return makeTrace(kernels, [], { rank, worldSize: 2, source: `rank${rank}.json`, ...more })
}

const slow = rankTrace(1, 100)
const fast = rankTrace(0, 60)
/** Kernels in the order of ranks: 0 to 2 of rank 0, 3 to 5 of rank 1. */
const graph = buildGraph([fast, slow])
const scaled = (factors: Record<number, number>) =>
  replay(graph, { durationsNs: graph.durationNs.map((ns, k) => ns * (factors[k] ?? 1)) })

describe('two ranks with a straggler', () => {
  it('replay as measured, as one system', () => {
    expect(graph.report).toMatchObject({ matchedCollectives: 1, unmatchedCollectives: 0 })
    const result = replay(graph)
    expect(result.endToEndNs).toBe(132_000)
    expect([...result.startNs]).toEqual([...graph.startNs])
    expect([...result.durationNs]).toEqual([...graph.durationNs])
  })

  it('end together, whoever is late', () => {
    // Rank 0 becomes the straggler: 150 + 8 µs to arrive, 10 to transfer, 1 gap, 20 to go.
    const result = scaled({ 0: 2.5 })
    expect(result.endToEndNs).toBe(158_000 + 10_000 + 21_000 - 7000)
    expect(result.startNs[2]).toBe(result.startNs[5])
  })

  it('gain from a faster straggler only until the other is late', () => {
    expect(scaled({ 3: 0.8 }).endToEndNs).toBe(112_000)
    expect(scaled({ 3: 0.1 }).endToEndNs).toBe(132_000 - 40_000)
    expect(scaled({ 0: 0.1 }).endToEndNs).toBe(132_000)
  })

  it('take the smallest given duration of a collective for its transfer', () => {
    const durationsNs = [...graph.durationNs]
    durationsNs[1] = 5000
    durationsNs[4] = 5000
    expect(replay(graph, { durationsNs }).endToEndNs).toBe(127_000)
  })

  it('have the straggler and the transfer on the critical path', () => {
    const { segments } = criticalPath(graph, replay(graph))
    expect(segments.map(({ kind, rank, durationNs }) => [kind, rank, durationNs])).toEqual([
      ['computation', 1, 100_000],
      ['gap', 1, 1000],
      ['communication', 0, 10_000],
      ['gap', 0, 1000],
      ['computation', 0, 20_000],
    ])
  })
})

describe('ranks', () => {
  it('of which one is missing are taken to be like the one that is here, and that is said', () => {
    const alone = buildGraph(fast)
    expect(alone.report.unmatchedCollectives).toBe(1)
    expect(alone.report.assumptions).toContainEqual(
      '1 collectives of which other ranks are missing: those are taken to arrive together with the rank that is here',
    )
    expect(replay(alone).endToEndNs).toBe(132_000)
  })

  it('whose windows open at different times share a clock through baseTimeNs', () => {
    // The other clock began a millisecond before: its times are a millisecond later.
    const shifted = (trace: KernelTrace): KernelTrace => ({
      ...trace,
      baseTimeNs: '-1000000',
      hostCalls: trace.hostCalls!.map((call) => ({ ...call, startNs: call.startNs + 1e6 })),
      kernels: trace.kernels.map((kernel) => ({
        ...kernel,
        startNs: kernel.startNs + 1e6,
        launch: { ...kernel.launch!, startNs: kernel.launch!.startNs + 1e6 },
      })),
    })
    const result = replay(buildGraph([fast, shifted(slow)]))
    expect([...result.startNs]).toEqual([...graph.startNs])
  })

  it('whose clocks differ are aligned by their collectives', () => {
    const result = replay(buildGraph([fast, { ...slow, baseTimeNs: '70000000' }]))
    expect([...result.startNs]).toEqual([...graph.startNs])
  })

  it('are matched by order and size where no sequence was recorded', () => {
    const without = (trace: KernelTrace): KernelTrace => ({
      ...trace,
      kernels: trace.kernels.map(({ collective, ...kernel }) => {
        if (collective === undefined) return kernel
        const { sequence: _, ...rest } = collective
        return { ...kernel, collective: rest }
      }),
    })
    const of = buildGraph([without(fast), without(slow)])
    expect(of.report.matchedCollectives).toBe(1)
  })

  it('that share no collective run side by side, and that is said', () => {
    const alone = (rank: number, at: number) =>
      makeTrace([{ launch: [at, 5], at: at + 7, takes: 20 }], [], { rank })
    const of = buildGraph([alone(0, 0), alone(1, 15)])
    expect(of.report.isOneSystem).toBe(true)
    expect(of.report.assumptions[0]).toMatch(
      /^the 2 traces share no collective.* from the first to/,
    )
    expect(runScenarios(of, []).rows[0]!.endToEndNs).toBe(35_000)
    const apart = buildGraph([alone(0, 0), alone(1, 1000)])
    expect(apart.report.isOneSystem).toBe(false)
    expect(apart.report.assumptions[0]).toMatch(
      /^the 2 traces share no collective.* no end to end$/,
    )
    const [row] = runScenarios(apart, []).rows
    expect(row).toMatchObject({
      endToEndNs: null,
      idleNs: null,
      criticalPath: null,
      busyNs: 20_000,
    })
  })

  it('have devices that are each busy for themselves', () => {
    const kernels = [0, 1, 2].flatMap((device) => [
      { device, at: 10 + device, takes: 10 * (device + 1) },
      { device, stream: 9, at: 12, takes: 4 },
    ])
    // 10, 20 and 30 µs: the second stream of each runs within the first.
    expect(replay(buildGraph(makeTrace(kernels))).busyNs).toBe(20_000)
  })

  it('must differ', () => {
    expect(() => buildGraph([fast, fast])).toThrow(
      'rank0.json: rank 0 is also that of rank0.json; pass `ranks`',
    )
    expect(buildGraph([fast, fast], { ranks: [0, 1] }).ranks).toHaveLength(2)
    expect(() => buildGraph([fast, slow], { ranks: [0] })).toThrow('ranks: 1 ranks for 2 traces')
    expect(() => buildGraph([])).toThrow('no traces')
  })

  it('that end a collective before all have arrived are reported and replay goes on without', () => {
    const early = makeTrace(
      [
        { launch: [0, 5], at: 7, takes: 10 },
        { kind: 'collective', collective: allReduce(1), launch: [6, 5], at: 18, takes: 10 },
        { kind: 'collective', collective: allReduce(2), launch: [12, 5], at: 119, takes: 10 },
        { kind: 'collective', collective: allReduce(3), launch: [18, 5], at: 130, takes: 10 },
      ],
      [],
      { rank: 0, source: 'early.json' },
    )
    const late = makeTrace(
      [
        { launch: [0, 5], at: 7, takes: 100 },
        { kind: 'collective', collective: allReduce(1), launch: [6, 5], at: 108, takes: 10 },
        { kind: 'collective', collective: allReduce(2), launch: [12, 5], at: 119, takes: 10 },
        { kind: 'collective', collective: allReduce(3), launch: [18, 5], at: 130, takes: 10 },
      ],
      [],
      { rank: 1, source: 'late.json' },
    )
    const of = buildGraph([early, late])
    expect(of.report.faults).toMatchObject([{ kind: 'collective_before_arrival', kernels: [1] }])
    expect([...replay(of).startNs]).toEqual([...of.startNs])
  })
})

describe('ranks that are assumed symmetric', () => {
  const of = buildGraph(fast, { assumeSymmetric: 2 })

  it('are copies, replay as the rank that is here, and that is said', () => {
    expect(of.ranks.map(({ rank, copyOf }) => [rank, copyOf])).toEqual([
      [0, null],
      [1, 0],
    ])
    expect(of.report).toMatchObject({ matchedCollectives: 1, unmatchedCollectives: 0 })
    expect(of.report.assumptions).toEqual([
      'rank 1 has no trace and is assumed symmetric, as a copy of rank 0; the whole measured time of a collective counts as its transfer between copies',
    ])
    const result = replay(of)
    expect(result.endToEndNs).toBe(132_000)
    expect([...result.startNs]).toEqual([...of.startNs])
  })

  it('hold the others up when they are slowed', () => {
    const durationsNs = of.durationNs.map((ns, k) => (k === 3 ? ns + 30_000 : ns))
    expect(replay(of, { durationsNs }).endToEndNs).toBe(162_000)
    const alone = buildGraph(fast)
    expect(replay(alone, { durationsNs: durationsNs.slice(0, 3) }).endToEndNs).toBe(132_000)
  })

  it('belong to the groups that lie like those of the rank that is here', () => {
    // Two tensor-parallel ranks by two replicas: 0 meets 1 in one group and 2 in the other.
    const meets = (ranks: number[], sequence: number, at: number): MadeKernel => ({
      kind: 'collective',
      collective: { ...allReduce(sequence), groupName: ranks.join('-'), ranks },
      at,
      takes: 10,
    })
    const first = makeTrace([meets([0, 1], 1, 10), meets([0, 2], 1, 30)], [], { rank: 0 })
    const job = buildGraph(first, { assumeSymmetric: 4 })
    const [tensor, data] = [0, 1].map((k) =>
      [0, 1, 2, 3].map((rank) => job.kernelMeeting[job.ranks[rank]!.firstKernel + k]!),
    )
    expect([
      tensor![1] === tensor![0],
      tensor![2] === tensor![0],
      tensor![3] === tensor![2],
    ]).toEqual([true, false, true])
    expect([data![2] === data![0], data![1] === data![0], data![3] === data![1]]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('are as many as there can be', () => {
    expect(() => buildGraph(slow, { assumeSymmetric: 1 })).toThrow(
      'assumeSymmetric: 1 is not a number of ranks from 2 to 65535; rank 1 is among the traces',
    )
    const many = { ...fast, kernels: Array.from({ length: 1000 }, () => fast.kernels[0]!) }
    expect(() => buildGraph(many, { assumeSymmetric: 60_000 })).toThrow('assume fewer ranks')
  })
})

describeWithCorpus('two real ranks of a training job', () => {
  it('replay as one system', async () => {
    const traces = await Promise.all(
      [0, 1].map((rank) =>
        parseFile(corpus(`traces/ddp-sampled-rank${rank}.trace.json.gz`), { hostCalls: true }),
      ),
    )
    const of = buildGraph(traces)
    // Some collectives are missing in each of the two; five are in both.
    expect(of.report).toMatchObject({ matchedCollectives: 5, unmatchedCollectives: 10 })
    const { startNs } = replay(of)
    for (let k = 0; k < startNs.length; k++) {
      expect(Math.abs(startNs[k]! - of.startNs[k]!)).toBeLessThan(1)
    }
    // The ranks wait for each other: where rank 1 is slower, collectives of rank 0 end later.
    const durationsNs = of.durationNs.map((ns, k) =>
      of.kernelRank[k] === 1 && of.communicates[k] === 0 ? 1.5 * ns : ns,
    )
    const slower = replay(of, { durationsNs })
    const later = [...of.kernelMeeting.subarray(0, of.ranks[1]!.firstKernel).entries()].filter(
      ([k, meeting]) => meeting >= 0 && slower.durationNs[k]! > of.durationNs[k]!,
    )
    expect(later.length).toBeGreaterThan(0)
  })
})
