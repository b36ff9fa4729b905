import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { bytesOf, inChunks, kernel, traceText } from '../testing/make-trace.js'
import { LAUNCHED, parseMade, refusal, TRICKY } from '../testing/samples.js'

describe('packed text', () => {
  it('gzip of one member and of several, zip, and zip with gzip in it', async () => {
    const expected = (await parseMade(traceText(TRICKY))).kernels
    const text = bytesOf(traceText(TRICKY))
    const half = Math.floor(text.length / 2)
    const members = [gzipSync(text.subarray(0, half)), gzipSync(text.subarray(half))]
    const packed = [
      gzipSync(text),
      new Uint8Array(Buffer.concat(members)),
      zipSync({ 'a/readme.txt': bytesOf('x'), 'a/x.json': text }),
      zipSync({ 'x.json.gz': gzipSync(text) }),
    ]
    for (const data of packed) {
      for (const input of [
        data,
        inChunks(data, [1000]),
        new Blob([data as Uint8Array<ArrayBuffer>]),
      ]) {
        expect((await parseTrace(input)).kernels).toEqual(expected)
      }
    }
  })
})

describe('zstd', () => {
  // Made with `zstd -c`: two frames one after the other, a kernel in each.
  const data = readFileSync(new URL('../../fixtures/two-frames.json.zst', import.meta.url))

  it('of several frames, in chunks of any size', async () => {
    for (const input of [[data], inChunks(data, [7]), inChunks(data, [100, 1])]) {
      const { kernels } = await parseTrace(input)
      expect(kernels.map(({ name, startNs }) => [name, startNs])).toEqual([
        ['first', 0],
        ['second', 3000],
      ])
    }
  })

  it('that is cut off; salvage keeps what is complete', async () => {
    const cut = [data.subarray(0, data.length - 20)]
    expect((await refusal(() => parseTrace(cut))).code).toBe('truncated')
    const { kernels } = await parseTrace(cut, { salvage: true })
    expect(kernels.map(({ name }) => name)).toEqual(['first'])
  })

  it('that is damaged', async () => {
    const damaged = Uint8Array.from(data)
    damaged.fill(0xff, 4, 30)
    expect((await refusal(() => parseTrace([damaged]))).code).toBe('corrupt')
  })
})

describe('input that is refused', () => {
  it.each([
    ['empty', '', 'empty'],
    ['only white space', ' \n ', 'empty'],
    ['no JSON', 'PK hello', 'not_a_trace'],
    ['another JSON', '{"a": {"traceEvents": []}}', 'not_a_trace'],
    ['a JSON value', '42', 'not_a_trace'],
  ])('%s', async (_, text, code) => {
    const error = await refusal(() => parseMade(text))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^t\.json: .*[^\n]$/)
  })

  const text = traceText(LAUNCHED)

  it('text that is cut off, with the byte; salvage keeps what is complete', async () => {
    const cut = text.slice(0, text.indexOf('"gemm"'))
    const error = await refusal(() => parseMade(cut))
    expect(error).toMatchObject({ code: 'truncated', at: { byte: cut.length } })
    const salvaged = await parseMade(`${text.slice(0, text.lastIndexOf('}', text.length - 3))}`, {
      salvage: true,
    })
    expect(salvaged.repairs).toMatchObject([
      { kind: 'truncated_file' },
      { kind: 'launch_without_kernel', count: 1, of: 1 },
    ])
  })

  it('gzip that is cut off; salvage keeps what is complete', async () => {
    const many = traceText(Array.from({ length: 5000 }, (_, i) => kernel(`k${i * 7919}`, i, 1)))
    const packed = gzipSync(many)
    const cut = packed.subarray(0, packed.length / 2)
    for (const input of [cut, inChunks(cut, [1000])]) {
      const error = await refusal(() => parseTrace(input, { source: 't.json.gz' }))
      expect(error.code).toBe('truncated')
      expect(error.message).toContain('t.json.gz: the gzip data ends in the middle')
    }
    for (const input of [cut, inChunks(cut, [1000])]) {
      const { kernels } = await parseTrace(input, { salvage: true })
      expect(kernels.length).toBeGreaterThan(1000)
      expect(kernels.length).toBeLessThan(5000)
    }
  })

  it('gzip that is damaged', async () => {
    const packed = gzipSync(
      traceText(Array.from({ length: 5000 }, (_, i) => kernel(`k${i}`, i, 1))),
    )
    packed.fill(0xff, packed.length / 2, packed.length / 2 + 40)
    for (const input of [packed, inChunks(packed, [1000])]) {
      expect((await refusal(() => parseTrace(input))).code).toBe('corrupt')
    }
  })

  it('a zip without a trace, and one with two', async () => {
    const none = zipSync({ 'a.txt': bytesOf('x') })
    const two = zipSync({ 'a.json': bytesOf('[]'), 'b.json': bytesOf('[]') })
    expect((await refusal(() => parseTrace(none))).code).toBe('not_a_trace')
    expect((await refusal(() => parseTrace(two))).code).toBe('unsupported_format')
  })

  it('a parse that is aborted', async () => {
    const controller = new AbortController()
    const chunks = (function* () {
      yield bytesOf(text.slice(0, 50))
      controller.abort()
      yield bytesOf(text.slice(50))
    })()
    const error = await refusal(() => parseTrace(chunks, { signal: controller.signal }))
    expect(error.code).toBe('aborted')
  })
})
