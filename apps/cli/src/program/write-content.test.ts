import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testFolder } from '../testing/folder.js'
import { type Content, writeContent, writeGzip } from './write-content.js'

const folder = testFolder()

const WAYS = [
  { name: 'as it is', write: writeContent, read: (path: string) => readFileSync(path, 'utf8') },
  {
    name: 'packed',
    write: writeGzip,
    read: (path: string) => gunzipSync(readFileSync(path)).toString(),
  },
]

describe.each(WAYS)('a file written $name', ({ write, read }) => {
  const written = async (content: Content) => {
    const path = join(folder, 'file')
    await write(path, content)
    return read(path)
  }

  it('holds a text, bytes and lines', async () => {
    expect(await written('é\n')).toBe('é\n')
    expect(await written(Buffer.from('é\n'))).toBe('é\n')
    expect(await written([])).toBe('')
  })

  it('holds lines of any length in order, at hand or not', async () => {
    const line = fc
      .tuple(fc.constantFrom('a', 'é', '€', '😀'), fc.constantFrom(0, 1, 1000, 70_000, 300_000))
      .map(([text, times]) => `${text.repeat(times)}\n`)
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        expect((await written(lines)) === lines.join('')).toBe(true)
        const later = (async function* () {
          yield* lines
        })()
        expect((await written(later)) === lines.join('')).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it('fails with what its lines throw', async () => {
    const lines = (function* () {
      yield 'a'.repeat(2_000_000)
      throw new Error('no more')
    })()
    await expect(written(lines)).rejects.toThrow('no more')
  })

  it('fails where it cannot be written', async () => {
    const path = join(folder, 'none', 'file')
    await expect(write(path, ['a'])).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(write(path, Array(50).fill('a'.repeat(100_000)))).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
