import { readdirSync, readFileSync } from 'node:fs'
import type { TileSpec } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../../../tests/corpus.js'
import { findHardware } from '../../hardware/find.js'
import { readHardware } from '../../hardware/read.js'
import {
  referenceArrayCycles,
  referenceL2Compute,
  referenceSearch,
} from '../../testing/reference-matmul.js'
import { coreCycles } from './core-cycles.js'
import { l1LoopCycles } from './l1-loop.js'
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
        fc.constantFrom(...MATMUL_MODES),
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

describe('the loop over L1 tiles', () => {
  it('counts what sets of tiles count', () => {
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
        ([m, n, k], [l1M, l1N, l1K], cores, [input, output, word], l2BytesPerCycle, spec) => {
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
          }
          expect(l1LoopCycles(m, n, k, l1M, l1N, l1K, first, later, machine)).toBe(
            referenceL2Compute(m, n, k, mapping, device, word),
          )
        },
      ),
      { numRuns: 1500, seed: 11 },
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
