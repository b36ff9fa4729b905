// Chrome traces whose events are told by the names of their tracks: JAX.
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { parseFile } from '../parse-file.js'
import { parseTrace } from '../parse-trace.js'
import { bytesOf } from '../testing/make-trace.js'
import { named, threadNamed } from '../testing/tracks.js'

describe('JAX', () => {
  it('kernels of streams with their HLO operations; what repeats them is passed over', async () => {
    const document = {
      displayTimeUnit: 'ns',
      traceEvents: [
        named(1, '/device:GPU:3'),
        threadNamed(1, 9, 'Stream #9(Compute)'),
        threadNamed(1, 20, 'XLA Modules'),
        named(701, '/host:CPU'),
        {
          ph: 'X',
          pid: 1,
          tid: 9,
          ts: 100.5,
          dur: 80,
          name: 'gemm_0',
          args: { hlo_module: 'jit_f', hlo_op: 'dot.0' },
        },
        { ph: 'X', pid: 1, tid: 9, ts: 200, dur: 5, name: 'MemcpyD2H', args: {} },
        { ph: 'X', pid: 1, tid: 20, ts: 100, dur: 200, name: 'jit_f', args: {} },
        { ph: 'X', pid: 701, tid: 1, ts: 50, dur: 300, name: 'PjitFunction(f)' },
      ],
    }
    const { format, kernels, annotations, eventCount } = await parseTrace([
      bytesOf(JSON.stringify(document)),
    ])
    expect(format).toBe('jax-chrome')
    expect(kernels).toMatchObject([
      {
        name: 'gemm_0',
        device: 3,
        stream: 9,
        startNs: 50_500,
        durationNs: 80_000,
        op: { name: 'dot.0', attributes: { hlo_module: 'jit_f' } },
      },
      { kind: 'memcpy', durationNs: 5000 },
    ])
    expect(annotations).toMatchObject([{ name: 'PjitFunction(f)' }])
    expect(eventCount).toBe(4)
  })
})

describeWithCorpus('real files', () => {
  it("JAX's Chrome trace of the cases", async () => {
    const { format, kernels } = await parseFile(corpus('cases/jax_trace.json'))
    expect(format).toBe('jax-chrome')
    expect(kernels.map(({ durationNs }) => durationNs)).toEqual([
      80_000, 80_000, 80_000, 80_000, 80_000,
    ])
  })

  it("Triton Proton's Chrome trace of the cases", async () => {
    const { kernels } = await parseFile(corpus('cases/proton_trace.json'))
    expect(kernels).toMatchObject([
      { name: 'matmul_kernel', device: 0, stream: 7, durationNs: 20_100 },
      { name: 'add_kernel', durationNs: 2100 },
    ])
  })
})
