import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { byLayer } from './layers.js'
import { steps } from './steps.js'

/** Kernels one after another, 2 µs each with 1 µs between, `gap` more before those marked `late`. */
function sequence(kernels: (Partial<Activity> & { name: string; late?: boolean })[]): Activity[] {
  let now = 0
  return kernels.map(({ late, ...kernel }) => {
    now += late ? 100 : 1
    const at: [number, number] = [now, now + 2]
    now += 2
    return { ...kernel, at }
  })
}

const norm = { name: 'rmsnorm', family: 'normalization', does: 'rmsnorm' } as const
const gemm = (name: string) => ({ name, family: 'gemm', does: 'matmul' }) as const
const attention = { name: 'flash_fwd', family: 'attention', does: 'attention' } as const
const layer = [
  norm,
  gemm('qkv'),
  attention,
  gemm('out'),
  norm,
  gemm('up'),
  { name: 'silu' },
  gemm('down'),
]
const moeLayer = [
  norm,
  gemm('qkv'),
  attention,
  gemm('out'),
  norm,
  { name: 'route' },
  { name: 'experts' },
]
const before = [
  { name: 'prepare', late: true },
  { name: 'embed', does: 'embedding' as const },
]
const after = [norm, gemm('head'), { name: 'argmax', family: 'sampling' as const }]
const pass = (layers: number) => [...before, ...Array(layers).fill(layer).flat(), ...after]

