import { readdirSync, readFileSync } from 'node:fs'
import type { TileSpec } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../../../tests/corpus.js'
import { findHardware } from '../../hardware/find.js'
import { readHardware } from '../../hardware/read.js'
import {
  referenceArrayCycles,
  referenceCycles,
  referenceL2Compute,
  referenceSearch,
} from '../../testing/reference-matmul.js'
import { coreCycles } from './core-cycles.js'
import { l1OrderCycles } from './l1-loop-orders.js'
import { l2LoopCycles, l2Schedule } from './l2-loop.js'
import { LOOP_ORDERS } from './loop-order.js'
import { llmcompassMachine } from './machine.js'
import { floorPowerOfTwo, MATMUL_MODES, type MatmulMode, searchSpace } from './mapping.js'
import { searchMapping } from './search.js'
import { llmcompassArrayCycles } from './systolic-array.js'

/** Devices small and odd enough that every path is taken. */
const anyTile: fc.Arbitrary<TileSpec> = fc.record({
  cores: fc.constantFrom(1, 2, 3, 5, 7, 16, 32, 108),
  clockHz: fc.constantFrom(1e9, 1.41e9, 940e6),
  systolicArray: fc.record({
    height: fc.constantFrom(4, 5, 8, 16, 32, 128),
    width: fc.constantFrom(3, 4, 8, 16, 32, 128),
    countPerCore: fc.constantFrom(1, 2, 4, 6, 8),
    macPerCycle: fc.constantFrom(0.5, 1, 2),
    inputBytes: fc.constantFrom(1, 2),
    outputBytes: fc.constantFrom(2, 4),
  }),
  vector: fc.record({
    width: fc.constant(16),
    count: fc.constant(4),
    flopsPerCycle: fc.constantFrom(7, 16, 128, 512),
    flopsPerExp: fc.constant(35),
    elementBytes: fc.constant(2),
  }),
  sramBytes: fc.constantFrom(8192, 32768, 49152, 196608),
  l2Bytes: fc.constantFrom(104857, 262144, 1048576, 8388608),
  l2BytesPerCycle: fc.constantFrom(64, 490, 777, 5120),
  dramBytesPerS: fc.constantFrom(null, 3e10, 1e11, 2e12),
  overheadS: fc.constant({ matmul: 0, softmax: 0, layernorm: 0, gelu: 0 }),
})

const size = fc.oneof(
  fc.integer({ min: 1, max: 8 }),
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: 8 }).map((n) => 32 * n),
  fc.integer({ min: 0, max: 8 }).map((n) => 2 ** n),
)

function fast(mode: MatmulMode, M: number, N: number, K: number, spec: TileSpec, word: number) {
  const machine = llmcompassMachine(spec, word)
  return searchMapping(M, N, K, searchSpace(mode, M, N, K, machine), machine)
}

describe('the search', () => {
  it('finds what trying every layout finds, ties included, on any device', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MATMUL_MODES.filter((mode) => mode !== 'exhaustive')),
        size,
        size,
        size,
        anyTile,
        fc.constantFrom(1, 2, 4),
        (mode, M, N, K, spec, word) => {
          expect(fast(mode, M, N, K, spec, word)).toEqual(
            referenceSearch(mode, M, N, K, spec, word),
          )
        },
      ),
      { numRuns: 100, seed: 7 },
    )
  })

  it.each([
    ['A100_4_fp16', 'heuristic-GPU', 33, 190, 4100],
    ['A100_4_fp16', 'heuristic-our-throughput', 256, 512, 384],
    ['TPUv3_8', 'heuristic-TPU', 96, 700, 2048],
    ['TPUv3_new', 'heuristic-TPU-new', 200, 96, 333],
    ['MI210', 'heuristic-GPU', 128, 256, 12300],
  ] as const)('finds it on %s under %s', (name, mode, M, N, K) => {
    const spec = findHardware(name).device.tile!
    expect(fast(mode, M, N, K, spec, 2)).toEqual(referenceSearch(mode, M, N, K, spec, 2))
  })
})

describeWithCorpus('the search on LLMCompass templates', () => {
  const folder = corpus('hardware/llmcompass')
  it.each(hasCorpus ? readdirSync(folder) : [])('%s', (file) => {
    const text = readFileSync(`${folder}/${file}`, 'utf8')
    const spec = readHardware(JSON.parse(text), file).device.tile!
    const [M, N, K] = [19, 130, 500]
    expect(fast('heuristic-GPU', M, N, K, spec, 2)).toEqual(
      referenceSearch('heuristic-GPU', M, N, K, spec, 2),
    )
  })
})

