// The small parts that a graph is built of, each by itself: numbers, lists, order, lags.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EdgeClass, EdgeKind } from '../graph.js'
import { edgesByTarget } from './by-target.js'
import { EdgeClasses, EdgeList } from './edge-list.js'
import { Interner } from './interner.js'
import { NumberMap } from './number-map.js'
import { orderNodes } from './order.js'
import { Samples } from './samples.js'

describe('a map of numbers', () => {
  it.each([
    ['close together', [7, 8, 9, 30]],
    ['sixteen apart', [0, 31]],
    ['spread widely', [0, 1000, 5_000_000]],
    ['none at all', []],
  ])('holds those that it was given, %s', (_, keys) => {
    const map = new NumberMap(keys)
    for (const key of keys) expect(map.get(key)).toBe(-1)
    keys.forEach((key, place) => {
      map.set(key, place)
    })
    expect(keys.map((key) => map.get(key))).toEqual(keys.map((_, place) => place))
    expect([-1, 5, 6_000_000].map((key) => map.get(key))).toEqual([-1, -1, -1])
  })
})

describe('names and classes', () => {
  it('have one number each, in order of their first use', () => {
    const names = new Interner()
    expect(['a', 'b', 'a', 'c'].map((name) => names.add(name))).toEqual([0, 1, 0, 2])
    expect(names.names).toEqual(['a', 'b', 'c'])
  })

  it('are told apart by kind and name; the first typical lag stays', () => {
    const classes = new EdgeClasses()
    expect(classes.get(EdgeKind.Host, 'x', 5, 2)).toBe(0)
    expect(classes.get(EdgeKind.Call, 'x')).toBe(1)
    expect(classes.get(EdgeKind.Host, 'x', 9, 9)).toBe(0)
    expect(classes.list).toEqual([
      { kind: EdgeKind.Host, name: 'x', typicalNs: 5, samples: 2 },
      { kind: EdgeKind.Call, name: 'x', typicalNs: Number.NaN, samples: 0 },
    ])
  })
})

describe('a list of edges', () => {
  it('grows and keeps what it has', () => {
    const edges = new EdgeList(1)
    const numbers = Array.from({ length: 200 }, (_, i) => edges.add(i, i + 1, i % 3))
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(edges.count).toBe(200)
    for (const i of [0, 1, 64, 65, 199]) {
      expect([edges.source[i], edges.target[i], edges.cls[i]]).toEqual([i, i + 1, i % 3])
    }
  })
})

describe('samples', () => {
  it('have the quantiles of what came; of none, none', () => {
    const samples = new Samples()
    expect(samples.quantile(0.5)).toBeNaN()
    for (const value of [4, 1, 3, 2]) samples.add(value)
    expect([0, 0.5, 1].map((q) => samples.quantile(q))).toEqual([1, 2.5, 4])
  })

  it('beyond their capacity are every second, then every fourth, and so on', () => {
    const samples = new Samples()
    for (let i = 0; i < 100_000; i++) samples.add(i)
    expect(samples.count).toBe(100_000)
    // 2¹⁴ halved three times: every eighth of 0 … 99,999.
    expect(samples.quantile(0)).toBe(0)
    expect(samples.quantile(1)).toBe(99_992)
    expect(samples.quantile(0.5)).toBe(49_996)
  })
})

type Edge = [source: number, target: number, kind?: EdgeKind]
/** The order of nodes whose times are given, and the edges that are left out of it. */
function ordered(timeNs: number[], list: Edge[]) {
  const edges = new EdgeList(4)
  const classes = new EdgeClasses()
  const originClass = classes.get(EdgeKind.Origin, 'begin')
  for (const [source, target, kind = EdgeKind.Stream] of list) {
    edges.add(source, target, classes.get(kind, 'x'))
  }
  const left: [number, number][] = []
  const order = orderNodes({
    nodeCount: timeNs.length,
    timeNs: Float64Array.from(timeNs),
    edges,
    classes: classes.list,
    originClass,
    dropped: (source, target) => left.push([source, target]),
  })
  return { order, left, edges }
}

