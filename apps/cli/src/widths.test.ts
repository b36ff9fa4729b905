// Help and tables in 80 cells, the width without a terminal. Every other test of a command checks its output as
// well: see testing/flowsim.ts.
import { fileURLToPath } from 'node:url'
import { textWidth } from '@flowsim/report/terminal'
import { Command } from 'commander'
import { afterEach, describe, expect, it } from 'vitest'
import { addCommands } from './commands/index.js'
import { setWide } from './program/line-width.js'
import { tableText, wrapped } from './program/lines.js'
import { shellLines } from './program/shell-lines.js'
import { flowsim } from './testing/flowsim.js'

const local = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const demo = local('examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz')
const widest = (text: string) => Math.max(...text.split('\n').map(textWidth))

describe('help', () => {
  const program = new Command('flowsim')
  addCommands(program)
  const all = (command: Command, path: string[]): string[][] => [
    path,
    ...command.commands.flatMap((each) => all(each, [...path, each.name()])),
  ]

  it.each(all(program, []).map((path) => [['flowsim', ...path].join(' '), path] as const))(
    'of %s has lines of 80 cells',
    async (_, path) => {
      const { code, out } = await flowsim(...path, '--help')
      expect(code).toBe(0)
      expect(widest(out)).toBeLessThanOrEqual(80)
    },
  )

  it('breaks examples where a shell reads on, never within quotes or between an option and its value', () => {
    const words = ['--set', 'a=1', '-o', 'out', '"SELECT a, b FROM c WHERE d"', '--flag']
    const command = ['flowsim', ...Array.from({ length: 24 }, (_, i) => words[i % 6]!)].join(' ')
    const lines = shellLines(command).split('\n')
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.slice(0, -1).every((line) => line.endsWith(' \\'))).toBe(true)
    expect(lines.map((line) => line.replace(/ \\$/, '').trim()).join(' ')).toBe(command)
    for (const line of lines) expect(line).not.toMatch(/(?:--set|-o) \\$/)
    expect(widest(lines.join('\n'))).toBeLessThanOrEqual(80)
  })
})

describe('tables', () => {
  afterEach(() => setWide(false))

  it.each([
    ['hardware', 'list'],
    ['hardware', 'show', 'b200_sxm'],
    ['hardware', 'show', 'tpu_v5e'],
    ['models', 'list'],
    ['models', 'show', 'deepseek-v3', '--hardware', 'h200_sxm', '--tp', '8'],
    ['kernels', 'list'],
    ['analyze', demo],
    ['diff', demo, demo],
    ['replay', demo, '--hardware', 'b200_sxm'],
    [
      'estimate',
      'matmul',
      '--hardware',
      'h100_sxm',
      ...['m', 'n', 'k'].flatMap((d) => ['--set', `${d}=4096`]),
    ],
    ['query', demo, 'SELECT * FROM kernels LIMIT 3'],
    ['serving', 'run', '--config', local('examples/serving/llama-8b.yaml')],
    ['compare', local('examples/serving/compare.yaml')],
    ['doctor'],
  ])('of %s %s keep to 80 cells', async (...args) => {
    const { code, out } = await flowsim(...args)
    expect(code).toBe(0)
    const lines = out.split('\n').filter((line) => /\s/.test(line.trim()))
    expect(widest(lines.join('\n'))).toBeLessThanOrEqual(80)
  })

  it('say which columns are left out, and --wide shows them', async () => {
    const narrow = await flowsim('hardware', 'list')
    expect(narrow.out).toMatch(/columns? left out: .*\(--wide\)/s)
    const wide = await flowsim('hardware', 'list', '--wide')
    expect(wide.out).not.toContain('left out')
    expect(widest(wide.out)).toBeGreaterThan(80)
  })

  it('and prose are as wide as the terminal', () => {
    const columns = process.stdout.columns
    const text = 'word '.repeat(60).trim()
    try {
      process.stdout.columns = 120
      expect(widest(wrapped(text))).toBe(119)
      expect(widest(tableText([{ label: 'a', flexible: true }], [[text]]))).toBe(120)
    } finally {
      process.stdout.columns = columns
    }
    expect(widest(wrapped(text))).toBe(79)
    setWide(true)
    expect(widest(wrapped(text))).toBe(299)
  })
})
