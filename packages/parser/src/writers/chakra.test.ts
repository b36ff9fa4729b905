import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { decodeChakra } from '../testing/chakra.js'
import { chakraTrace } from './chakra.js'
import { ChakraGroups } from './chakra-groups.js'

const kernel = (name: string, startNs: number, durationNs: number, stream = 7): KernelEvent => ({
  ...{ kind: 'kernel', name, device: 0, stream, startNs, durationNs, shapesFrom: 'none' },
})
const allReduce = (startNs: number, durationNs: number, more: object = {}): KernelEvent => ({
  ...kernel('ncclDevKernel_AllReduce', startNs, durationNs, 20),
  kind: 'collective',
  collective: { kind: 'all_reduce', dtype: 'bf16', inElements: 4096, groupSize: 4, ...more },
})
const traceOf = (kernels: KernelEvent[]): KernelTrace => ({
  ...{ schema: 'flowsim.kernel-trace/1', source: 'x', format: 'kineto', producer: {}, devices: [] },
  ...{ rank: 0, worldSize: 4, processGroups: [], baseTimeNs: '0', window: null },
  ...{ eventCount: kernels.length, repairs: [], annotations: [], kernels },
})
const write = async (kernels: KernelEvent[], groups = new ChakraGroups()) => {
  const { bytes, report } = await chakraTrace(traceOf(kernels), groups)
  return { ...decodeChakra(bytes), bytes, report }
}

describe('a Chakra execution trace', () => {
  it('has computation merged between collectives, each after what had ended when it began', async () => {
    const { version, nodes, report } = await write([
      kernel('a', 0, 4000),
      kernel('b', 5000, 4000),
      allReduce(10_000, 20_000),
      // Beside the collective, and after it.
      kernel('c', 12_000, 8000),
      kernel('d', 31_000, 2000),
    ])
    expect(version).toBe('0.0.4')
    expect(nodes).toMatchObject([
      { id: 1, name: '2 kernels', type: 4, data_deps: [], duration_micros: 8 },
      {
        ...{ id: 2, type: 7, data_deps: [1], duration_micros: 20 },
        attr: { is_cpu_op: false, comm_type: 0, comm_size: 8192 },
      },
      { id: 3, name: '1 kernels', data_deps: [1], duration_micros: 8, attr: { is_cpu_op: false } },
      { id: 4, name: '1 kernels', data_deps: [3, 2], duration_micros: 2 },
    ])
    expect(nodes[1]!.attr).not.toHaveProperty('pg_name')
    expect(report).toEqual({
      computeNodes: 3,
      collectives: 1,
      asCompute: { count: 0, timeNs: 0 },
      idleNs: 3000,
    })
  })

  it('keeps the sum of busy time to the microsecond, and counts what overlaps once', async () => {
    const kernels = Array.from({ length: 100 }, (_, i) => [
      kernel('a', i * 10_000, 1500),
      kernel('b', i * 10_000 + 1000, 900, 8),
      allReduce(i * 10_000 + 5000, 1000),
    ]).flat()
    const { nodes } = await write(kernels)
    const sum = nodes
      .filter(({ type }) => type === 4)
      .reduce((total, { duration_micros }) => total + duration_micros, 0)
    expect(sum).toBe(190)
  })

  it('numbers groups of fewer than all ranks, the same for all ranks', async () => {
    const groups = new ChakraGroups()
    const first = await write([allReduce(0, 10, { ranks: [0, 1], groupSize: 2 })], groups)
    const second = await write(
      [
        allReduce(0, 10, { ranks: [2, 3], groupSize: 2 }),
        allReduce(20, 10, { ranks: [0, 1, 2, 3] }),
        allReduce(40, 10, { groupSize: 2, groupName: '9' }),
      ],
      groups,
    )
    expect(first.nodes.map(({ attr }) => attr.pg_name)).toEqual(['1'])
    expect(second.nodes.map(({ attr }) => attr.pg_name)).toEqual(['2', undefined, '3'])
    expect(groups.ranks).toEqual({ 1: [0, 1], 2: [2, 3] })
    expect([...groups.unknown]).toEqual(['9'])
  })

  it('takes collectives without a size, or that simulators do not run, for computation and counts them', async () => {
    const { nodes, report } = await write([
      allReduce(0, 5000, { inElements: undefined }),
      allReduce(6000, 3000, { kind: 'send' }),
    ])
    expect(nodes).toMatchObject([{ type: 4, duration_micros: 8 }])
    expect(report.asCompute).toEqual({ count: 2, timeNs: 8000 })
  })

  it('is read again as what it is', async () => {
    const { bytes } = await write([kernel('a', 0, 4000), allReduce(5000, 3000)])
    const { kernels, format } = await parseTrace(bytes)
    expect(format).toBe('chakra')
    expect(kernels).toMatchObject([
      { kind: 'kernel', startNs: 0, durationNs: 4000 },
      { kind: 'collective', startNs: 4000, collective: { kind: 'all_reduce', inElements: 8192 } },
    ])
  })
})
