import { describe, expect, it } from 'vitest'
import { kernel, traceText } from '../testing/make-trace.js'
import { parseMade } from '../testing/samples.js'

describe('the header', () => {
  it('gives devices, ranks and groups, before or after the events', async () => {
    const header = {
      deviceProperties: [
        {
          id: 0,
          name: 'NVIDIA H200',
          numSms: 132,
          totalGlobalMem: 5,
          computeMajor: 9,
          computeMinor: 0,
        },
      ],
      distributedInfo: {
        rank: 2,
        world_size: 4,
        nccl_version: '2.26',
        pg_config: [
          {
            pg_name: '0',
            pg_desc: 'default_pg',
            backend_config: 'cuda:nccl',
            pg_size: 4,
            ranks: [0, 1, 2, 3],
          },
        ],
      },
      with_stack: 1,
      cuda_runtime_version: 12060,
    }
    const before = await parseMade(traceText([kernel('a', 1, 1)], header))
    const after = await parseMade(
      JSON.stringify({ traceEvents: [kernel('a', 1, 1)], schemaVersion: 1, ...header }),
    )
    for (const trace of [before, after]) {
      expect(trace).toMatchObject({
        rank: 2,
        worldSize: 4,
        devices: [{ id: 0, name: 'NVIDIA H200', computeUnits: 132, computeCapability: '9.0' }],
        processGroups: [{ name: '0', size: 4, ranks: [0, 1, 2, 3] }],
        producer: { with_stack: 1, cuda_runtime_version: 12060, nccl_version: '2.26' },
      })
    }
  })

  it('may hold NaN, and members that cannot be read', async () => {
    const text = `{"a": NaN, "distributedInfo": {"rank": 3, "x": inf}, "bad": {oops}, "traceEvents": []}`
    const trace = await parseMade(text)
    expect(trace.rank).toBe(3)
    expect(trace.repairs.map(({ kind }) => kind)).toContain('malformed_header')
  })
})
