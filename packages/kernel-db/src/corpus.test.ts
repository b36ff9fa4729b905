// The traces of the corpus: how much of their time gets an operation, and how much of the time of
// matrix products, attention and experts gets full dimensions. docs/kernels.md has the table.
import { readdirSync, readFileSync } from 'node:fs'
import { parseFile } from '@flowsim/parser/node'
import type { KernelEvent, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../tests/corpus.js'
import { classifyTrace } from './classify/classify-trace.js'

const guide = readFileSync(new URL('../../../docs/kernels.md', import.meta.url), 'utf8')
const names = hasCorpus ? readdirSync(corpus('traces')) : []

/** Traces of other producers, and of other years. */
const others = hasCorpus
  ? readdirSync(corpus('traces-2'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(?:gz|json)$/.test(name),
    )
  : []

type Row = readonly [KernelEvent, KernelOperation]

function share(part: readonly Row[], whole: readonly Row[]): number | undefined {
  const sum = (rows: readonly Row[]) => rows.reduce((ns, [{ durationNs }]) => ns + durationNs, 0)
  return whole.length === 0 ? undefined : sum(part) / sum(whole)
}

/** Whether the work of a kernel is known, be it that another kernel is charged with it. */
function isDimensioned([, { call, auxiliary }]: Row): boolean {
  return call !== undefined || auxiliary === true
}

/**
 * The line of a trace in the guide's table. At least 99 % of the time has an operation, and 95 % of that of
 * matrix products, attention and experts with recorded shapes has dimensions.
 */
function tableLine(name: string, rows: readonly Row[]): string {
  const known = share(
    rows.filter(([, { op }]) => op !== null),
    rows,
  )
  expect(known).toBeGreaterThanOrEqual(0.99)
  const cells = ['gemm', 'attention', 'moe'].map((family) => {
    const members = rows.filter(([, operation]) => operation.family === family)
    const shaped = members.filter(([{ shapesFrom }]) => shapesFrom !== 'none')
    const ofShaped = share(shaped.filter(isDimensioned), shaped)
    if (ofShaped !== undefined) expect(ofShaped, family).toBeGreaterThanOrEqual(0.95)
    return `${percent(ofShaped)} | ${percent(share(members.filter(isDimensioned), members))}`
  })
  return `| ${name} | ${rows.length} | ${percent(known)} | ${cells.join(' | ')} |`
}

function rowsOf(trace: KernelTrace): Row[] {
  const operations = classifyTrace(trace)
  return trace.kernels
    .map((kernel, i): Row => [kernel, operations[i]!])
    .filter(([{ kind }]) => kind === 'kernel' || kind === 'collective')
}

/** Name of a trace in the table; a rank of a job has its folder's. */
function shortName(path: string): string {
  const [folder, rank] = path.split('/worker')
  if (rank !== undefined) return `${folder}, rank ${Number.parseInt(rank, 10)}`
  return path.replace(/\.trace\.json\.gz$/, '')
}

describeWithCorpus('the corpus', () => {
  it('has traces', () => {
    expect(names.length).toBeGreaterThanOrEqual(11)
  })

  it.each(names)('%s gets operations and dimensions, as the guide says', async (name) => {
    const trace = await parseFile(corpus(`traces/${name}`))
    expect(withoutPadding(guide)).toContain(tableLine(shortName(name), rowsOf(trace)))
  })

  it.each(others)('%s, of another producer or year, too', async (name) => {
    const trace = await parseFile(corpus(`traces-2/${name}`)).catch(() => undefined)
    // Formats that the parser does not read, and files without kernels, say nothing of rules.
    if (trace === undefined || trace.kernels.length === 0) return
    const line = tableLine(shortName(name), rowsOf(trace))
    // One of eight ranks, and no capture, stands in the guide.
    if (trace.format !== 'kineto' || /worker[1-7]|capture/.test(name)) return
    expect(withoutPadding(guide)).toContain(line)
  })
})

function percent(value: number | undefined): string {
  return value === undefined ? '–' : `${(value * 100).toFixed(1)} %`
}

function withoutPadding(table: string): string {
  return table.replace(/ +\|/g, ' |').replace(/\| +/g, '| ')
}
