// flowsim models show, as users call it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'
import { testHub } from '../../testing/hub.js'

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
      ...['llama-3.1-8b', '--hardware', 'h100_sxm', '--context-length', '4096'],
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
    const { image } = await show('qwen3-vl-8b', '--image-size', '1280x720')
    expect(image).toEqual({ width: 1280, height: 720, tokens: 880, patches: 4 * 880 })
    expect((await show('qwen3-vl-8b')).image).toBeNull()
    const { out } = await flowsim('models', 'show', 'gemma-4-26b-a4b', '--image-size', '336x336')
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
    const { code, err } = await flowsim('models', 'show', name, '--image-size', image)
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

describe('flowsim models show, by whatever names the model', () => {
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 1024,
    intermediate_size: 4096,
    num_hidden_layers: 2,
    num_attention_heads: 8,
    num_key_value_heads: 2,
    vocab_size: 32000,
    max_position_embeddings: 4096,
    torch_dtype: 'bfloat16',
  }
  const hub = testHub(folder, (_, name) =>
    name === 'config.json' ? JSON.stringify(config) : undefined,
  )
  /** Keys and values of two layers of two heads of 128, two bytes each. */
  const KV_BYTES = 2 * 2 * 2 * 128 * 2

  it('answers for a name, a file, a folder, and a repository of a hub with or without a revision', async () => {
    const checkpoint = join(folder, 'checkpoint')
    mkdirSync(checkpoint)
    const file = join(checkpoint, 'config.json')
    writeFileSync(file, JSON.stringify(config))
    for (const name of [file, checkpoint, 'org/name', 'org/name@v1']) {
      expect((await show(name)).kvBytesPerToken).toBe(KV_BYTES)
    }
    expect((await show('llama-3.1-8b')).kvBytesPerToken).toBe(131072)
    expect(hub.asked).toContain('/api/models/org/name/revision/v1')
  })

  it('tells the same of what a file lacks architectures as of one that has them', async () => {
    const { architectures: _, ...trimmed } = config
    const whole = await show('org/name')
    hub.file = (_, name) => (name === 'config.json' ? JSON.stringify(trimmed) : undefined)
    expect((await show('org/trimmed')).weightBytes).toBe(whole.weightBytes)
  })

  it('takes what is kept offline, and while the hub does not answer', async () => {
    await show('org/name')
    hub.asked.length = 0
    expect((await show('org/name', '--offline')).kvBytesPerToken).toBe(KV_BYTES)
    expect(hub.asked).toEqual([])
    await hub.stop()
    expect((await show('org/name')).kvBytesPerToken).toBe(KV_BYTES)
  })

  const fault = async (...args: string[]) => {
    const { code, out, err } = await flowsim('models', 'show', ...args)
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err.trim().split('\n')).toHaveLength(1)
    return err
  }

  it.each([
    [401, /^flowsim: org\/name: http:\S+ refuses it \(401\); .* set HF_TOKEN/],
    [403, /^flowsim: org\/name: http:\S+ refuses it \(403\); /],
    [404, /^flowsim: org\/name: http:\S+ has no such repository; check the name/],
    [429, /^flowsim: org\/name: http:\S+ answers with status 429; /],
    [503, /^flowsim: org\/name: http:\S+ answers with status 503; /],
  ])('tells an answer of %i in one line', async (status, line) => {
    hub.status = status
    expect(await fault('org/name')).toMatch(line)
  })

  it('tells in one line that a page of a proxy is not a hub', async () => {
    hub.page = '<html>Sign in</html>'
    expect(await fault('org/name')).toMatch(/answers with what is not JSON; check that it is a hub/)
  })

  it('tells in one line that there is no network', async () => {
    await hub.stop()
    expect(await fault('org/name')).toMatch(/^flowsim: org\/name: http:\S+ cannot be reached: /)
  })

  it('tells in one line that nothing is kept offline', async () => {
    expect(await fault('org/name', '--offline')).toMatch(/^flowsim: org\/name: is not in the cache/)
    expect(hub.asked).toEqual([])
  })

  it.each([
    ['not JSON', '{ "model_type": "llama", ', /^flowsim: org\/name: is not JSON/],
    ['a list', '[1, 2]', /^flowsim: org\/name: /],
    ['of another kind', '{ "model_type": "never" }', /^flowsim: org\/name: .*"never" is not known/],
    [
      'wrong in a field',
      JSON.stringify({ ...config, hidden_size: 'many' }),
      /^flowsim: org\/name: hidden_size: /,
    ],
  ])('tells in one line that a configuration is %s', async (_, text, line) => {
    hub.file = (_repository, name) => (name === 'config.json' ? text : undefined)
    expect(await fault('org/name')).toMatch(line)
  })

  it('tells in one line that a repository holds no model', async () => {
    hub.file = () => undefined
    expect(await fault('org/name')).toMatch(
      /^flowsim: org\/name: the repository holds no config\.json/,
    )
  })
})
