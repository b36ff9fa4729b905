import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const folder = testFolder()

/** Words that may follow, and whether the shell offers files. */
async function after(...words: string[]) {
  const { code, out } = await flowsim('complete', '--', ...words)
  expect(code).toBe(0)
  const lines = out.trimEnd().split('\n')
  const files = lines.pop() === ':0'
  return { words: lines.map((line) => line.split('\t')[0]), files }
}

it('commands, and commands below them, are completed', async () => {
  expect((await after('ser')).words).toEqual(['serving', 'serve'])
  expect((await after('serving', '')).words).toContain('sweep')
  expect((await after('complet')).words).toEqual(['completion'])
})

it('options of a command are completed, and those that take a word of a list with it', async () => {
  const { words, files } = await after('parse', '--st')
  expect([words, files]).toEqual([expect.arrayContaining(['--stacks', '--steps']), false])
  expect((await after('parse', '--stacks', '')).words).toEqual(['none', 'python', 'all'])
})

it('names of devices and operations are completed', async () => {
  expect((await after('run', 'x.json', '--hardware', 'h200')).words).toContain('h200_sxm')
  expect((await after('estimate', 'soft')).words).toEqual(['softmax'])
})

it('files are left to the shell', async () => {
  expect(await after('parse', 'trace')).toEqual({ words: [], files: true })
  expect((await after('parse', 'x.json', '-o', '')).files).toBe(true)
  expect((await after('parse', '--nonsense')).files).toBe(false)
})

it.each(['bash', 'zsh', 'fish', 'powershell'])(
  '%s gets a script that it can read',
  async (shell) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const { code, out } = await flowsim('completion', shell)
    const script = `${out}${String(log.mock.calls[0] ?? '')}`
    log.mockRestore()
    expect(code).toBe(0)
    expect(script).toMatch(/flowsim.* complete '?--/)
    const path = join(folder, 'script')
    writeFileSync(path, script)
    const syntax = spawnSync(shell, ['-n', path], { encoding: 'utf8' })
    if (syntax.error === undefined && shell !== 'powershell') expect(syntax.stderr).toBe('')
  },
)

it('another shell is told which there are', async () => {
  expect(await flowsim('completion', 'tcsh')).toMatchObject({ code: 2 })
})
