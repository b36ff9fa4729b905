// What is packed says what it must come to: gzip and zip a CRC-32, zstd the XXH64 of its content, tar the
// checksum of its headers.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, crc32 as platformCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { afterAll, describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { TraceParseError } from '../errors.js'
import { parseFile } from '../parse-file.js'
import { parseTrace } from '../parse-trace.js'
import { tarOf } from '../testing/archives.js'
import { bytesOf, inChunks, kernel, traceText } from '../testing/make-trace.js'
import { refusal } from '../testing/samples.js'
import { crc32 } from './crc32.js'

const text = bytesOf(traceText([kernel('first', 1, 1), kernel('second', 4, 2)], {}, 'minified'))
const zstd = readFileSync(new URL('../../fixtures/two-frames.json.zst', import.meta.url))
const PACKED: [string, Uint8Array][] = [
  ['gzip', gzipSync(text)],
  [
    'gzip of several members',
    Buffer.concat([gzipSync(text.subarray(0, 90)), gzipSync(text.subarray(90))]),
  ],
  ['zip, deflated', zipSync({ 'x.json': text })],
  ['zip, stored', zipSync({ 'x.json': text }, { level: 0 })],
  ['zstd', zstd],
  ['tar.gz', gzipSync(tarOf({ 'a/x.json': text }))],
]

const folder = mkdtempSync(join(tmpdir(), 'flowsim-checks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(PACKED)('%s', (_, whole) => {
  it('with any bit turned is refused, or gives what it would have given', async () => {
    const expected = (await parseTrace(whole)).kernels
    expect(expected.length).toBe(2)
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const bytes = Uint8Array.from(whole)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      try {
        expect((await parseTrace([bytes])).kernels, `bit ${bit}`).toEqual(expected)
      } catch (error) {
        if (!(error instanceof TraceParseError)) throw error
        expect(error.message).toMatch(/^trace: [^\n]+$/)
      }
    }
  })

  it('with any bit turned and salvage counts what it gives otherwise', async () => {
    const expected = (await parseTrace(whole)).kernels
    for (let bit = 0; bit < 8 * whole.length; bit += 3) {
      const bytes = Uint8Array.from(whole)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      try {
        const { kernels, repairs } = await parseTrace([bytes], { salvage: true })
        if (JSON.stringify(kernels) !== JSON.stringify(expected)) {
          expect(repairs, `bit ${bit}`).not.toEqual([])
        }
      } catch (error) {
        if (!(error instanceof TraceParseError)) throw error
      }
    }
  })

  it('is read the same in chunks of any size, in memory and from a file', async () => {
    const expected = (await parseTrace(whole)).kernels
    for (const size of [1, 7, 511, 512, 513]) {
      expect((await parseTrace(inChunks(whole, [size]))).kernels).toEqual(expected)
    }
    const path = join(folder, 'packed')
    writeFileSync(path, whole)
    expect((await parseFile(path)).kernels).toEqual(expected)
    expect((await parseFile(path, { salvage: true })).kernels).toEqual(expected)
  })
})

it('a gzip member that ends where a chunk ends is not the last one', async () => {
  const members = [gzipSync(text.subarray(0, 90)), gzipSync(text.subarray(90))]
  expect((await parseTrace(members)).kernels).toHaveLength(2)
})

it('bytes behind gzip data are refused, or counted with salvage; zeros are padding', async () => {
  const packed = gzipSync(text)
  const followed = Buffer.concat([packed, bytesOf('more')])
  for (const input of [followed, inChunks(followed, [50])]) {
    expect((await refusal(() => parseTrace(input))).code).toBe('corrupt')
  }
  const { kernels, repairs } = await parseTrace(followed, { salvage: true })
  expect(kernels).toHaveLength(2)
  expect(repairs).toMatchObject([{ count: 1 }])
  const padded = Buffer.concat([packed, new Uint8Array(1000)])
  expect((await parseTrace(inChunks(padded, [50]))).repairs).toEqual([])
})

it('an encrypted zip is named as such', async () => {
  const bytes = Uint8Array.from(zipSync({ 'x.json': text }))
  bytes[6]! |= 1
  const error = await refusal(() => parseTrace(bytes))
  expect(error.code).toBe('unsupported_format')
  expect(error.message).toContain('x.json is encrypted; unzip it with its password')
})

it('a tar holds one trace among other files; several are named', async () => {
  const one = tarOf({ 'logs/run.log': bytesOf('x'), 'logs/rank0.json.gz': gzipSync(text) })
  expect((await parseTrace(one)).kernels).toHaveLength(2)
  const two = tarOf({ 'a.json': text, 'b.json': text })
  expect((await refusal(() => parseTrace(two))).message).toContain('several traces (a.json, b.json')
})

it('the CRC-32 is that of zlib, in pieces too', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(crc32(b, crc32(a))).toBe(platformCrc32(Buffer.concat([a, b])))
    }),
  )
})

describeWithCorpus('archives of which one bit is wrong', () => {
  it.each(['crc-stored.zip', 'zq1.zip'])(
    '%s is refused; salvage reads and counts it',
    async (name) => {
      const path = corpus(`cases/files/${name}`)
      expect(await refusal(() => parseFile(path))).toMatchObject({ code: 'corrupt' })
      const { kernels, repairs } = await parseFile(path, { salvage: true })
      expect(kernels.length).toBeGreaterThan(0)
      expect(repairs.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(0)
    },
  )
})
