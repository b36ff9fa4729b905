import type { KernelOperation } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../build-graph.js'
import { type MadeKernel, makeTrace } from '../testing/make-trace.js'
import type { ScenarioProviders } from './applied.js'
import { runScenarios, type ScenarioRow } from './run.js'
import { type Change, scenarioSchema } from './schema.js'

type Graph = ReturnType<typeof buildGraph>
type LooseChange = { do: Change['do'] } & Record<string, unknown>

/** The row of one scenario, changes as they would be written in YAML. */
function run(graph: Graph, changes: LooseChange[], providers?: ScenarioProviders): ScenarioRow {
  const scenario = scenarioSchema.parse({ name: 'made', changes })
  return runScenarios(graph, [scenario], providers).rows[1]!
}

/** End to end in microseconds. */
const us = (graph: Graph, changes: LooseChange[], providers?: ScenarioProviders) =>
  run(graph, changes, providers).endToEndNs! / 1000

/** Three kernels of 20, 30 and 40 µs, launched back to back, with gaps of 1 µs. */
const kernels: MadeKernel[] = [
  { name: 'gemm_a', op: 'aten::mm', launch: [0, 5], at: 7, takes: 20 },
  { name: 'norm', op: 'aten::layer_norm', launch: [5, 5], at: 28, takes: 30 },
  { name: 'gemm_b', op: 'aten::mm', launch: [10, 5], at: 59, takes: 40 },
]
const graph = buildGraph(makeTrace(kernels))
const operations: KernelOperation[] = ['gemm', 'normalization', 'gemm'].map((family) => ({
  op: family === 'gemm' ? 'matmul' : 'layernorm',
  family: family as KernelOperation['family'],
  tensors: [],
  rule: null,
}))

describe('changes of kernels', () => {
  it('scale those that match', () => {
    expect(us(graph, [{ do: 'scale', factor: 0.5 }])).toBe(47)
    expect(us(graph, [{ do: 'scale', factor: 0.5, match: { name: '^gemm' } }])).toBe(62)
    expect(us(graph, [{ do: 'scale', factor: 0.5, match: { operator: 'layer_norm' } }])).toBe(77)
    expect(us(graph, [{ do: 'scale', factor: 2, match: { longerThanUs: 35 } }])).toBe(132)
    expect(us(graph, [{ do: 'scale', factor: 2, match: { stream: 8 } }])).toBe(92)
  })

  it('match by operation and family where these are known', () => {
    const change = { do: 'scale', factor: 0.5, match: { family: ['gemm'] } } as const
    expect(us(graph, [change], { operations })).toBe(62)
    expect(us(graph, [{ ...change, match: { op: 'layernorm' } }], { operations })).toBe(77)
    expect(() => us(graph, [change])).toThrow('op and family need the operation of each kernel')
  })

  it('compose in order', () => {
    const half = { do: 'scale', factor: 0.5 } as const
    expect(us(graph, [half, { ...half, match: { name: 'gemm_b' } }])).toBe(37)
  })

  it('take durations from a table or a function', () => {
    const table = { durationsNs: [1000, Number.NaN, 2000] }
    const row = run(graph, [{ do: 'durations', from: 't' }], { durations: { t: table } })
    // The first kernel ends at 8 µs; the launch of the second returns at 10 and takes 1.3 to arrive.
    expect(row.endToEndNs).toBe(4300 + 30_000 + 1000 + 2000)
    expect(row).toMatchObject({ changedKernels: 2 })
    expect(row.notes).toEqual([
      'durations: "t" has no answer for 1 kernels (33.3 % of the time); they keep theirs',
    ])
    const byName = (kernel: { name: string }) => (kernel.name === 'norm' ? 10_000 : null)
    expect(us(graph, [{ do: 'durations', from: 'f' }], { durations: { f: byName } })).toBe(72)
    expect(() =>
      run(graph, [{ do: 'durations', from: 'x' }], { durations: { f: byName } }),
    ).toThrow('from: "x" is not a provider of durations; there are f')
    expect(() => run(graph, [{ do: 'durations', from: 'constructor' }])).toThrow('none are given')
  })

  it('carry the bounds of a table through', () => {
    const durations = {
      t: {
        durationsNs: [20_000, 30_000, 40_000],
        p10Ns: [10_000, 15_000, 20_000],
        p90Ns: [40_000, 60_000, 80_000],
      },
    }
    const changes: LooseChange[] = [{ do: 'durations', from: 't' }]
    const row = run(graph, changes, { durations })
    expect(row.endToEndP10Ns!).toBeLessThan(row.endToEndNs!)
    expect(row.endToEndP90Ns!).toBeGreaterThan(row.endToEndNs!)
    const half = run(graph, [...changes, { do: 'scale', factor: 0.5 }], { durations })
    expect(half.endToEndP90Ns! - half.endToEndNs!).toBeCloseTo(
      (row.endToEndP90Ns! - row.endToEndNs!) / 2,
      0,
    )
    expect(run(graph, []).endToEndP10Ns).toBeNull()
  })

  it('have no totals where less than 80 % of the kernel time is predicted, and say how much is', () => {
    const half = { durationsNs: [1000, 1000, 1000], answered: Uint8Array.of(1, 0, 0) }
    const [measured, row] = runScenarios(
      graph,
      [{ name: 'elsewhere', changes: [{ do: 'durations', from: 'd' }] }],
      { durations: { d: half } },
    ).rows
    const sum = graph.durationNs.reduce((a, b) => a + b, 0)
    expect(measured!.unanswered).toEqual({ count: 0, timeShare: 0 })
    expect(row).toMatchObject({
      endToEndNs: null,
      changeNs: null,
      busyNs: null,
      kernelSumNs: null,
      criticalPath: null,
      contributors: [],
      unanswered: { count: 2, timeShare: (graph.durationNs[1]! + graph.durationNs[2]!) / sum },
    })
  })

  it('have no totals where most of what is known cannot be true', () => {
    const impossible = { durationsNs: [1000, 1000, 1000], doubtful: Uint8Array.of(1, 1, 1) }
    const row = run(graph, [{ do: 'durations', from: 'd' }], { durations: { d: impossible } })
    expect(row).toMatchObject({ endToEndNs: null, busyNs: null, doubtful: { count: 3 } })
  })

  it('remove kernels with their gaps', () => {
    const row = run(graph, [{ do: 'remove', match: { name: 'norm' } }])
    expect(row).toMatchObject({ endToEndNs: 61_000, kernelSumNs: 60_000, kernels: 2 })
  })

  it('fuse neighbours into one kernel', () => {
    const all = { name: '.' }
    expect(us(graph, [{ do: 'fuse', match: all }])).toBe(90)
    expect(us(graph, [{ do: 'fuse', match: all, takes: 'longest' }])).toBe(40)
    // Nothing lies next to each other.
    expect(us(graph, [{ do: 'fuse', match: { name: 'gemm' } }])).toBe(92)
  })

  it('say where nothing matches', () => {
    expect(run(graph, [{ do: 'remove', match: { name: 'zzz' } }]).notes).toEqual([
      'remove: no kernel matches',
    ])
  })
})