describe('byLayer', () => {
  it('takes the outermost module whose class ends in Layer or Block', () => {
    const { trace, operations } = handMade([
      { at: [0, 1], modules: ['Model_0', 'DecoderLayer_0', 'AttentionLayer_0'] },
      { at: [1, 3], modules: ['Model_0', 'DecoderLayer_1'] },
      { at: [3, 4], modules: ['Model_0', 'LayerNorm_0'] },
    ])
    const report = byLayer(trace, operations)
    expect(report.source).toBe('modules')
    expect(report.layers.map(({ name, sumNs }) => [name, sumNs])).toEqual([
      ['DecoderLayer_0', 1_000],
      ['DecoderLayer_1', 2_000],
    ])
    expect([...report.layerOf]).toEqual([0, 1, -1])
    expect(report.outside).toMatchObject({ count: 1, sumNs: 1_000 })
  })

  it('puts layer 10 after layer 9', () => {
    const modules = [9, 10, 1].map((n) => `Block_${n}`)
    const { trace, operations } = handMade(
      modules.map((name, i) => ({ at: [i, i + 1], modules: [name] })),
    )
    expect(byLayer(trace, operations).layers.map(({ name }) => name)).toEqual([
      'Block_1',
      'Block_9',
      'Block_10',
    ])
  })

  it('takes names such as layers.3 from annotations', () => {
    const { trace, operations } = handMade([
      { at: [0, 1], scopes: ['model.layers.0.self_attn'] },
      { at: [1, 2], scopes: ['model.layers.1.mlp'] },
    ])
    const report = byLayer(trace, operations)
    expect(report.source).toBe('names')
    expect(report.layers.map(({ name }) => name)).toEqual(['layer 0', 'layer 1'])
  })

  it('finds the repeating sequence of kernels where nothing is named, from norm to norm', () => {
    const { trace, operations } = handMade(sequence(pass(4)))
    const report = byLayer(trace, operations)
    expect(report.source).toBe('repetition')
    expect(report.repetition).toEqual({ period: 8, stacks: 1 })
    expect(report.layers.map(({ count }) => count)).toEqual([8, 8, 8, 8])
    expect(report.layerOf.indexOf(0)).toBe(2)
    expect(report.outside.count).toBe(before.length + after.length)
  })

  it('numbers the layers of each pass from 0', () => {
    const { trace, operations } = handMade(sequence([...pass(3), ...pass(3), ...pass(3)]))
    const report = byLayer(trace, operations)
    expect(report.repetition).toMatchObject({ period: 8, stacks: 3 })
    expect(report.layers.map(({ count }) => count)).toEqual([24, 24, 24])
  })

  it('ends a pass at sampling, however little lies between two passes', () => {
    const short = [...Array(3).fill(layer).flat(), after[2]!]
    const { trace, operations } = handMade(sequence([...short, ...short, ...short]))
    expect(byLayer(trace, operations)).toMatchObject({
      repetition: { period: 8, stacks: 3 },
      layers: [{ count: 24 }, { count: 24 }, { count: 24 }],
    })
  })

  it('numbers MoE layers after the dense layers before them', () => {
    const model = [
      ...before,
      ...Array(3).fill(layer).flat(),
      ...Array(5).fill(moeLayer).flat(),
      ...after,
    ]
    const { trace, operations } = handMade(sequence(model))
    const report = byLayer(trace, operations)
    expect(report.layers.map(({ count }) => count)).toEqual([8, 8, 8, 7, 7, 7, 7, 7])
  })

  it('finds layers whose kernels differ a little, as sliding and full attention do', () => {
    const sliding = layer.map((kernel) =>
      kernel === attention ? { ...attention, name: 'swa' } : kernel,
    )
    const model = [
      ...before,
      ...Array(4)
        .fill([...sliding, ...layer])
        .flat(2),
      ...after,
    ]
    const { trace, operations } = handMade(sequence(model))
    expect(byLayer(trace, operations).layers).toHaveLength(8)
  })

  it('gives kernels of other streams the layer during which they start', () => {
    const activities = sequence(pass(2))
    const third = activities[2 + 8 + 3]!.at[0]
    const extra: Activity = { at: [third, third + 1], kind: 'collective', stream: 20, name: 'nccl' }
    const { trace, operations } = handMade([...activities, extra])
    expect(byLayer(trace, operations).layerOf.at(-1)).toBe(1)
  })

  it('finds none in a model without attention, whose passes repeat too', () => {
    const loss = { name: 'softmax', does: 'softmax' as const }
    const pass = [
      gemm('conv1'),
      { name: 'relu' },
      gemm('conv2'),
      { name: 'pool' },
      gemm('fc'),
      loss,
    ]
    const { trace, operations } = handMade(sequence([...pass, ...pass, ...pass, ...pass]))
    expect(byLayer(trace, operations).source).toBe('none')
  })

  it('knows attention that is written out, by its softmax between batched products', () => {
    const bmm = { name: 'bmm', family: 'gemm', does: 'bmm' } as const
    const eager = [
      norm,
      gemm('qkv'),
      bmm,
      { name: 'softmax', does: 'softmax' as const },
      { name: 'drop' },
      bmm,
      gemm('out'),
      gemm('down'),
    ]
    const { trace, operations } = handMade(
      sequence([...before, ...Array(4).fill(eager).flat(), ...after]),
    )
    expect(byLayer(trace, operations).layers.map(({ count }) => count)).toEqual([8, 8, 8, 8])
  })

  it('begins a layer at its norm of many small kernels', () => {
    const small = [{ name: 'pow' }, { name: 'mean' }, { name: 'rsqrt' }, { name: 'mul' }]
    const eager = [
      ...small,
      gemm('qkv'),
      attention,
      gemm('out'),
      { name: 'add' },
      ...small,
      gemm('up'),
      gemm('down'),
      { name: 'add' },
    ]
    const { trace, operations } = handMade(
      sequence([...before, ...Array(4).fill(eager).flat(), ...after]),
    )
    const report = byLayer(trace, operations)
    expect(report.layers.map(({ count }) => count)).toEqual(Array(4).fill(eager.length))
    expect(report.layerOf.indexOf(0)).toBe(before.length)
  })

  it('gives a stack that the window cuts off the borders of a whole one', () => {
    const cut = Array(3).fill(layer).flat().slice(3)
    const { trace, operations } = handMade(sequence([...cut, ...after, ...pass(4)]))
    const report = byLayer(trace, operations)
    expect(report.repetition).toMatchObject({ stacks: 2 })
    const first = cut.length + after.length + before.length
    expect([...report.layerOf.subarray(first, first + 10)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
    expect([...report.layerOf.subarray(4, 7)]).toEqual([-1, 0, 0])
  })

  it('says so when it finds none', () => {
    const { trace, operations } = handMade(sequence([{ name: 'a' }, { name: 'b' }, { name: 'c' }]))
    expect(byLayer(trace, operations)).toMatchObject({ source: 'none', layers: [] })
  })
})

describe('steps', () => {
  it('come from ProfilerStep annotations, by the time of launch', () => {
    const { trace, operations } = handMade(
      [{ at: [12, 14], launched: [1, 2] }, { at: [15, 18], launched: [11, 12] }, { at: [40, 41] }],
      {
        annotations: [
          { name: 'ProfilerStep#1', at: [0, 10] },
          { name: 'ProfilerStep#2', at: [10, 20] },
        ],
      },
    )
    const report = steps(trace, operations)
    expect(report.source).toBe('annotations')
    expect([...report.stepOf]).toEqual([0, 1, -1])
    expect(report.steps).toMatchObject([
      { name: 'ProfilerStep#1', startNs: 12_000, durationNs: 2_000, periodNs: 3_000 },
      { name: 'ProfilerStep#2', startNs: 15_000, durationNs: 3_000, periodNs: null },
    ])
  })

  it.each([
    ['execute_32_context_4(sq8)_generation_0(sq0)', 'prefill'],
    ['execute_32_context_0(sq0)_generation_32(sq32)', 'decode'],
    ['execute_8192_context_9(sq8155)_generation_37(sq37)', 'mixed'],
    ['step[EXTEND bs=4]', 'prefill'],
    ['step[DECODE bs=4]', 'decode'],
  ] as const)('read the phase of %s', (name, phase) => {
    const { trace, operations } = handMade([{ at: [1, 2], launched: [0, 1] }], {
      annotations: [{ name, at: [0, 10] }],
    })
    expect(steps(trace, operations).steps).toMatchObject([{ name, phase }])
  })

  it('read the tokens of a step from its label where it says them', () => {
    const { trace, operations } = handMade([{ at: [1, 2], launched: [0, 1] }], {
      annotations: [{ name: 'execute_8192_context_9(sq8155)_generation_37(sq37)', at: [0, 10] }],
    })
    expect(steps(trace, operations).steps).toMatchObject([{ tokens: 8192 }])
  })

  it('prefer labels with a phase to ProfilerStep', () => {
    const { trace, operations } = handMade([{ at: [1, 2], launched: [0, 1] }], {
      annotations: [
        { name: 'ProfilerStep#1', at: [0, 10] },
        { name: 'decode', at: [0, 5] },
      ],
    })
    expect(steps(trace, operations).steps.map(({ name }) => name)).toEqual(['decode'])
  })

  it('are passes through the layers where there are no annotations, cut after sampling', () => {
    const { trace, operations } = handMade(sequence([...pass(3), ...pass(3)]))
    const report = steps(trace, operations)
    expect(report.source).toBe('layers')
    expect(report.steps).toHaveLength(2)
    const size = pass(3).length
    expect(report.stepOf.indexOf(1)).toBe(size)
    expect(report.steps.map(({ breakdown }) => breakdown.count)).toEqual([size, size])
  })

  it('know phase and tokens from attention and the rows of products', () => {
    const m = 512
    const { trace, operations } = handMade(
      sequence(
        pass(2).map((kernel) =>
          kernel.name === 'qkv'
            ? { ...kernel, call: { op: 'matmul', m, n: 8, k: 8, dtype: 'bf16' } }
            : kernel.name === 'flash_fwd'
              ? { ...kernel, name: 'flash_prefill' }
              : kernel,
        ),
      ),
    )
    expect(steps(trace, operations).steps).toMatchObject([{ phase: 'prefill', tokens: m }])
  })
})