describe('the exhaustive search', () => {
  const side = fc.oneof(
    fc.integer({ min: 1, max: 90 }),
    fc.constantFrom(1, 16, 17, 32, 33, 64, 65, 96),
  )
  it('finds what trying every tile, order and split finds, ties included, on any device', () => {
    fc.assert(
      fc.property(side, side, side, anyTile, fc.constantFrom(1, 2, 4), (M, N, K, spec, word) => {
        expect(fast('exhaustive', M, N, K, spec, word)).toEqual(
          referenceSearch('exhaustive', M, N, K, spec, word),
        )
      }),
      { numRuns: 25, seed: 19 },
    )
  })

  it.each([
    ['A100_4_fp16', 40, 160, 130],
    ['TPUv3_8', 96, 33, 100],
    ['MI210', 128, 128, 64],
  ] as const)('finds it on %s', (name, M, N, K) => {
    const spec = findHardware(name).device.tile!
    expect(fast('exhaustive', M, N, K, spec, 2)).toEqual(
      referenceSearch('exhaustive', M, N, K, spec, 2),
    )
  })

  // Large enough for many tiles a batch and many batches a tile, without the reference's sets.
  it('loses nothing to its bounds', () => {
    const long = fc.oneof(fc.integer({ min: 17, max: 500 }), fc.constantFrom(128, 256, 384, 512))
    fc.assert(
      fc.property(long, long, long, anyTile, (M, N, K, spec) => {
        const machine = llmcompassMachine(spec, 2)
        const space = searchSpace('exhaustive', M, N, K, machine)
        let best = 2 ** 63 - 1
        const cores = coreCycles(machine, space.l0)
        const [first, later] = [new Float64Array(8), new Float64Array(8)]
        const compute = new Float64Array(8)
        for (const l2 of space.l2) {
          const schedules = LOOP_ORDERS.map((order) => l2Schedule(M, N, K, l2, machine, order))
          const { kinds } = schedules[0]!
          const l1 = space.l1(l2)
          for (let at = 0; at < l1.length; at += 3) {
            const [a, b, c] = [l1[at]!, l1[at + 1]!, l1[at + 2]!]
            for (const order of LOOP_ORDERS) {
              for (let split = 0; split < space.l0.length / 3; split++) {
                for (let kind = 0; kind < kinds.length; kind += 4) {
                  const [m, n, k] = [kinds[kind + 1]!, kinds[kind + 2]!, kinds[kind + 3]!]
                  cores.kinds(m, n, k, a, b, c, split, first, later)
                  const args = [m, n, k, a, b, c, first, later, machine] as const
                  compute[kinds[kind]!] = l1OrderCycles(order, ...args)
                }
                for (const schedule of schedules) {
                  best = Math.min(best, l2LoopCycles(schedule, compute))
                }
              }
            }
          }
        }
        expect(searchMapping(M, N, K, space, machine).cycles).toBe(best)
      }),
      { numRuns: 25, seed: 23 },
    )
  })

  it('is never slower than the mode of the service where that has the same tiles', () => {
    const spec = findHardware('A100_4_fp16').device.tile!
    for (const [M, N, K] of [
      [512, 512, 512],
      [2048, 4096, 4096],
      [64, 12288, 12288],
    ] as const) {
      const every = fast('exhaustive', M, N, K, spec, 2)
      expect(every.cycles).toBeLessThanOrEqual(fast('heuristic-GPU', M, N, K, spec, 2).cycles)
    }
  })

  it('refuses a product of more batches than can be walked through', () => {
    const machine = llmcompassMachine(findHardware('A100_4_fp16').device.tile!, 2)
    const space = searchSpace('exhaustive', 1000, 1000, 1000, machine)
    const search = (most?: number) => searchMapping(1000, 1000, 1000, space, machine, most)
    expect(search().cycles).toBe(14824)
    expect(() => search(500)).toThrow(
      'matmul.m: 1000 x 1000 x 1000 makes too many tiles for this mode',
    )
  })

  it('has nothing to try for a dimension of 16 or less, as LLMCompass', () => {
    const spec = findHardware('A100_4_fp16').device.tile!
    expect(fast('exhaustive', 16, 64, 64, spec, 2)).toEqual({ cycles: 2 ** 63 - 1 })
  })
})

