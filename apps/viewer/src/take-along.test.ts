import { describe, expect, it } from 'vitest'
import { csvOf, fileName, tabbed } from './take-along.js'

describe('a table to take along', () => {
  const cells = [
    ['name', 'ms'],
    ['a,"b"\nc', 1.5],
    ['=SUM(A1)', null],
  ]

  it('is CSV that quotes what must be quoted and protects formulas', () => {
    expect(csvOf(cells)).toBe('name,ms\n"a,""b""\nc",1.5\n\'=SUM(A1),\n')
  })

  it('is text between tabs, a line a row', () => {
    expect(tabbed(cells)).toBe('name\tms\na,"b" c\t1.5\n\'=SUM(A1)\t')
  })

  it('has a name of the trace and the table', () => {
    expect(fileName('run 1.trace.json.gz', 'Matrix products', 'csv')).toBe(
      'run-1-matrix-products.csv',
    )
  })
})
