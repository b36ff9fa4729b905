import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainCell, protectText, unprotectText } from './csv-cell.js'

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

  it('is read back as the same text, whatever it was', () => {
    const cellText = (cell: string) =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('', '=', "'=", "'", '-', '"'), (text, start) => {
        const whole = start + text
        expect(unprotectText(cellText(plainCell(protectText(whole))))).toBe(whole)
        expect(cellText(plainCell(whole))).toBe(whole)
      }),
    )
  })
})