describe('the loop over L2 tiles', () => {
  it('takes the cycles that its steps take one by one, in every order', () => {
    const tile = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(
        fc.constantFrom(...LOOP_ORDERS),
        fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)),
        fc.tuple(tile, tile, tile),
        fc.boolean(),
        anyTile,
        (l2Order, [m, n, k], [l2M, l2N, l2K], doubleBuffered, spec) => {
          const machine = llmcompassMachine(spec, 2)
          const l2 = { l2M, l2N, l2K, doubleBuffered }
          const l1 = { l1M: 16, l1N: 16, l1K: 16, l0M: 1, l0N: 1, l0K: 1 }
          const schedule = l2Schedule(m + 1, n + 1, k + 1, l2, machine, l2Order)
          const compute = new Float64Array(8)
          for (let at = 0; at < schedule.kinds.length; at += 4) {
            const [kind, a, b, c] = schedule.kinds.slice(at) as [number, number, number, number]
            compute[kind] = referenceL2Compute(a, b, c, { ...l2, ...l1 }, spec, 2)
          }
          const mapping = { ...l2, ...l1, l2Order }
          expect(l2LoopCycles(schedule, compute)).toBe(
            referenceCycles(m + 1, n + 1, k + 1, mapping, spec, 2),
          )
        },
      ),
      { numRuns: 300, seed: 29 },
    )
  })
})

describe('the loop over L1 tiles', () => {
  it('counts what sets of tiles count, in every order', () => {
    const small = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(
        fc.tuple(
          fc.integer({ min: 1, max: 60 }),
          fc.integer({ min: 1, max: 60 }),
          fc.integer({ min: 1, max: 40 }),
        ),
        fc.tuple(small, small, small),
        fc.integer({ min: 1, max: 14 }),
        fc.tuple(
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 3 }),
        ),
        fc.integer({ min: 1, max: 20 }),
        anyTile,
        fc.constantFrom(...LOOP_ORDERS),
        (
          [m, n, k],
          [l1M, l1N, l1K],
          cores,
          [input, output, word],
          l2BytesPerCycle,
          spec,
          l1Order,
        ) => {
          const device = {
            ...spec,
            cores,
            l2BytesPerCycle,
            systolicArray: {
              ...spec.systolicArray,
              height: 4,
              width: 3,
              inputBytes: input,
              outputBytes: output,
            },
          }
          const machine = llmcompassMachine(device, word)
          const first = new Float64Array(8)
          const later = new Float64Array(8)
          coreCycles(machine, [1, 2, 1]).kinds(m, n, k, l1M, l1N, l1K, 0, first, later)
          const mapping = {
            l2M: m,
            l2N: n,
            l2K: k,
            doubleBuffered: true,
            l1M,
            l1N,
            l1K,
            l0M: 1,
            l0N: 2,
            l0K: 1,
            l1Order,
          }
          expect(l1OrderCycles(l1Order, m, n, k, l1M, l1N, l1K, first, later, machine)).toBe(
            referenceL2Compute(m, n, k, mapping, device, word),
          )
        },
      ),
      { numRuns: 4000, seed: 11 },
    )
  })
})

describe('one systolic array', () => {
  it('obeys the closed form of SCALE-Sim for small products', () => {
    expect(llmcompassArrayCycles(16, 16, 64, 16, 16, 1)).toBe(64 + 16 + 16 - 2 - 1)
    expect(llmcompassArrayCycles(100, 40, 64, 16, 16, 1)).toBe(7 * 3 * (64 + 30) - 1)
  })

  it('agrees with the formulas for any product', () => {
    const side = fc.integer({ min: 1, max: 600 })
    fc.assert(
      fc.property(side, side, side, anyTile, (M, N, K, spec) => {
        const { height, width, macPerCycle } = spec.systolicArray
        return (
          llmcompassArrayCycles(M, N, K, height, width, macPerCycle) ===
          referenceArrayCycles(M, N, K, spec)
        )
      }),
      { numRuns: 3000, seed: 3 },
    )
  })
})

describe('floorPowerOfTwo', () => {
  it('is exact at and beside every power', () => {
    for (let exponent = 1; exponent < 52; exponent++) {
      const power = 2 ** exponent
      expect([power - 1, power, power + 1].map(floorPowerOfTwo)).toEqual([
        exponent === 1 ? 1 : power / 2,
        power,
        power,
      ])
    }
  })
})
