// Chakra execution traces, made after the published schema and as its converter links them: none was seen in the
// wild.
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { CHAKRA_NODES, chakraTrace } from '../testing/chakra.js'
import { inChunks } from '../testing/make-trace.js'
import { refusal } from '../testing/samples.js'

describe('a Chakra execution trace', () => {
  it('gives kernels and collectives with their operators, each after what it depends on', async () => {
    const trace = await parseTrace(chakraTrace(CHAKRA_NODES), { source: 'x.0.et' })
    expect(trace.format).toBe('chakra')
    expect(trace.kernels).toMatchObject([
      {
        name: 'gemm',
        stream: 7,
        durationNs: 40_000,
        op: {
          name: 'aten::mm',
          args: [
            { shape: [512, 1024], dtype: 'fp16' },
            { shape: [1024, 2048] },
            { kind: 'scalar', value: '1' },
            { kind: 'scalar', value: '' },
          ],
        },
      },
      {
        kind: 'collective',
        stream: 20,
        durationNs: 20_000,
        op: { name: 'record_param_comms' },
        collective: { kind: 'all_reduce', dtype: 'uint8', inElements: 8192, groupName: '1' },
      },
      { name: 'norm', stream: 7, durationNs: 3000 },
    ])
    // The operators take 10 µs and 5 µs; the collective waits for the product, the norm for the collective.
    const [gemm, collective, norm] = trace.kernels.map(({ startNs }) => startNs)
    expect([collective! - gemm!, norm! - collective!]).toEqual([40_000, 20_000])
    expect(trace.repairs).toMatchObject([{ kind: 'no_start', count: 5, of: 5 }])
    expect(trace.eventCount).toBe(6)
  })

  it('keeps the starts that it has', async () => {
    const nodes = [
      { id: 1, name: 'b', type: 4, start_time_micros: 200, duration_micros: 5 },
      { id: 2, name: 'a', type: 4, start_time_micros: 100, duration_micros: 5, ctrl_deps: [1] },
    ]
    const { kernels, repairs } = await parseTrace(chakraTrace(nodes))
    expect(kernels.map(({ name, startNs }) => [name, startNs])).toEqual([
      ['a', 0],
      ['b', 100_000],
    ])
    expect(repairs).toEqual([])
  })

  it('takes nodes that depend on each other, and on what is not there, in the order of the file', async () => {
    const nodes = [
      { id: 1, name: 'a', type: 4, duration_micros: 5, data_deps: [2, 77] },
      { id: 2, name: 'b', type: 4, duration_micros: 5, data_deps: [1] },
    ]
    const { kernels } = await parseTrace(chakraTrace(nodes))
    expect(kernels.map(({ name, startNs }) => [name, startNs])).toEqual([
      ['a', 0],
      ['b', 5000],
    ])
  })

  it('is the same in chunks of any size', async () => {
    const bytes = chakraTrace(CHAKRA_NODES)
    const whole = await parseTrace(bytes)
    for (const size of [1, 9]) expect(await parseTrace(inChunks(bytes, [size]))).toEqual(whole)
  })

  it('cut off is an error, or kept as far as it goes', async () => {
    const bytes = chakraTrace(CHAKRA_NODES)
    const cut = bytes.subarray(0, bytes.length - 3)
    expect(await refusal(() => parseTrace(cut))).toMatchObject({
      code: 'truncated',
      at: { byte: cut.length },
    })
    const { kernels, repairs } = await parseTrace(cut, { salvage: true })
    expect(kernels).toHaveLength(2)
    expect(repairs).toMatchObject([{ kind: 'truncated_file' }, { kind: 'no_start' }])
  })
})
