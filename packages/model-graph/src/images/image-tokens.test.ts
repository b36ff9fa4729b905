import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readModel } from '../config/read-model.js'
import type { Tower } from '../model.js'
import { imageTokens } from './image-tokens.js'

/** The tower of a kind, with the defaults of its class. */
function towerOf(type: string, fields: object = {}): Tower {
  const model = readModel(
    {
      model_type: 'llama',
      hidden_size: 512,
      intermediate_size: 1024,
      num_hidden_layers: 2,
      num_attention_heads: 8,
      vocab_size: 1000,
      vision_config: { model_type: type, ...fields },
    },
    { source: 'config.json' },
  )
  return model.towers![0]!
}

const SIZES = [
  [1280, 720],
  [1024, 1024],
  [640, 480],
  [4000, 3000],
  [100, 60],
  [333, 1001],
  [5000, 200],
  [42, 70],
  [3024, 4032],
] as const

/** What the published processors themselves make of these sizes, run for each. */
const PUBLISHED: [string, Tower, number[]][] = [
  ['Qwen2.5-VL', towerOf('qwen2_5_vl'), [1196, 1369, 391, 15301, 8, 432, 1253, 4, 15552]],
  ['Qwen3-VL', towerOf('qwen3_vl'), [880, 1024, 300, 11750, 77, 310, 936, 77, 11844]],
  ['GLM-4.1V', towerOf('glm4v'), [1196, 1369, 391, 7500, 8, 432, 1253, 12, 7500]],
  ['Gemma 4', towerOf('gemma4_vision'), [264, 256, 266, 266, 252, 261, 249, 252, 266]],
  ['Kimi K2.5', towerOf('kimi_k25'), [1196, 1369, 414, 4200, 12, 432, 1432, 6, 4144]],
  [
    'Kimi K3',
    towerOf('kimi_k3', { qkv_hidden_size: 1536 }),
    [1196, 1369, 414, 15444, 12, 432, 1432, 6, 15552],
  ],
  ['Mistral 3', towerOf('pixtral'), [1196, 1369, 414, 2310, 12, 432, 165, 6, 2310]],
  ['InternVL', towerOf('intern_vit'), [2304, 2560, 3328, 3328, 1792, 1024, 3328, 1792, 3328]],
  ['Llama 4', towerOf('llama4_vision'), [1872, 2448, 720, 1872, 144, 576, 2304, 144, 1872]],
]

describe('tokens of an image', () => {
  it.each(PUBLISHED)('%s takes as many as its published processor gives', (_, tower, tokens) => {
    const counted = SIZES.map(([width, height]) => imageTokens(tower, { width, height })!.tokens)
    expect(counted).toEqual(tokens)
  })

  it('are 256 of 4096 patches in Gemma 3, whatever the size', () => {
    const tower = towerOf('siglip_vision_model', { image_size: 896 })
    for (const [width, height] of SIZES) {
      expect(imageTokens(tower, { width, height })).toEqual({ tokens: 256, patches: 4096 })
    }
  })

  it('are patches that are merged', () => {
    expect(imageTokens(towerOf('qwen3_vl'), { width: 640, height: 480 })).toEqual({
      tokens: 300,
      patches: 1200,
    })
    expect(imageTokens(towerOf('llama4_vision'), { width: 336, height: 336 })).toEqual({
      tokens: 144,
      patches: 576,
    })
  })

  it('are unknown where it is not known how images are sized', () => {
    for (const type of ['minimax_m3_vl', 'gemma3n_vision']) {
      expect(imageTokens(towerOf(type), { width: 100, height: 100 })).toBeNull()
    }
  })

  it('stay within the limits of the processor', () => {
    const length = fc.integer({ min: 28, max: 6000 })
    const limits: [Tower, number, number][] = [
      [towerOf('qwen3_vl'), 1, 16_384],
      [towerOf('gemma4_vision'), 1, 280],
      [towerOf('kimi_k25'), 1, 4096 * 1.1],
      [towerOf('pixtral'), 1, 55 * 55],
      [towerOf('intern_vit'), 256, 13 * 256],
      [towerOf('llama4_vision'), 144, 17 * 144],
    ]
    fc.assert(
      fc.property(length, length, (width, height) => {
        for (const [tower, least, most] of limits) {
          const { tokens, patches } = imageTokens(tower, { width, height })!
          expect(tokens).toBeGreaterThanOrEqual(least)
          expect(tokens).toBeLessThanOrEqual(most)
          expect(patches).toBeGreaterThanOrEqual(tokens)
        }
      }),
    )
  })

  it.each([0, -1, 1.5, Number.NaN])('of a width of %d are refused', (width) => {
    expect(() => imageTokens(towerOf('qwen3_vl'), { width, height: 10 })).toThrow(
      expect.objectContaining({ code: 'invalid_option', at: { path: 'width' } }),
    )
  })
})
