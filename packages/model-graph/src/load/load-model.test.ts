import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { memoryUse } from '../memory.js'
import { loadModel } from './load-model.js'

const LLAMA = {
  model_type: 'llama',
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 1000,
  max_position_embeddings: 4096,
  torch_dtype: 'bfloat16',
}
const FP8 = {
  producer: { name: 'modelopt' },
  quantization: { quant_algo: 'FP8', kv_cache_quant_algo: 'FP8', exclude_modules: ['lm_head'] },
}

/** A safetensors file whose tensors have the given shapes, in bf16, without the weights themselves. */
function safetensors(shapes: Record<string, number[]>): Buffer {
  let end = 0
  const header = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const begin = end
      end += 2 * shape.reduce((product, n) => product * n, 1)
      return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }]
    }),
  )
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text])
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-load-'))
  vi.stubEnv('HF_HUB_OFFLINE', '')
  vi.stubEnv('HF_TOKEN', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})
const write = (name: string, content: unknown) => {
  const path = join(folder, name)
  writeFileSync(path, Buffer.isBuffer(content) ? content : JSON.stringify(content))
  return path
}

describe('loadModel', () => {
  it('takes the name of a built-in model, with its owner or without', async () => {
    expect((await loadModel('llama-3.1-8b')).name).toBe('llama-3.1-8b')
    expect((await loadModel('meta-llama/Llama-3.1-8B-Instruct')).name).toBe('llama-3.1-8b')
    await expect(loadModel('llama-9')).rejects.toMatchObject({ code: 'unknown_model' })
  })

  it('reads a file', async () => {
    expect((await loadModel(write('mine.json', LLAMA))).hidden).toBe(64)
    await expect(loadModel(join(folder, 'no.json'))).rejects.toMatchObject({ code: 'unreadable' })
    writeFileSync(join(folder, 'bad.json'), '{')
    await expect(loadModel(join(folder, 'bad.json'))).rejects.toThrow(/bad\.json: is not JSON/)
  })

  it('reads a folder: its quantisation, and the true size of its files', async () => {
    write('config.json', { ...LLAMA, vocab_size: undefined })
    write('hf_quant_config.json', FP8)
    const table = { 'model.embed_tokens.weight': [1234, 64] }
    write('model.safetensors', safetensors({ ...table, 'lm_head.weight': [1234, 64] }))
    const model = await loadModel(folder)
    expect(model.vocab).toBe(1234)
    expect(model.assumed.join()).toContain('vocab_size is 1234')
    expect(model.quantization).toMatchObject({ parts: { mlp: 'fp8' }, kv: 'fp8_e4m3' })
    expect(model.checkpointBytes).toBe(2 * 2 * 1234 * 64)
    // Files beside it count for a config.json by its own name as well.
    const file = await loadModel(join(folder, 'config.json'))
    expect(file.quantization).toEqual(model.quantization)
  })

  it('shows half of the weights where they are FP8', async () => {
    write('config.json', LLAMA)
    const plain = memoryUse(await loadModel(folder)).weightBytes
    write('hf_quant_config.json', FP8)
    const layers = 2 * (64 * 64 * 2 + 2 * 64 * 32 + 3 * 64 * 128)
    expect(plain - memoryUse(await loadModel(folder)).weightBytes).toBe(layers)
  })

  it('takes the size from the index where the files are elsewhere', async () => {
    write('config.json', LLAMA)
    const weight_map = { a: 'model-00001-of-00002.safetensors' }
    write('model.safetensors.index.json', { metadata: { total_size: 777 }, weight_map })
    expect((await loadModel(folder)).checkpointBytes).toBe(777)
    write('model-00001-of-00002.safetensors', safetensors({ a: [3, 5] }))
    expect((await loadModel(folder)).checkpointBytes).toBe(30)
  })

  it('says what is wrong with a folder', async () => {
    await expect(loadModel(folder)).rejects.toThrow(/holds no config\.json/)
    write('config.json', LLAMA)
    write('model.safetensors', Buffer.from([1, 2, 3]))
    await expect(loadModel(folder)).rejects.toThrow(/model\.safetensors: does not begin/)
  })
})

