// Names of kernels that would act on a terminal, in a spreadsheet or in a browser: data/cases/files/evil-names.json.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { parseCsv } from './program/csv.js'
import { flowsim } from './testing/flowsim.js'
import { testFolder } from './testing/folder.js'

const folder = testFolder()
const EVIL = corpus('cases/files/evil-names.json')

/** Characters with which a terminal is told what to do. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

describeWithCorpus('names that would act', () => {
  it.each([
    ['parse', '-o', 'out'],
    ['run', '-o', 'out', '--hardware', 'h100_sxm'],
    ['analyze'],
    ['replay'],
    ['kernels', 'unknown'],
  ])('send no control character to a terminal: %s', async (...args) => {
    const given = args.map((word) => (word === 'out' ? join(folder, word) : word))
    const { code, out, err } = await flowsim(...given, EVIL)
    expect(code).toBe(0)
    expect(out).not.toMatch(CONTROLS)
    expect(err).not.toMatch(CONTROLS)
  })

  it('are no formulas in tables, and come back whole', async () => {
    const names = (
      JSON.parse(readFileSync(EVIL, 'utf8')) as { traceEvents: { name: string }[] }
    ).traceEvents.map(({ name }) => name)
    await flowsim('run', EVIL, '--hardware', 'h100_sxm', '-o', folder)
    const tables = readdirSync(folder).filter((name) => name.endsWith('.csv'))
    expect(tables.length).toBeGreaterThan(1)
    for (const table of tables) {
      const text = readFileSync(join(folder, table), 'utf8')
      expect(text).toContain('cmd|x')
      expect(text).not.toMatch(CONTROLS)
      expect(text).not.toMatch(/(?:^|,)"?[=+@]/m)
      expect(parseCsv(text).map((row) => row.name ?? row.kernel)).toEqual(names)
    }
  })

  it('are text in the report', async () => {
    await flowsim('run', EVIL, '--hardware', 'h100_sxm', '-o', folder)
    const html = readFileSync(join(folder, 'report.html'), 'utf8')
    expect(html).not.toContain('<img src=x')
    expect(html.match(/<\/script>/g)).toHaveLength(html.match(/<script/g)!.length)
  })
})
