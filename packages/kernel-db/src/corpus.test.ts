// The traces of the corpus: how much of their time gets an operation, and how much of the time of
// matrix products, attention and experts gets full dimensions. docs/kernels.md has the table.
import { readdirSync, readFileSync } from 'node:fs'
import { parseFile } from '@flowsim/parser/node'
import type { KernelEvent, KernelOperation } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
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

describeWithCorpus('the corpus', () => {
  it('has traces', () => {
    expect(names.length).toBeGreaterThanOrEqual(11)
  })

  describe.each(names)('%s', (name) => {
    it('gets operations and dimensions, as the guide says', async () => {
      const trace = await parseFile(corpus(`traces/${name}`))
      const operations = classifyTrace(trace)
      const rows = trace.kernels
        .map((kernel, i): Row => [kernel, operations[i]!])
        .filter(([{ kind }]) => kind === 'kernel' || kind === 'collective')
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
      const line = `| ${name.replace('.trace.json.gz', '')} | ${rows.length} | ${percent(known)} | ${cells.join(' | ')} |`
      expect(withoutPadding(guide)).toContain(line)
    })
  })
})

describeWithCorpus('traces of other producers', () => {
  it.each(others)('%s: 99 %% of the time of kernels has an operation', async (name) => {
    const trace = await parseFile(corpus(`traces-2/${name}`)).catch(() => undefined)
    // Formats that the parser does not read, and files without kernels, say nothing of rules.
    if (trace === undefined || trace.kernels.length === 0) return
    const operations = classifyTrace(trace)
    const rows = trace.kernels.map((kernel, i): Row => [kernel, operations[i]!])
    const known = rows.filter(([, { op }]) => op !== null)
    expect(share(known, rows)).toBeGreaterThanOrEqual(0.99)
    for (const family of ['gemm', 'attention', 'moe']) {
      const shaped = rows.filter(
        ([{ shapesFrom }, operation]) => operation.family === family && shapesFrom !== 'none',
      )
      const part = share(shaped.filter(isDimensioned), shaped)
      if (part !== undefined) expect(part, family).toBeGreaterThanOrEqual(0.95)
    }
  })
})

function percent(value: number | undefined): string {
  return value === undefined ? '–' : `${(value * 100).toFixed(1)} %`
}

function withoutPadding(table: string): string {
  return table.replace(/ +\|/g, ' |').replace(/\| +/g, '| ')
}
