import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderTable } from './render-table.js'
import { textWidth } from './text-width.js'

const columns = [
  { label: 'kernel', flexible: true },
  { label: 'ms', align: 'right', digits: 2 },
] as const

describe('renderTable', () => {
  it('is as wide as its content, numbers right with their digits', () => {
    expect(
      renderTable(columns, [
        ['gemm', 1234.5],
        ['norm', 0.25],
      ]),
    ).toBe(
      ['kernel        ms', '──────  ────────', 'gemm    1,234.50', 'norm        0.25'].join('\n'),
    )
  })

  it('leaves null and numbers that are none empty', () => {
    expect(
      renderTable(columns, [
        ['a', null],
        ['b', Number.NaN],
      ])
        .split('\n')
        .slice(2),
    ).toEqual(['a', 'b'])
  })

  it('cuts flexible columns where it is too wide', () => {
    const text = renderTable(columns, [['a_kernel_with_a_long_name', 1]], { width: 24 })
    expect(text.split('\n').at(-1)).toBe('a_kernel_with_a_l…  1.00')
  })

  it('takes no cells for colours', () => {
    const red = '\u001b[31mgemm\u001b[39m'
    expect(textWidth(red)).toBe(4)
    expect(
      renderTable(columns, [[red, 1]])
        .split('\n')
        .at(-1),
    ).toBe(`${red}    1.00`)
  })

  it('takes two cells for wide characters', () => {
    expect(textWidth('層3')).toBe(3)
  })

  it('keeps to the width while columns can give', () => {
    const cell = fc.string({ maxLength: 60 })
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, fc.integer()), { minLength: 1 }), (rows) => {
        const wide = [
          { label: 'a', flexible: true },
          { label: 'b', flexible: true },
          { label: 'n' },
        ]
        const text = renderTable(wide, rows, { width: 60 })
        for (const line of text.split('\n').slice(0, 2))
          expect(textWidth(line)).toBeLessThanOrEqual(60)
      }),
    )
  })
})
