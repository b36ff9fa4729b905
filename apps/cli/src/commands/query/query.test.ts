import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { loadDuckDb } from './duckdb.js'

const demo = fileURLToPath(
  new URL(
    '../../../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz',
    import.meta.url,
  ),
)

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-query-'))
  await flowsim('parse', demo, '-o', join(folder, 'csv'))
  await flowsim('parse', demo, '-o', join(folder, 'parquet'), '--format', 'parquet')
  await flowsim('parse', demo, '-o', join(folder, 'jsonl'), '--format', 'jsonl')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function rows(input: string, sql: string): Promise<unknown[][]> {
  const { code, out, err } = await flowsim('query', input, sql, '--json')
  expect(err.replace(/^reading .*\n/gm, '')).toBe('')
  expect(code).toBe(0)
  return (JSON.parse(out) as { rows: unknown[][] }).rows
}

describe('flowsim query', () => {
  const SUMS = `
    SELECT op, count(*), sum(duration_ns), sum(flops) FROM kernels
    GROUP BY op ORDER BY sum(duration_ns) DESC, op`

  it('gives the same answer on a trace and on the tables that parse wrote of it', async () => {
    const expected = await rows(demo, SUMS)
    expect(expected.length).toBeGreaterThan(3)
    for (const table of ['csv', 'parquet']) {
      expect(await rows(join(folder, table), SUMS)).toEqual(expected)
    }
    const [name] = (await rows(join(folder, 'parquet'), 'SELECT DISTINCT source FROM kernels'))[0]!
    expect(await rows(String(name), SUMS)).toEqual(expected)
    const jsonl = join(folder, 'jsonl', 'llama-3.1-8b-4layers.tp2.rank0.kernels.jsonl')
    expect(await rows(jsonl, SUMS)).toEqual(expected)
  })

  it('joins kernels with launches and annotations, and sums the calls of operators', async () => {
    const [joined] = await rows(
      demo,
      `SELECT count(*), min(k.start_ns - l.start_ns) >= 0 FROM kernels k
       JOIN launches l USING (source, correlation) WHERE l.api LIKE '%Launch%'`,
    )
    expect(joined![0]).toBeGreaterThan(0)
    expect(joined![1]).toBe(true)
    const [sums] = await rows(
      demo,
      `SELECT (SELECT sum(duration_ns) FROM operators),
        (SELECT sum(duration_ns) FROM kernels WHERE operator_instance IS NOT NULL)`,
    )
    expect(sums![0]).toBe(sums![1])
    const [annotations] = await rows(demo, "SELECT count(*) FROM annotations WHERE side = 'host'")
    expect(annotations![0]).toBeGreaterThan(0)
  })

  it('gives names as the trace has them, also where the CSV protects them', async () => {
    const name = "=HYPERLINK('x')\u001b[2J\u007f\u009b\u061c\u200f\u202e\u2066\r%41+b \\u001b"
    const events = [
      { ph: 'X', cat: 'kernel', name, ts: 1, dur: 2, pid: 0, tid: 7, args: { stream: 7 } },
    ]
    const file = join(folder, 'hostile.json')
    writeFileSync(file, JSON.stringify({ schemaVersion: 1, traceEvents: events }))
    await flowsim('parse', file, '-o', join(folder, 'hostile'))
    const table = join(folder, 'hostile', 'hostile.kernels.csv')
    expect(readFileSync(table, 'utf8')).toContain("\n'=HYPERLINK")
    expect(await rows(table, 'SELECT name FROM kernels')).toEqual([[name]])
  })

  it('lists its tables when no SQL is given', async () => {
    const { out } = await flowsim('query', demo, '--json')
    const listed = new Set((JSON.parse(out) as { rows: string[][] }).rows.map(([table]) => table))
    expect([...listed]).toEqual(['annotations', 'kernels', 'launches', 'operators'])
  })

  it('prints a table, or CSV', async () => {
    const sql = "SELECT 'a,b' AS text, 7 AS number, NULL AS nothing, [1, 2] AS list"
    const table = await flowsim('query', demo, sql)
    expect(table.out).toMatch(/text\s+number\s+nothing\s+list/)
    const csv = await flowsim('query', demo, sql, '--format', 'csv')
    expect(csv.out).toBe('text,number,nothing,list\n"a,b",7,,"[1,2]"\n')
    const md = await flowsim('query', demo, sql, '--format', 'md')
    expect(md.out).toContain('| a,b | 7 |  | \\[1,2\\] |')
    const none = await flowsim('query', demo, 'SELECT 1 AS one WHERE false', '--format', 'csv')
    expect(none.out).toBe('one\n')
  })

  it('says what is wrong with SQL, and with an input, in one line', async () => {
    const sql = await flowsim('query', demo, 'SELECT durations FROM kernels')
    expect(sql.code).toBe(1)
    expect(sql.err).toMatch(/query: Binder Error: .*"durations".*\n$/)
    expect(sql.err.trim().split('\n')).toHaveLength(1)
    const missing = await flowsim('query', join(folder, 'nothing'), 'SELECT 1')
    expect(missing).toMatchObject({ code: 1, out: '' })
    expect(missing.err).toContain('nothing: no such file or folder')
  })

  it('says how to add DuckDB where it is not installed', async () => {
    const absent = '@flowsim/duckdb-that-is-not-installed'
    await expect(loadDuckDb(() => import(absent))).rejects.toThrow(
      'query: needs DuckDB, which is not installed; add it with: npm install @duckdb/node-api',
    )
  })
})
