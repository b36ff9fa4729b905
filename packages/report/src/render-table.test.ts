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

  it('cuts names in the middle where the column asks for it', () => {
    const kernel = [{ label: 'kernel', flexible: 'middle' }] as const
    const text = renderTable(kernel, [['gemm_128x64_tn_align8']], { width: 15 })
    expect(text.split('\n').at(-1)).toBe('gemm_12…_align8')
  })

  it('goes on in further lines where the column asks for it', () => {
    const text = renderTable(
      [{ label: 'n' }, { label: 'why', flexible: 'wrap' }],
      [
        [1, 'a sentence that is long'],
        [2, 'short'],
      ],
      { width: 20 },
    )
    expect(text.split('\n').slice(2)).toEqual(['1  a sentence that', '   is long', '2  short'])
  })

  const many = [
    { label: 'op' },
    { label: 'least', priority: -1 },
    { label: 'ms', align: 'right', digits: 1 },
    { label: 'GB/s', align: 'right' },
  ] as const

  it('leaves out the least important columns, then the last, and says which', () => {
    const rows = [['matmul', 'x', 1.5, 900]]
    expect(renderTable(many, rows, { width: 18, whole: '--wide' }).split('\n')).toEqual([
      'op       ms  GB/s',
      '──────  ───  ────',
      'matmul  1.5   900',
      '… 1 column left',
      'out: least',
      '(--wide)',
    ])
    expect(renderTable(many, rows, { width: 12 }).split('\n')[2]).toBe('matmul  1.5')
    expect(renderTable(many, rows).split('\n')[2]).toBe('matmul  x      1.5   900')
  })

  it('cuts no number and no label, so that every number keeps its unit', () => {
    const wide = fc.record({ name: fc.string(), ms: fc.integer(), bytes: fc.integer() })
    fc.assert(
      fc.property(
        fc.array(wide, { minLength: 1 }),
        fc.integer({ min: 1, max: 80 }),
        (list, width) => {
          const columns = [
            { label: 'kernel', flexible: true },
            { label: 'time ms', align: 'right' },
            { label: 'traffic bytes', align: 'right', priority: -1 },
          ] as const
          const [head, , ...lines] = renderTable(
            columns,
            list.map(({ name, ms, bytes }) => [name, ms, bytes]),
            { width },
          ).split('\n')
          const shown = ['time ms', 'traffic bytes'].filter((label) => head!.includes(label))
          for (const [i, { ms, bytes }] of list.entries()) {
            const numbers = [ms, bytes].slice(0, shown.length).map((n) => n.toLocaleString('en-US'))
            expect(lines[i]!.endsWith(numbers.at(-1) ?? '')).toBe(true)
          }
        },
      ),
    )
  })

  it('keeps to the width wherever the first column leaves room', () => {
    const cell = fc.string({ maxLength: 60 })
    const column = fc.record({
      label: fc.string({ maxLength: 8 }),
      flexible: fc.constantFrom(false, true, 'middle' as const, 'wrap' as const),
      priority: fc.integer({ min: -2, max: 2 }),
    })
    fc.assert(
      fc.property(
        fc.array(column, { minLength: 1, maxLength: 8 }),
        fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 5 }),
        ([first, ...others], rows) => {
          const columns = [{ ...first!, flexible: true as const }, ...others]
          for (const line of renderTable(columns, rows, { width: 60 }).split('\n')) {
            expect(textWidth(line)).toBeLessThanOrEqual(60)
          }
        },
      ),
    )
  })

  it('puts the lines of a cell into one where it does not wrap', () => {
    expect(
      renderTable([{ label: 'a' }], [['x\n  y']])
        .split('\n')
        .at(-1),
    ).toBe('x y')
  })
})
