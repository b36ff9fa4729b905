// The layer of an attention kernel, and the window that the model gives it.
import type { KernelEvent, KernelOperation, OpCallOf } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, op, s } from '../../fixtures/hand-made.js'
import { attentionLayers, withWindow } from './layer-windows.js'
import type { ModelShape } from './model-shape.js'

const attention = (window?: number) => ({
  mixer: {
    type: 'attention' as const,
    heads: 8,
    kvHeads: 2,
    headDim: 32,
    ...(window ? { window } : {}),
  },
  ffn: { type: 'none' as const },
})
/** Layers 0 and 2 attend, the first of them to 16 keys; layer 1 keeps no keys. */
const MODEL: ModelShape = {
  hidden: 256,
  dtype: 'bf16',
  layerKinds: [attention(16), { mixer: { type: 'linear' }, ffn: { type: 'none' } }, attention()],
  layers: [0, 1, 2],
}
const CALL: OpCallOf<'attention'> = {
  op: 'attention',
  phase: 'prefill',
  batch: 1,
  queryLen: 100,
  kvLen: 100,
  heads: 8,
  kvHeads: 2,
  headDim: 32,
  causal: true,
  pairs: 5050,
  dtype: 'bf16',
}
const own = (more: Partial<KernelOperation> = {}): KernelOperation => ({
  op: 'attention',
  family: 'attention',
  tensors: [],
  rule: 'r',
  call: CALL,
  ...more,
})
const layersOf = (kernels: KernelEvent[], operations = kernels.map(() => own()), model = MODEL) =>
  Object.fromEntries(attentionLayers(kernels, operations, model))
const named = (more: Partial<KernelEvent>) => kernel('k', undefined, more)

describe('the layer of attention', () => {
  it('is counted among those that attend, where the trace holds whole steps', () => {
    const k = kernel('k')
    expect(layersOf([k, k, k, k])).toEqual({ 0: 0, 1: 2, 2: 0, 3: 2 })
    expect(layersOf([k, k, k])).toEqual({})
    const helper = own({ auxiliary: true })
    const product = own({ op: 'matmul' })
    expect(layersOf([k, k, k, k], [helper, own(), product, own()])).toEqual({ 1: 0, 3: 2 })
    expect(layersOf([k], [own()], { ...MODEL, layers: [1] })).toEqual({})
  })

  it('is what a name says, the innermost one, and an argument before all', () => {
    const scalar = kernel('k', op('attend', s('model.layers.2.attn')), { scopes: ['layer_0'] })
    expect(layersOf([scalar])).toEqual({ 0: 2 })
    expect(layersOf([named({ modules: ['layers.0', 'layers.2'], scopes: ['layers.0'] })])).toEqual({
      0: 2,
    })
    expect(layersOf([named({ scopes: ['layers.0', 'LlamaDecoderLayer_2', 'attn'] })])).toEqual({
      0: 2,
    })
    expect(layersOf([named({ scopes: ['layers.3'] })])).toEqual({})
    expect(layersOf([named({ scopes: ['players.2', 'layers.2x'] })])).toEqual({})
  })
})

describe('the window of a layer', () => {
  it('goes into the call, in place of sums over the sequences', () => {
    const { pairs: _, ...rest } = CALL
    expect(withWindow(own({ missing: 'guessed' }), MODEL, 0)).toMatchObject({
      call: { ...rest, window: 16 },
      missing: "guessed; window of its layer from the model's configuration",
    })
    expect(withWindow(own(), MODEL, 0).call).not.toHaveProperty('pairs')
    expect(withWindow(own(), MODEL, 0).missing).toBe(
      "window of its layer from the model's configuration",
    )
  })

  it('changes nothing where there is none, where it is recorded, or where all keys fit', () => {
    for (const operation of [
      own({ call: { ...CALL, window: 8 } }),
      own({ call: { ...CALL, kvLen: 16 } }),
      own({ call: { op: 'fill', elements: 4, dtype: 'bf16' } }),
    ]) {
      expect(withWindow(operation, MODEL, 0)).toBe(operation)
    }
    expect(withWindow(own({ call: { ...CALL, kvLen: 17 } }), MODEL, 0).call).toMatchObject({
      window: 16,
    })
    const same = own()
    expect(withWindow(same, MODEL, 1)).toBe(same)
    expect(withWindow(same, MODEL, 2)).toBe(same)
  })
})
