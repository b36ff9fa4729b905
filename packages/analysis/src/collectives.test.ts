import type { KernelCollective } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { acrossRanks } from './across-ranks.js'
import { collectives } from './collectives.js'
import { AnalysisError } from './errors.js'
import { matchCollectives, type RankTrace } from './match-collectives.js'
import { inferRanks } from './ranks.js'

const nccl = (at: [number, number], collective: Partial<KernelCollective> = {}): Activity => ({
  at,
  kind: 'collective',
  name: 'ncclDevKernel_AllReduce',
  collective: { kind: 'all_reduce', dtype: 'bf16', inElements: 1e6, groupSize: 4, ...collective },
})

describe('collectives', () => {
  it('gives each its algorithm and bus bandwidth', () => {
    const { trace, operations } = handMade([nccl([0, 20])])
    // 2 MB in 20 µs
    const [call] = collectives(trace, operations).calls
    expect(call).toMatchObject({ kind: 'all_reduce', ranks: 4, bytes: 2e6, library: true })
    expect(call!.algorithmBytesPerS).toBeCloseTo(100e9)
    expect(call!.busBytesPerS).toBeCloseTo(150e9)
  })

  it.each([
    ['all_gather', { inElements: 10, outElements: 40 }, 80],
    ['all_gather', { inElements: 10 }, 80],
    ['reduce_scatter', { inElements: 40, outElements: 10 }, 80],
    ['reduce_scatter', { outElements: 10 }, 80],
    ['all_to_all', { inElements: 40, outElements: 40 }, 80],
    ['broadcast', { inElements: 40 }, 80],
  ] as const)('takes the size of nccl-tests for %s of %o', (kind, elements, bytes) => {
    const { trace, operations } = handMade([
      {
        at: [0, 1],
        kind: 'collective',
        collective: { kind, dtype: 'bf16', groupSize: 4, ...elements },
      },
    ])
    expect(collectives(trace, operations).calls[0]!.bytes).toBe(bytes)
  })

  it('knows custom all-reduce by its operation', () => {
    const { trace, operations } = handMade([
      {
        at: [0, 10],
        name: 'cross_device_reduce_1stage',
        family: 'communication',
        call: { op: 'all_reduce', elements: 5000, devices: 4, dtype: 'bf16' },
      },
    ])
    expect(collectives(trace, operations).calls[0]).toMatchObject({ library: false, bytes: 10_000 })
  })

  it('does not invent a bandwidth without a size', () => {
    const { trace, operations } = handMade([{ at: [0, 1], kind: 'collective' }])
    expect(collectives(trace, operations).calls[0]).toMatchObject({
      bytes: null,
      algorithmBytesPerS: null,
      busBytesPerS: null,
    })
  })

  it('groups calls of one kind, size and group', () => {
    const { trace, operations } = handMade([
      nccl([0, 20]),
      nccl([20, 60]),
      nccl([60, 61], { inElements: 10 }),
    ])
    const { groups } = collectives(trace, operations)
    expect(groups).toMatchObject([
      { count: 2, sumNs: 60_000, bytes: 2e6 },
      { count: 1, bytes: 20 },
    ])
    expect(groups[0]!.algorithmBytesPerS).toBeCloseTo(2e6 / 30e-6)
  })
})

const rankTrace = (
  rank: number,
  activities: Activity[],
  header: Parameters<typeof handMade>[1] = {},
): RankTrace => ({ rank, ...handMade(activities, header) })

