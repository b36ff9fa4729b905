// flowsim models show, as users call it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const folder = testFolder()

async function show(...args: string[]) {
  const { code, out, err } = await flowsim('models', 'show', ...args, '--json')
  expect(err === '' ? code : err).toBe(0)
  return JSON.parse(out) as {
    weightBytes: number
    kvBytesPerToken: number
    image: Record<'width' | 'height' | 'tokens' | 'patches', number> | null
    fit: Record<'roomBytes' | 'kvTokens' | 'maxSequences' | 'maxContext' | 'devices', number> | null
  }
}

describe('flowsim models show', () => {
  it('tells what fits on a device, and nothing of devices that nobody named', async () => {
    const { fit, weightBytes, kvBytesPerToken } = await show(
      ...['llama-3.1-8b', '--hardware', 'h100_sxm', '--context', '4096'],
    )
    // 32 layers of 8 heads of 128, keys and values of two bytes.
    expect(kvBytesPerToken).toBe(131072)
    expect(fit!.maxSequences).toBe(Math.floor(fit!.roomBytes / (131072 * 4096)))
    expect(fit!.kvTokens).toBe(fit!.maxSequences * 4096)
    expect(fit!.maxContext).toBe(131072)
    expect(fit!.roomBytes + weightBytes).toBeLessThan(80 * 2 ** 30 * 0.9)
    expect((await show('llama-3.1-8b')).fit).toBeNull()
  })

  it('counts what a device holds of a divided model', async () => {
    const one = await show('llama-3.3-70b', '--quantization', 'fp8')
    const eight = await show(
      ...['llama-3.3-70b', '--quantization', 'fp8', '--tp', '8', '--hardware', 'h200_sxm'],
    )
    expect(eight.kvBytesPerToken).toBe(one.kvBytesPerToken / 8)
    expect(eight.weightBytes).toBeLessThan(one.weightBytes / 7)
    expect(eight.fit!.devices).toBe(8)
  })

  it('tells the tokens of an image', async () => {
    const { image } = await show('qwen3-vl-8b', '--image', '1280x720')
    expect(image).toEqual({ width: 1280, height: 720, tokens: 880, patches: 4 * 880 })
    expect((await show('qwen3-vl-8b')).image).toBeNull()
    const { out } = await flowsim('models', 'show', 'gemma-4-26b-a4b', '--image', '336x336')
    expect(out).toMatch(/tokens of an image of 336 × 336\s+256\n/)
  })

  it.each([
    [
      'llama-3.1-8b',
      '640x480',
      1,
      'llama-3.1-8b: its configuration has no vision tower, so it takes no images',
    ],
    ['qwen3-vl-8b', '640', 2, 'write it as 1280x720'],
    ['qwen3-vl-8b', '0x480', 2, 'write it as 1280x720'],
  ])('of %s refuses the image %s', async (name, image, expected, message) => {
    const { code, err } = await flowsim('models', 'show', name, '--image', image)
    expect(code).toBe(expected)
    expect(err).toContain(message)
  })

  it('says that a model does not fit', async () => {
    const { code, err } = await flowsim(
      ...['models', 'show', 'deepseek-v3', '--hardware', 'h100_sxm'],
    )
    expect(code).not.toBe(0)
    expect(err).toContain('use more devices or smaller types')
  })

  it('reads an unknown family where it is told to, and notes what the file left out', async () => {
    const path = join(folder, 'config.json')
    writeFileSync(
      path,
      JSON.stringify({
        model_type: 'never-heard-of',
        hidden_size: 1024,
        intermediate_size: 4096,
        num_hidden_layers: 2,
        num_attention_heads: 8,
        vocab_size: 32000,
      }),
    )
    const refused = await flowsim('models', 'show', path)
    expect(refused.code).not.toBe(0)
    expect(refused.err).toContain('never-heard-of')
    const read = await flowsim('models', 'show', path, '--generic')
    expect(read.code).toBe(0)
    expect(read.out).toContain('not stated')
  })
})
