import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { visible } from './visible.js'

const HOSTILE = 'a\u001b]0;title\u0007b\u202ec\u2066d\u009b31m\u007f'

describe('text from files', () => {
  it('reaches a terminal without escapes and direction controls', () => {
    expect(visible(HOSTILE)).toBe('a\\u001b]0;title\\u0007b\\u202ec\\u2066d\\u009b31m\\u007f')
  })

  it('keeps tabs, line feeds and letters of every language', () => {
    const text = 'gemm\tµs\n日本語 العربية 😀'
    expect(visible(text)).toBe(text)
  })

  it('holds nothing that a terminal obeys, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(visible(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
      }),
    )
  })
})
