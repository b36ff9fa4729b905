import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ASTRA_SIM_COLLECTIVES,
  astraSimCollectives,
  collectiveName,
  collectiveOfName,
  collectiveRow,
  inputBytes,
} from './collectives.js'

describe('collectives of ASTRA-sim', () => {
  it('are those of a grid, by their names again', () => {
    const runs = astraSimCollectives({
      ops: ['all_reduce', 'all_gather'],
      npus: 8,
      fromBytes: 1000,
      toBytes: 4000,
    })
    expect(runs.map(collectiveName)).toEqual([
      'all_reduce-8-1000',
      'all_reduce-8-2000',
      'all_reduce-8-4000',
      'all_gather-8-1000',
      'all_gather-8-2000',
      'all_gather-8-4000',
    ])
    fc.assert(
      fc.property(
        fc.constantFrom(...ASTRA_SIM_COLLECTIVES),
        fc.integer({ min: 2, max: 4096 }),
        fc.integer({ min: 1, max: 2 ** 47 }),
        (op, npus, bytes) => {
          const run = { op, npus, bytes }
          expect(collectiveOfName(collectiveName(run))).toEqual(run)
        },
      ),
    )
    for (const other of ['log', 'broadcast-8-64', 'all_reduce-8', 'all_reduce-8-64.0.et']) {
      expect(collectiveOfName(other)).toBeNull()
    }
  })

  it('put in their part where the tensor is what comes out', () => {
    const at = { npus: 8, bytes: 1001 }
    expect(inputBytes({ op: 'all_gather', ...at })).toBe(126)
    for (const op of ['all_reduce', 'reduce_scatter', 'all_to_all'] as const) {
      expect(inputBytes({ op, ...at })).toBe(1001)
    }
  })

  it('have a row where all NPUs ended, in the columns of measured ones', () => {
    const log = { schema: 'flowsim.astra-sim-log/1', source: 'x', npus: [], missing: [] } as const
    const run = { op: 'all_to_all', npus: 4, bytes: 2048 } as const
    const rest = { ...log, npus: [], missing: [], errors: [] }
    expect(collectiveRow(run, { ...rest, endToEndNs: 22_240 })).toEqual({
      framework: 'astra-sim',
      op: 'all_to_all',
      dtype: 'int8',
      num_gpus: 4,
      message_elements: 2048,
      message_bytes: 2048,
      latency_us: 22.24,
    })
    expect(collectiveRow(run, { ...rest, endToEndNs: null })).toBeNull()
    expect(collectiveRow(run, { ...rest, endToEndNs: 0 })).toBeNull()
  })

  it.each([
    [{ npus: 1 }, /1 NPUs: from 2/],
    [{ npus: 5000 }, /5000 NPUs: from 2 to 4096/],
    [{ npus: Number.NaN }, /NaN NPUs/],
    [{ fromBytes: 4 }, /from 4 to 64 bytes: give a byte for each NPU/],
    [{ toBytes: 8 }, /rising/],
    [{ toBytes: Number.NaN }, /from 16 to NaN/],
    [{ toBytes: 2 ** 48 }, /sizes from/],
  ])('refuse %j', (more, why) => {
    const grid = { ops: ASTRA_SIM_COLLECTIVES, npus: 8, fromBytes: 16, toBytes: 64, ...more }
    expect(() => astraSimCollectives(grid)).toThrow(why)
  })
})
