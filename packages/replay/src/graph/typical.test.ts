import { describe, expect, it } from 'vitest'
import { buildGraph } from '../build-graph.js'
import { type MadeKernel, makeTrace } from '../testing/make-trace.js'

/** Microseconds whose quartiles and mean are far from the median, 5. */
const WAITS = [90, 1, 5, 80, 2, 4, 70, 6, 3]

/** Typical nanoseconds of a class of edges, and the measurements behind them. */
function typical(kernels: readonly MadeKernel[], name: string) {
  const { classes } = buildGraph(makeTrace(kernels))
  const found = classes.find((each) => each.name === name)
  return { ns: found?.typicalNs, samples: found?.samples }
}

describe('what is typical of a trace', () => {
  const launches = WAITS.map(
    (wait, i): MadeKernel => ({ launch: [1000 * i, 5], at: 1000 * i + 5 + wait, takes: 10 }),
  )

  it('is the median of the launches into an empty stream', () => {
    expect(typical(launches, 'launch kernel')).toEqual({ ns: 5000, samples: 9 })
  })

  it('is the median of the gaps between kernels that were launched before', () => {
    let at = 1000
    const kernels = [0, ...WAITS].map((wait, i): MadeKernel => {
      at += wait + (i === 0 ? 0 : 10)
      return { launch: [6 * i, 5], at, takes: 10 }
    })
    expect(typical(kernels, 'gap kernel>kernel')).toEqual({ ns: 5000, samples: 9 })
  })

  it('is of all kinds of launches together where one kind has few', () => {
    const one: MadeKernel = { launch: [9000, 5], at: 9100, takes: 1, kind: 'memset' }
    const { ns, samples } = typical([...launches, one], 'launch memset')
    expect(samples).toBe(10)
    expect(ns).toBe(5500)
  })

  it('is a constant where there are fewer than eight of any kind', () => {
    const { ns, samples } = typical(launches.slice(0, 7), 'launch kernel')
    expect([ns, samples]).toEqual([1300, 0])
  })

  it('is a larger constant for HIP', () => {
    const hip = launches.slice(0, 7).map((each) => ({ ...each, api: 'hipLaunchKernel' }))
    expect(typical(hip, 'launch kernel')).toEqual({ ns: 14_000, samples: 0 })
  })

  it('leaves out launches onto a stream that was busy when the call ended', () => {
    const busy = WAITS.map((_, i): MadeKernel => {
      const at = 1000 * i + 500
      return { launch: [at, 5], at: at + 50, takes: 10 }
    })
    // Each runs until 5 µs after the second launch's call: only the launches of `launches` are measured.
    const long = launches.map((each, i) => ({ ...each, takes: 1000 * i + 510 - each.at }))
    expect(typical([...long, ...busy], 'launch kernel')).toEqual({ ns: 5000, samples: 9 })
    const free = launches.map((each, i) => ({ ...each, takes: 1000 * i + 505 - each.at }))
    expect(typical([...free, ...busy], 'launch kernel')).toEqual({ ns: 45_000, samples: 18 })
  })

  it('is of each kind of launch by itself where there are eight', () => {
    const eight = (kind: MadeKernel['kind'], api: string, us: number) =>
      Array.from({ length: 8 }, (_, i): MadeKernel => {
        const at = 1000 * i + 400
        return { kind: kind!, api, launch: [at, 5], at: at + 5 + us, takes: 10, stream: us }
      })
    const all = [
      ...launches,
      ...eight('memset', 'cudaMemsetAsync', 20),
      ...eight('memcpy', 'cudaMemcpyAsync', 30),
      ...eight('kernel', 'cudaGraphLaunch', 40),
    ]
    expect(typical(all, 'launch kernel')).toEqual({ ns: 5000, samples: 9 })
    expect(typical(all, 'launch memset')).toEqual({ ns: 20_000, samples: 8 })
    expect(typical(all, 'launch memcpy')).toEqual({ ns: 30_000, samples: 8 })
    expect(typical(all, 'launch graph')).toEqual({ ns: 40_000, samples: 8 })
  })

  it('of a copy that begins within its call is counted from the start of the call', () => {
    const copies = (starts: number, stream = 9) =>
      Array.from({ length: 8 }, (_, i): MadeKernel => {
        const at = 1000 * i + 600
        return { kind: 'memcpy', launch: [at, 50], at: at + starts, takes: 60, stream }
      })
    const inside = 'launch inside copy call'
    expect(typical([...launches, ...copies(12)], inside)).toEqual({ ns: 12_000, samples: 8 })
    expect(typical([...launches, ...copies(0)], inside)).toEqual({ ns: 0, samples: 8 })
    // As long as a call that returns before: then it is the latency of a launch; earlier it is none.
    expect(typical([...launches, ...copies(50)], 'launch memcpy').samples).toBe(8)
    expect(typical([...launches, ...copies(-1)], inside)).toEqual({ ns: 5000, samples: 9 })
    // A kernel of the stream that runs into the call holds the copy back: it measures nothing.
    const held = copies(12).map((copy): MadeKernel => {
      const at = copy.launch![0] - 100
      return { launch: [at, 5], at: at + 10, takes: 91, stream: 9 }
    })
    expect(typical([...launches, ...held, ...copies(12)], inside).samples).toBe(17)
  })

  it('of a gap is that of kernels which were launched in time, of each pair of kinds', () => {
    // Every second is launched so late that its launch, not its stream, held it back.
    const pairs = WAITS.flatMap((wait, i): MadeKernel[] => {
      const at = 1000 * (i + 1)
      const kind = 'memset'
      return [
        { launch: [10 * i, 2], at, takes: 100 },
        { launch: [10 * i + 5, 2], at: at + 100 + wait, takes: 100, kind },
        { launch: [at + 399, 2], at: at + 500, takes: 100, stream: 7 },
      ]
    })
    expect(typical(pairs, 'gap kernel>memset')).toEqual({ ns: 5000, samples: 9 })
    // memset > kernel has none, kernel > kernel the eight that go from one round to the next.
    expect(typical(pairs, 'gap kernel>kernel')).toEqual({ ns: 400_000, samples: 8 })
    expect(typical(pairs, 'gap memset>kernel').samples).toBe(17)
  })

  it('of a gap within a graph is measured apart, and overlaps are none', () => {
    let at = 20
    const graph = [0, ...WAITS].map((wait, i): MadeKernel => {
      at += wait + (i === 0 ? 0 : 10)
      return { launch: [0, 5], correlation: 3, api: 'cudaGraphLaunch', at, takes: 10 }
    })
    expect(typical(graph, 'gap within graph')).toEqual({ ns: 5000, samples: 9 })
    const overlapping = graph.map((kernel, i) => (i === 3 ? { ...kernel, takes: 100 } : kernel))
    expect(typical(overlapping, 'gap within graph').samples).toBe(8)
  })

  it('of a gap is of all where no launch is in the trace', () => {
    let at = 0
    const blind = [0, ...WAITS].map((wait): MadeKernel => {
      at += wait + 10
      return { at, takes: 10 }
    })
    expect(typical(blind, 'gap kernel>kernel')).toEqual({ ns: 5000, samples: 9 })
    const { ns, samples } = typical(blind.slice(0, 8), 'gap kernel>kernel')
    expect([ns, samples]).toEqual([1056, 0])
  })
})