describe('changes of the host', () => {
  // Launches of 5 µs every 10 µs, kernels of 2 µs.
  const launchBound = buildGraph(
    makeTrace(
      Array.from({ length: 10 }, (_, i) => ({
        launch: [10 * i, 5] as const,
        at: 10 * i + 7,
        takes: 2,
      })),
    ),
  )

  it('scale launches and the work between them', () => {
    expect(us(launchBound, [{ do: 'launch', factor: 0.5 }])).toBeCloseTo(92 - 9 * 2.5, 3)
    expect(us(launchBound, [{ do: 'host', factor: 0.5 }])).toBeCloseTo(92 - 9 * 2.5, 3)
    expect(us(launchBound, [{ do: 'host', factor: 0.5, rank: 4 }])).toBe(92)
  })

  it('launch all kernels at once, as a graph does', () => {
    const row = run(launchBound, [{ do: 'graph' }])
    // Back to back with the fallback's gap of 1.056 µs.
    expect(row.endToEndNs).toBeCloseTo(10 * 2000 + 9 * 1056, 3)
    expect(row.notes).toEqual(['graph: 9 launches join the one before'])
    expect(row.criticalPath!.call).toBe(0)
  })

  it('merge launches only up to a wait', () => {
    const waits = buildGraph(
      makeTrace(
        [
          { launch: [0, 5], at: 7, takes: 2 },
          { launch: [10, 5], at: 17, takes: 2 },
          { launch: [40, 5], at: 47, takes: 2 },
          { launch: [50, 5], at: 57, takes: 2 },
        ],
        [{ api: 'cudaStreamSynchronize', at: 16, takes: 5, stream: 7 }],
      ),
    )
    expect(run(waits, [{ do: 'graph' }]).notes).toEqual(['graph: 2 launches join the one before'])
    // Two graphs, and the time is counted from the first kernel of the first one.
    const graphOf = (launchUs: number) => us(waits, [{ do: 'graph', launchUs }])
    expect(graphOf(30) - graphOf(5)).toBeCloseTo(25, 3)
  })

  it('merge launches across calls that run nothing, such as fills of no bytes', () => {
    const fills = buildGraph(
      makeTrace(
        [
          { launch: [0, 5], at: 7, takes: 2 },
          { launch: [10, 5], at: 17, takes: 2 },
          { launch: [20, 5], at: 27, takes: 2 },
        ],
        [{ api: 'cudaMemsetAsync', at: 7, takes: 1, correlation: 5000 }],
      ),
    )
    expect(run(fills, [{ do: 'graph' }]).notes).toEqual(['graph: 2 launches join the one before'])
  })

  it('leave launches alone that do not match', () => {
    const row = run(launchBound, [{ do: 'graph', match: { name: '_[0-4]$' } }])
    expect(row.notes).toEqual(['graph: 4 launches join the one before'])
  })
})

