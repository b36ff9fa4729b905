import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SseReader } from './sse.js'

function events(...chunks: (string | Buffer)[]): string[] {
  const found: string[] = []
  const reader = new SseReader((data) => found.push(data))
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  return found
}

describe('SseReader', () => {
  it('gives the data of each event', () => {
    expect(events('data: {"a":1}\n\ndata:x\n\ndata: [DONE]\n\n')).toEqual([
      '{"a":1}',
      'x',
      '[DONE]',
    ])
  })

  it('reads CRLF, joins data lines, skips comments and other fields', () => {
    expect(events(': ping\r\n\r\nevent: m\r\nid: 1\r\ndata: a\r\ndata: b\r\n\r\n')).toEqual([
      'a\nb',
    ])
  })

  it('gives nothing for an event that has not ended', () => {
    expect(events('data: half')).toEqual([])
  })

  it('does not depend on how the bytes are cut', () => {
    const text = 'data: é 漢字 😀\n\n: c\n\ndata: {"x":"y"}\r\n\r\ndata: [DONE]\n\n'
    const bytes = Buffer.from(text)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        expect(events(...chunks)).toEqual(events(text))
      }),
    )
  })
})