describe('matchCollectives', () => {
  it('tells waiting from transfer and names who came last', () => {
    // Rank 1 computes 30 µs longer; the transfer takes 10 µs.
    const { matched, stragglers } = matchCollectives([
      rankTrace(0, [nccl([10, 50])]),
      rankTrace(1, [nccl([40, 50])]),
    ])
    expect(matched).toMatchObject([
      {
        kind: 'all_reduce',
        arrivalSkewNs: 30_000,
        slowestRank: 1,
        transferNs: 10_000,
        members: [
          { rank: 0, waitNs: 30_000 },
          { rank: 1, waitNs: 0 },
        ],
      },
    ])
    expect(matched[0]!.algorithmBytesPerS).toBeCloseTo(2e6 / 10e-6)
    expect(stragglers).toEqual([
      {
        rank: 1,
        count: 1,
        lastArrivals: 1,
        meanLatenessNs: 30_000,
        waitNs: 0,
        causedWaitNs: 30_000,
      },
      { rank: 0, count: 1, lastArrivals: 0, meanLatenessNs: 0, waitNs: 30_000, causedWaitNs: 0 },
    ])
  })

  it('does not tell who came late where the starts of a trace were not measured', () => {
    const late = rankTrace(1, [nccl([40, 110])])
    const repairs = [{ kind: 'no_start', count: 1, firstByte: 0 }]
    const made = { ...late, trace: { ...late.trace, repairs } }
    const ranks = (last: RankTrace) => [rankTrace(0, [nccl([10, 110])]), last]
    expect(matchCollectives(ranks(late)).stragglers).toHaveLength(2)
    expect(acrossRanks(ranks(late)).waitNs).toBeGreaterThan(0)
    expect(matchCollectives(ranks(made)).stragglers).toEqual([])
    expect(acrossRanks(ranks(made)).waitNs).toBeNull()
  })

  it('puts traces with other base times on one clock', () => {
    const { matched } = matchCollectives([
      rankTrace(0, [nccl([110, 150])], { baseTimeNs: '1700000000000000000' }),
      rankTrace(1, [nccl([40, 50])], { baseTimeNs: '1700000000000100000' }),
    ])
    expect(matched[0]).toMatchObject({ arrivalSkewNs: 30_000, slowestRank: 1 })
  })

  it('matches by sequence number where both recorded one', () => {
    const { matched, unmatched } = matchCollectives([
      rankTrace(0, [nccl([0, 10], { sequence: 1 }), nccl([20, 30], { sequence: 2 })]),
      rankTrace(1, [nccl([20, 30], { sequence: 2 }), nccl([40, 50], { sequence: 3 })]),
    ])
    expect(matched.map(({ sequence }) => sequence)).toEqual([2])
    expect(unmatched).toEqual([
      { rank: 0, count: 1, sumNs: 10_000 },
      { rank: 1, count: 1, sumNs: 10_000 },
    ])
  })

  it('without numbers, finds by how many calls the windows are shifted', () => {
    const sizes = [100, 200, 100, 300, 100, 200]
    const calls = sizes.map((inElements, i) => nccl([i * 20, i * 20 + 10], { inElements }))
    const { matched, unmatched } = matchCollectives([
      rankTrace(0, calls),
      rankTrace(1, calls.slice(2)),
    ])
    expect(matched.map(({ bytes }) => bytes)).toEqual([200, 600, 200, 400])
    expect(unmatched[0]!.count).toBe(2)
  })

  it('matches in time where events are missing in the middle', () => {
    const at = [0, 100, 200, 300, 400, 500]
    const calls = (kept: number[]) => kept.map((i) => nccl([at[i]!, at[i]! + 20]))
    const { matched, unmatched } = matchCollectives([
      rankTrace(0, calls([0, 1, 3, 5])),
      rankTrace(1, calls([0, 2, 3, 4, 5])),
    ])
    expect(matched.map(({ members }) => members.map(({ startNs }) => startNs / 1000))).toEqual([
      [0, 0],
      [300, 300],
      [500, 500],
    ])
    expect(unmatched.map(({ count }) => count)).toEqual([1, 2])
  })

  it('matches all-to-alls of different sizes', () => {
    const call = (inElements: number) => nccl([0, 10], { kind: 'all_to_all', inElements })
    expect(
      matchCollectives([rankTrace(0, [call(10)]), rankTrace(1, [call(20)])]).matched,
    ).toHaveLength(1)
  })

  it('keeps groups apart', () => {
    const [tp, dp] = [{ groupName: 'tp' }, { groupName: 'dp' }]
    const { matched } = matchCollectives([
      rankTrace(0, [nccl([0, 10], tp), nccl([20, 30], dp)]),
      rankTrace(1, [nccl([0, 10], dp), nccl([20, 30], tp)]),
    ])
    expect(matched.map(({ group, arrivalSkewNs }) => [group, arrivalSkewNs]).sort()).toEqual([
      ['dp', 20_000],
      ['tp', 20_000],
    ])
  })

  it('moves a clock that cannot be right, and says by how much', () => {
    const calls = [0, 100, 200].map((at) => nccl([at, at + 10]))
    const later = [0, 100, 200].map((at) => nccl([at + 5000, at + 5010]))
    const ranks = [rankTrace(0, calls), rankTrace(1, later)]
    const { matched, clocks } = matchCollectives(ranks)
    expect(clocks).toEqual([
      { rank: 0, offsetNs: 0 },
      { rank: 1, offsetNs: -5_000_000 },
    ])
    expect(matched.map(({ arrivalSkewNs }) => arrivalSkewNs)).toEqual([0, 0, 0])
    const asRecorded = matchCollectives(ranks, { alignClocks: 'never' })
    expect(asRecorded.matched[0]!.arrivalSkewNs).toBe(5_000_000)
  })

  it('takes last end minus last start for all-to-all, whose ranks move different amounts', () => {
    const kind = 'all_to_all' as const
    const { matched } = matchCollectives([
      rankTrace(0, [nccl([0, 30], { kind })]),
      rankTrace(1, [nccl([20, 24], { kind })]),
    ])
    expect(matched[0]!.transferNs).toBe(10_000)
  })

  it('joins a send to its receive', () => {
    const { matched } = matchCollectives([
      rankTrace(0, [nccl([0, 30], { kind: 'send', groupSize: 2 })]),
      rankTrace(1, [nccl([20, 30], { kind: 'recv', groupSize: 2 })]),
    ])
    expect(matched).toMatchObject([{ arrivalSkewNs: 20_000, slowestRank: 1 }])
  })

  it('refuses no traces and two of one rank', () => {
    expect(() => matchCollectives([])).toThrow(AnalysisError)
    expect(() => matchCollectives([rankTrace(0, []), rankTrace(0, [])])).toThrow(/name the ranks/)
  })
})

