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
})