describe('changes of collectives and ranks', () => {
  const collective = {
    kind: 'all_reduce' as const,
    dtype: 'bf16' as const,
    inElements: 1_000_000,
    outElements: 1_000_000,
    groupName: '0',
    groupSize: 2,
    sequence: 1,
  }
  const rank = (number: number, computeUs: number) =>
    makeTrace(
      [
        { name: 'gemm', launch: [0, 5], at: 7, takes: computeUs },
        {
          name: 'nccl',
          kind: 'collective',
          collective,
          launch: [5, 5],
          at: 8 + computeUs,
          takes: 200 - 8 - computeUs,
        },
      ],
      [],
      { rank: number, source: `rank${number}` },
    )
  const ranks = buildGraph([rank(0, 50), rank(1, 100)])

  it('scale the transfer, not the wait', () => {
    // The last rank arrives at 108 µs; the transfer takes 92.
    expect(us(ranks, [{ do: 'collectives', factor: 0.5 }])).toBe(193 - 46)
  })

  it('take the time of a link', () => {
    // 2 MB · 2(n−1)/n over 100 GB/s = 20 µs, and 5 µs of latency.
    const link = { busBandwidthGBPerS: 100, latencyUs: 5 }
    expect(us(ranks, [{ do: 'collectives', link }])).toBe(101 + 25)
    expect(us(ranks, [{ do: 'collectives', link, match: { collective: 'all_gather' } }])).toBe(193)
  })

  it('take durations of a provider', () => {
    const durations = { nccl: () => 10_000 }
    expect(us(ranks, [{ do: 'collectives', from: 'nccl' }], { durations })).toBe(111)
  })

  it('slow a rank down, without its communication', () => {
    const row = run(ranks, [{ do: 'slow-rank', rank: 0, factor: 4 }])
    expect(row.endToEndNs).toBe(200_000 + 1000 + 92_000)
    expect(row.changedKernels).toBe(1)
    expect(run(ranks, [{ do: 'slow-rank', rank: 7, factor: 2 }]).notes).toEqual([
      'slow-rank: rank 7 is not in the graph',
    ])
  })

  it('show in the exposed communication', () => {
    const { rows } = runScenarios(ranks, [])
    expect(rows[0]!.exposedCommunicationNs).toBe((142_000 + 92_000) / 2)
    expect(run(ranks, [{ do: 'collectives', factor: 0 }]).exposedCommunicationNs).toBe(50_000 / 2)
  })
})

describe('the table', () => {
  const row = run(graph, [{ do: 'scale', factor: 0.5, match: { name: 'gemm' } }])

  it('begins with the run as measured', () => {
    const { rows } = runScenarios(graph, [])
    expect(rows).toMatchObject([
      {
        name: 'as measured',
        endToEndNs: 92_000,
        busyNs: 90_000,
        idleNs: 2000,
        changeNs: 0,
        speedup: 1,
      },
    ])
  })

  it('has the change, and the critical path that adds up to the whole', () => {
    expect(row).toMatchObject({ endToEndNs: 62_000, changeNs: -30_000, busyNs: 60_000 })
    expect(row.speedup).toBeCloseTo(92 / 62, 12)
    expect(Object.values(row.criticalPath!).reduce((a, b) => a + b, 0)).toBe(62_000)
  })

  it('has what contributed most to the change, and that adds up to it', () => {
    expect(row.contributors).toEqual([
      { kind: 'computation', name: 'gemm_b', beforeNs: 40_000, afterNs: 20_000, changeNs: -20_000 },
      { kind: 'computation', name: 'gemm_a', beforeNs: 20_000, afterNs: 10_000, changeNs: -10_000 },
    ])
  })
})