describe('acrossRanks', () => {
  it('counts work with the mean and communication with the transfer, the wait apart', () => {
    const gemm = (at: [number, number]): Activity => ({ at, family: 'gemm', does: 'matmul' })
    const report = acrossRanks([
      rankTrace(0, [gemm([0, 10]), nccl([10, 50])]),
      rankTrace(1, [gemm([0, 40]), nccl([40, 50])]),
    ])
    expect(report.families).toMatchObject([
      { family: 'gemm', ns: 25_000, method: 'mean', perRankNs: [10_000, 40_000] },
      { family: 'communication', ns: 10_000, method: 'transfer', perRankNs: [40_000, 10_000] },
    ])
    expect(report).toMatchObject({ ranks: [0, 1], totalNs: 35_000, waitNs: 15_000 })
  })
})

describe('inferRanks', () => {
  const input = (name: string, rank: number | null = null) => ({
    name,
    trace: handMade([], { rank }).trace,
  })
  const ranks = (...names: string[]) => inferRanks(names.map((name) => input(name)))

  it.each([
    ['rank-3.json', 3],
    ['/out/trace_rank12.json.gz', 12],
    ['1700-TP-0-EXTEND.trace.json.gz', 0],
    ['1700-TP-2-DP-1-DECODE.trace.json.gz', 2],
  ])('reads %s', (name, rank) => {
    expect(ranks(name)).toMatchObject([{ rank, from: 'name' }])
  })

  it('counts pipeline stages after tensor-parallel ranks', () => {
    const names = ['x-TP-0-PP-0', 'x-TP-1-PP-0', 'x-TP-0-PP-1', 'x-TP-1-PP-1']
    expect(ranks(...names).map(({ rank }) => rank)).toEqual([0, 1, 2, 3])
  })

  it('counts replicas only where the rest does not tell the traces apart', () => {
    expect(ranks('a-TP-0-DP-0', 'a-TP-1-DP-0', 'a-TP-0-DP-1').map(({ rank }) => rank)).toEqual([
      0, 1, 2,
    ])
    expect(ranks('a-TP-0-DP-0', 'a-TP-1-DP-0', 'a-TP-2-DP-1').map(({ rank }) => rank)).toEqual([
      0, 1, 2,
    ])
  })

  it('labels ranks as the files do', () => {
    expect(ranks('a-TP-1-DP-0.json')[0]!.label).toBe('TP-1 DP-0')
    expect(ranks('a.json')[0]).toMatchObject({ label: 'rank 0', from: 'order' })
    expect(ranks('llama-tp4-rank3.json')[0]).toMatchObject({ rank: 3, label: 'rank 3' })
  })

  it('asks the user first, then metadata, then the name', () => {
    const both = [input('a-TP-5', 1), input('a-TP-6', 2)]
    expect(inferRanks(both)).toMatchObject([{ rank: 1, from: 'metadata' }, { rank: 2 }])
    const named = both.map((i, rank) => ({ ...i, rank: rank + 7 }))
    expect(inferRanks(named)).toMatchObject([{ rank: 7, from: 'flag' }, { rank: 8 }])
  })

  it('asks the name when replicas have the same rank in their metadata', () => {
    expect(inferRanks([input('a-DP-0', 0), input('a-DP-1', 0)])).toMatchObject([
      { rank: 0, from: 'name' },
      { rank: 1, from: 'name' },
    ])
  })

  it('refuses one rank named twice', () => {
    const twice = [input('a'), input('b')].map((i) => ({ ...i, rank: 1 }))
    expect(() => inferRanks(twice)).toThrow(AnalysisError)
  })
})