describe('repositories', () => {
  const SHA = 'a'.repeat(40)
  let server: Server
  let endpoint: string
  let requests: string[]
  let files: Record<string, Buffer | object>
  let status: number

  beforeEach(async () => {
    requests = []
    status = 200
    files = { 'config.json': LLAMA, 'hf_quant_config.json': FP8 }
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://hub')
      requests.push(`${request.method} ${pathname} ${request.headers.authorization ?? ''}`.trim())
      if (status !== 200) return response.writeHead(status).end()
      if (pathname.startsWith('/api/models/org/name/revision/')) {
        response.setHeader('content-type', 'application/json')
        return response.end(
          JSON.stringify({ id: 'org/name', sha: SHA, lastModified: '2026-01-01' }),
        )
      }
      const name = /\/org\/name\/resolve\/[^/]+\/(.+)$/.exec(pathname)?.[1]
      const found = name === undefined ? undefined : files[name]
      if (found === undefined) {
        return response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end()
      }
      const whole = Buffer.isBuffer(found) ? found : Buffer.from(JSON.stringify(found))
      const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')
      response.setHeader('etag', '"1"')
      if (range === null) return response.end(whole)
      const part = whole.subarray(Number(range[1]), Number(range[2]) + 1)
      response.setHeader('content-range', `bytes ${range[1]}-${range[2]}/${whole.length}`)
      return response.writeHead(206).end(part)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => new Promise<void>((done) => server.close(() => done())))

  /** An address where nothing listens. */
  async function closedEndpoint(): Promise<string> {
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as AddressInfo
    await new Promise<void>((done) => other.close(() => done()))
    return `http://127.0.0.1:${port}`
  }

  const load = (name: string, options = {}) =>
    loadModel(name, { endpoint, cacheFolder: join(folder, 'cache'), ...options })

  it('are read by their name: configuration, quantisation, header; never weights', async () => {
    files['model.safetensors'] = Buffer.concat([safetensors({ a: [9, 9] }), Buffer.alloc(4096)])
    const model = await load('org/name', { token: 'hf_secret' })
    expect(model).toMatchObject({ name: 'org/name', hidden: 64, checkpointBytes: 162 })
    expect(model.quantization?.kv).toBe('fp8_e4m3')
    expect(requests.every((request) => request.endsWith('Bearer hf_secret'))).toBe(true)
    expect(requests.some((request) => request.includes(`resolve/${SHA}/config.json`))).toBe(true)
  })

  it('are kept: again, only the revision is asked for, and nothing offline', async () => {
    await load('org/name')
    requests.length = 0
    await load('org/name')
    expect(requests).toEqual([`GET /api/models/org/name/revision/main`])
    requests.length = 0
    expect((await load('org/name', { offline: true })).hidden).toBe(64)
    expect(requests).toEqual([])
    await expect(load('org/other', { offline: true })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^org\/other: is not in the cache, and --offline/),
    })
  })

  it('are asked at a revision', async () => {
    await load('org/name@v1.0')
    expect(requests[0]).toBe('GET /api/models/org/name/revision/v1.0')
  })

  it('of ModelScope have their own addresses', async () => {
    await load('modelscope:org/name', { token: 't' })
    expect(requests[0]).toBe('GET /models/org/name/resolve/master/config.json Bearer t')
    files['config.json'] = { ...LLAMA, hidden_size: 128 }
    // Its branches move, so that it is asked again.
    expect((await load('modelscope:org/name')).hidden).toBe(128)
    expect((await load('modelscope:org/name', { offline: true })).hidden).toBe(128)
  })

  it.each([
    [401, 'forbidden', /^org\/name: http:\S+ refuses it \(401\); .* set HF_TOKEN/],
    [404, 'not_found', /^org\/name: http:\S+ has no such repository; check the name/],
    [500, 'unreachable', /^org\/name: http:\S+ answers with status 500; try again later/],
  ])('that answer %i are told in one line', async (code, kind, line) => {
    status = code
    await expect(load('org/name')).rejects.toMatchObject({
      code: kind,
      message: expect.stringMatching(line),
    })
  })

  it('without a network are told in one line; a kept copy or a built-in model serves', async () => {
    await load('org/name')
    const closed = { endpoint: await closedEndpoint() }
    await expect(load('org/name', closed)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/cannot be reached: ECONNREFUSED; check the network/),
    })
    status = 503
    expect((await load('org/name')).hidden).toBe(64)
    const model = await load('nvidia/DeepSeek-R1-NVFP4', closed)
    expect(model.quantization?.parts.experts).toBe('nvfp4')
    expect(model.assumed.join()).toContain('could not be fetched')
  })

  it('with malformed files name them', async () => {
    files['config.json'] = Buffer.from('<html>')
    await expect(load('org/name')).rejects.toThrow(/^org\/name: is not JSON/)
    files['config.json'] = LLAMA
    files['model.safetensors'] = Buffer.alloc(64, 255)
    const other = { cacheFolder: join(folder, 'other') }
    await expect(load('org/name', other)).rejects.toThrow(/model\.safetensors: does not begin/)
    await expect(load('org/name', { token: 'mine' })).rejects.toThrow(/^HF_TOKEN: /)
  })
})
