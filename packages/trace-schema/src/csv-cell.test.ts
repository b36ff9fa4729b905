import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainCell, protectText, unprotectText } from './csv-cell.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

const STARTS = [
  '',
  '=',
  "'=",
  "'",
  '-',
  '"',
  '\u001b',
  '\r=',
  '\\u001b',
  '\\u005cu001b',
  '\\\\u0007',
]

describe('a cell that holds text from a file', () => {
  it.each(['=1+1', '+A1', '-2+3', '@SUM(A1)', '\t=1', "'=1", '=HYPERLINK("x")'])(
    '%j is not a formula',
    (text) => {
      expect(protectText(text)).not.toMatch(/^[=+\-@\t\r]/)
    },
  )

  it.each(['gemm', "'quoted'", 'a=b', '-2', '+1.5e-3', '', 'ünïcode'])(
    '%j stays as it is',
    (text) => {
      expect(protectText(text)).toBe(text)
    },
  )

  it('holds no control character, whatever the text was', () => {
    expect(protectText('a\u001b[2J\rb\0')).toBe('a\\u001b[2J\\u000db\\u0000')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(protectText(text)).not.toMatch(UNSAFE)
      }),
    )
  })

  it('is read back as the same text, whatever it was', () => {
    const cellText = (cell: string) =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...STARTS), (text, start) => {
        const whole = start + text
        expect(unprotectText(cellText(plainCell(protectText(whole))))).toBe(whole)
        expect(cellText(plainCell(whole))).toBe(whole)
      }),
    )
  })
})
