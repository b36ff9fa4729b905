import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvText, parseCsv } from './csv.js'

describe('tables as CSV', () => {
  it('quote what needs it and leave what is missing empty', () => {
    const rows = [['a,b', '"', 'c\nd', '\r', ' e'], [1.5, true, false, null, undefined], ['']]
    expect([...csvText(rows, { raw: true })].join('')).toBe(
      '"a,b","""","c\nd","\r", e\n1.5,true,false,,\n\n',
    )
  })

  it('hold no formula of a spreadsheet, and numbers as they are', () => {
    const [line] = csvText([['=1+1', '@A', "'-x", '-2.5', -2.5, 'a']])
    expect(line).toBe("'=1+1,'@A,''-x,-2.5,-2.5,a\n")
  })

  it('come back as they were written, however long', () => {
    const cell = fc.string({
      minLength: 1,
      unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '=', "'"),
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 50 }), (list) => {
        const rows = Array.from({ length: 1001 }, (_, i) => list[i] ?? ['x', `${i}`])
        const text = [...csvText([['one', 'two'], ...rows])].join('')
        expect(parseCsv(text)).toEqual(rows.map(([one, two]) => ({ one, two })))
      }),
      { numRuns: 20 },
    )
  })
})
