// --format as users call it, on traces made by hand.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kinetoLines } from '@flowsim/parser'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../../../../packages/analysis/fixtures/hand-made.js'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'
import { parseCsv } from './csv.js'
import { type ResultTable, writeTables } from './tables.js'
import { workbook } from './workbook.js'

const folder = testFolder()

/** Writes a trace of one product that takes some time, with a name that a table must not take for its own marks. */
function writeTrace(file: string, microseconds: number): string {
  const activities: Activity[] = [
    { at: [10, 10 + microseconds], name: 'mystery|*x*_kernel', launched: [2, 5], correlation: 1 },
  ]
  const path = join(folder, file)
  writeFileSync(path, [...kinetoLines(handMade(activities, {}).trace)].join(''))
  return path
}

describe('--format', () => {
  let a: string
  let b: string
  beforeEach(() => {
    a = writeTrace('a.trace.json', 40)
    b = writeTrace('b.trace.json', 60)
  })

  it('csv prints tables one after another, each below its title, with whole numbers and shares as fractions', async () => {
    const { code, out } = await flowsim('analyze', a, '--format', 'csv')
    expect(code).toBe(0)
    const operations = out.split('\n\n').find((part) => part.startsWith('Operations\n'))!
    const [row] = parseCsv(operations.slice(operations.indexOf('\n') + 1))
    expect(row).toMatchObject({ activities: '1', ms: '0.04', share: '1' })
  })

  it('csv with -o writes a file for each table that has rows, beside the page', async () => {
    const into = join(folder, 'tables')
    const { code, out } = await flowsim('diff', a, b, '--format', 'csv', '-o', into)
    expect([code, out]).toEqual([0, ''])
    expect(readdirSync(into).sort()).toEqual([
      'diff.json',
      'operations.csv',
      'parts.csv',
      'report.html',
    ])
    const [busy] = parseCsv(readFileSync(join(into, 'parts.csv'), 'utf8')).filter(
      ({ part }) => part === 'busy',
    )
    expect(busy).toEqual({ part: 'busy', 'A ms': '0.04', 'B ms': '0.06', change: '0.5' })
  })

  it('md begins with the verdict and cannot be broken by names', async () => {
    const { out } = await flowsim('diff', a, b, '--format', 'md')
    expect(out).toMatch(/^\*\*Window 40\.00 µs → 60\.00 µs\*\* \(\+50\.0 %\)/)
    const rows = out.split('\n').filter((line) => line.startsWith('|'))
    const cells = (line: string) => line.split(/(?<!\\)\|/).length
    expect(new Set(rows.slice(9).map(cells)).size).toBe(1)
    expect(out).toContain('mystery\\|\\*x\\*\\_kernel')
  })

  it('xlsx writes a workbook, needs a folder, and does not go with --json', async () => {
    const into = join(folder, 'book')
    expect((await flowsim('analyze', a, '--format', 'xlsx', '-o', into)).code).toBe(0)
    expect(existsSync(join(into, 'a.xlsx'))).toBe(true)
    const without = await flowsim('analyze', a, '--format', 'xlsx')
    expect([without.code, without.err]).toEqual([
      2,
      expect.stringContaining('a workbook is a file and is not printed; add -o FOLDER'),
    ])
    expect((await flowsim('analyze', a, '--format', 'csv', '--json')).code).toBe(2)
  })
})

describe('a workbook', () => {
  const table = (name: string, rows: ResultTable['rows']): ResultTable => ({
    name,
    title: name,
    columns: [{ label: 'text' }, { label: 'share', share: true }],
    rows,
  })

  it('has a sheet for each table, whose names differ and are short enough', async () => {
    const long = 'a/name?that[is*longer:than 31 characters'
    const { sheets } = await opened([table(long, [['x', 1]]), table(long, [['y', 2]])])
    expect(sheets).toHaveLength(2)
    expect(new Set(sheets).size).toBe(2)
    for (const name of sheets) expect(name.length).toBeLessThanOrEqual(31)
  })

  it('makes control characters visible, which XML does not know', async () => {
    const { texts } = await opened([table('one', [['a\u0001\u001bb\ud800', 1]])])
    for (const character of ['\u0001', '\u001b', '\ud800']) expect(texts).not.toContain(character)
  })

  it('holds numbers as numbers and texts as texts, whatever a spreadsheet would make of them', async () => {
    const { cells } = await opened([
      table('one', [
        ['=1+1', 0.25],
        ['<b>&', null],
      ]),
    ])
    expect(cells).toContain('<v>0.25</v>')
    expect(cells).not.toContain('<f>')
  })
})

describe('lists', () => {
  it.each([
    [['hardware', 'list'], { name: 'h100_sxm', 'memory GB': '85.89934592' }],
    [['models', 'list'], { name: 'llama-3.1-8b', parameters: '8030000000' }],
  ])('%j: csv begins with its header and has numbers in full', async (words, row) => {
    const { code, out } = await flowsim(...words, '--format', 'csv')
    expect(code).toBe(0)
    expect(parseCsv(out).find(({ name }) => name === row.name)).toMatchObject(row)
    const { out: md } = await flowsim(...words, '--format', 'md')
    expect(md).toContain(`\n| ${row.name.replaceAll('_', '\\_')} |`)
  })

  it('evaluate gives its errors as fractions, the conditions beside them', async () => {
    const rows = join(folder, 'rows.csv')
    writeFileSync(rows, 'gpu,dtype,m,n,k,latency_us\nh100_sxm,bfloat16,4096,4096,4096,250\n')
    const evaluate = (...more: string[]) =>
      flowsim('evaluate', rows, '--op', 'gemm', '--model', 'roofline', ...more)
    const { code, out, err } = await evaluate('--format', 'csv', '--fail-if', 'mape>0.0001')
    expect([code, err]).toEqual([1, expect.stringContaining('--fail-if mape>0.0001: it is')])
    const [group, all] = parseCsv(out)
    expect([group, all]).toMatchObject([
      { gpu: 'h100_sxm', rows: '1', answered: '1' },
      { gpu: 'all', rows: '1' },
    ])
    expect(Number(all!.MAPE)).toBeLessThan(1)
    const into = join(folder, 'evaluated')
    expect(await evaluate('--format', 'xlsx', '-o', into)).toMatchObject({ code: 0, out: '' })
    expect(readdirSync(into)).toEqual(['rows.xlsx'])
  })
})

describe('writeTables', () => {
  it('leaves nothing behind where two tables have one name', async () => {
    const into = join(folder, 'twice')
    const one: ResultTable = { name: 'x', title: 'x', columns: [{ label: 'a' }], rows: [[1]] }
    await expect(
      writeTables([one, one], { format: 'csv', output: into }, { stem: 's', lead: [], top: 5 }),
    ).rejects.toThrow('two inputs would write it')
    expect(existsSync(into)).toBe(false)
  })
})

/** What a workbook holds: names of its sheets, and the text of the first. */
async function opened(
  tables: readonly ResultTable[],
): Promise<{ sheets: string[]; cells: string; texts: string }> {
  const { strFromU8, unzipSync } = await import('fflate')
  const files = unzipSync(await workbook(tables))
  const read = (end: string) =>
    strFromU8(files[Object.keys(files).find((name) => name.endsWith(end))!]!)
  return {
    sheets: [...read('xl/workbook.xml').matchAll(/<sheet [^>]*name="([^"]*)"/g)].map(
      ([, name]) => name!,
    ),
    cells: read('xl/worksheets/sheet1.xml'),
    texts: read('xl/sharedStrings.xml'),
  }
}