describe('the order of nodes', () => {
  it('leads every edge from a lower number to a higher one', () => {
    const node = fc.nat({ max: 11 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(node, node), { maxLength: 30 }),
        fc.array(fc.nat({ max: 20 }), { minLength: 12, maxLength: 12 }),
        (pairs, times) => {
          const { order, edges } = ordered(
            times,
            pairs.filter(([a, b]) => a !== b && b !== 0),
          )
          expect([...order.number].sort((a, b) => a - b)).toEqual(times.map((_, i) => i))
          for (let e = 0; e < edges.count; e++) {
            if (order.out[e] === 1) continue
            expect(order.number[edges.source[e]!]).toBeLessThan(order.number[edges.target[e]!]!)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('without a circle leaves nothing out, whatever the times say', () => {
    expect(
      ordered(
        [0, 9, 1],
        [
          [0, 1],
          [1, 2],
        ],
      ).left,
    ).toEqual([])
  })

  it('leaves out of a circle what runs against the times, and nothing beside it', () => {
    const circle: Edge[] = [
      [0, 1],
      [1, 2],
      [2, 1],
      [2, 3],
    ]
    expect(ordered([0, 1, 2, 3], circle).left).toEqual([[2, 1]])
    expect(ordered([0, 2, 1, 3], circle).left).toEqual([[1, 2]])
    // An edge against the times that lies on no circle stays.
    expect(ordered([0, 1, 2, 1], circle).left).toEqual([[2, 1]])
  })

  it('at equal times leaves out what was inferred, then what is not certain, then all', () => {
    const tie = (one: EdgeKind, other: EdgeKind) =>
      ordered(
        [0, 1, 1],
        [
          [0, 1],
          [1, 2, one],
          [2, 1, other],
        ],
      ).left
    for (const inferred of [
      EdgeKind.Handover,
      EdgeKind.InferredEvent,
      EdgeKind.Occupancy,
      EdgeKind.Queue,
    ]) {
      expect(tie(EdgeKind.Stream, inferred)).toEqual([[2, 1]])
    }
    for (const certain of [
      EdgeKind.Origin,
      EdgeKind.Kernel,
      EdgeKind.Call,
      EdgeKind.Host,
      EdgeKind.Transfer,
    ]) {
      expect(tie(certain, EdgeKind.Stream)).toEqual([[2, 1]])
      expect(tie(certain, EdgeKind.Call)).toEqual([
        [1, 2],
        [2, 1],
      ])
    }
  })

  it('holds a node that nothing holds any more at its measured time', () => {
    const { edges, order } = ordered(
      [0, 1, 2],
      [
        [1, 2],
        [2, 1],
      ],
    )
    const added = edges.count - 1
    expect([edges.source[added], edges.target[added], edges.cls[added]]).toEqual([0, 1, 0])
    expect(order.number[0]).toBe(0)
  })
})

describe('lags', () => {
  /** Lags of edges into the last node, by the times of all and the typical lags of the edges. */
  const lagsInto = (timeNs: number[], list: [source: number, typicalNs: number][]) => {
    const edges = new EdgeList(4)
    const last = timeNs.length - 1
    const classes: EdgeClass[] = list.map(([, typicalNs], i) => ({
      kind: EdgeKind.Stream,
      name: `${i}`,
      typicalNs,
      samples: 1,
    }))
    for (const [i, [source]] of list.entries()) edges.add(source, last, i)
    const order = {
      number: Uint32Array.from(timeNs, (_, i) => i),
      out: new Uint8Array(list.length),
    }
    return [...edgesByTarget(edges, order, Float64Array.from(timeNs), classes).edgeLagNs]
  }

  it('are measured where an edge binds, and else typical or less', () => {
    expect(
      lagsInto(
        [0, 50, 100],
        [
          [0, 30],
          [1, 30],
        ],
      ),
    ).toEqual([30, 50])
    expect(
      lagsInto(
        [0, 50, 100],
        [
          [0, 90],
          [1, 30],
        ],
      ),
    ).toEqual([100, 30])
    expect(
      lagsInto(
        [0, 90, 100],
        [
          [0, 30],
          [1, 30],
        ],
      ),
    ).toEqual([30, 10])
    expect(
      lagsInto(
        [0, 50, 100],
        [
          [0, Number.NaN],
          [1, 30],
        ],
      ),
    ).toEqual([100, 30])
    expect(
      lagsInto(
        [0, 120, 100],
        [
          [0, 30],
          [1, 30],
        ],
      ),
    ).toEqual([30, -20])
  })

  it('are sorted by target, without what was left out', () => {
    const edges = new EdgeList(4)
    for (const [source, target] of [
      [0, 2],
      [1, 2],
      [0, 1],
      [2, 3],
    ] as const)
      edges.add(source, target, 0)
    const classes = [{ kind: EdgeKind.Stream, name: 'x', typicalNs: 1, samples: 1 }]
    const order = { number: Uint32Array.of(0, 2, 1, 3), out: Uint8Array.of(0, 1, 0, 0) }
    const { edgeStart, edgeSource, edgeLagNs } = edgesByTarget(
      edges,
      order,
      Float64Array.of(0, 5, 9, 20),
      classes,
    )
    expect([...edgeStart]).toEqual([0, 0, 1, 2, 3])
    expect([...edgeSource]).toEqual([0, 0, 1])
    expect([...edgeLagNs]).toEqual([9, 5, 11])
  })
})
