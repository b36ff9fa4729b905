import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseWords } from '../apps/cli/src/testing/words.js'
import { commandsOf, type DocCommand, withOutputs } from './docs-commands/blocks.js'
import { callsOf, PROGRAM, run, startProgram } from './docs-commands/shell.js'
import { layOut } from './docs-commands/stand-ins.js'

// Every command of the documents runs as it is written, in a folder of stand-ins, against the built program. What
// cannot run here says why where the reader sees it (`# needs a GPU`); its words are still held against the
// program. Sessions (blocks of `console`) print what the page says: `vitest -u` writes them anew.

/** What a command may need that a test does not have. */
const NEEDS =
  /^(?:a GPU|an AMD GPU|a TPU|an NPU|PyTorch|Slurm|Kubernetes|Accel-Sim|ASTRA-sim|Chakra|the corpus|a server|a terminal|GitHub|the Python registry|a template of LLMCompass|a trace of)\b/

/** Commands of this repository that its tests and its CI run by themselves: that they are there is enough. */
const REPOSITORY = /^(?:\S+=\S+ )*(?:npx -y pnpm@|pnpm |npm install |alias )/

/** Of this page the words are held against the program only: it says so. */
const GENERATED = 'docs/commands.md'

const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /^(?:apps|docs|examples|packages|python|[A-Z]+\.md)\b/.test(path))
  .filter((path) => existsSync(path) && !path.endsWith('CHANGELOG.md'))
  .map((path) => ({ path, commands: commandsOf(readFileSync(path, 'utf8')) }))
  .filter(({ commands }) => commands.length > 0)

const hasProgram = process.platform !== 'win32' && existsSync(PROGRAM)
const hasPython = spawnSync('python3', ['--version']).status === 0

const runs = ({ text, needs }: DocCommand) =>
  needs === undefined && !REPOSITORY.test(text) && (hasPython || !text.includes('python3'))

const base = mkdtempSync(join(tmpdir(), 'flowsim-docs-'))
afterAll(() => rmSync(base, { recursive: true }))

describe.skipIf(!hasProgram)('commands of the documents', () => {
  const standIns = join(base, 'stand-ins')
  const bin = join(base, 'bin')
  let program: ChildProcess

  beforeAll(() => {
    mkdirSync(standIns)
    mkdirSync(bin)
    const script = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`
    writeFileSync(join(bin, 'flowsim'), script, { mode: 0o755 })
    layOut(standIns, join(bin, 'flowsim'))
    program = startProgram()
  }, 300_000)
  afterAll(() => {
    program.kill()
  })

  const running = pages.filter(({ path, commands }) => path !== GENERATED && commands.some(runs))

  it.each(running)('$path: run as written', { timeout: 300_000 }, async (page) => {
    const folder = mkdtempSync(join(base, 'page-'))
    cpSync(standIns, folder, { recursive: true, verbatimSymlinks: true })
    const printed = new Map<DocCommand, string>()
    for (const command of page.commands.filter(runs)) {
      const { code, out, err } = await run(command.text, folder, { bin, program })
      // A session may show an error: its one line is then what is printed.
      const isError = /^flowsim: /m.test(command.output?.text ?? '')
      const where = `${page.path}:${command.line}: ${command.text}\n${out.slice(-500)}${err}`
      expect(code === 0, where).toBe(!isError)
      const shown = (isError ? out + err : out).replaceAll(folder, '~')
      printed.set(command, shown.replaceAll(/[ \t]+$/gm, '').replace(/^\n+|\n+$/g, ''))
    }
    const text = withOutputs(readFileSync(page.path, 'utf8'), printed)
    await expect(text).toMatchFileSnapshot(`../${page.path}`)
  })
})

describe('words', () => {
  it.each(pages)('$path: the program knows every command and option', async ({ commands }) => {
    for (const { text, line } of commands) {
      for (const words of callsOf(text, base)) {
        await parseWords(words).catch((error: Error) => {
          throw new Error(`line ${line}: ${text}: ${error.message}`)
        })
      }
    }
  })

  it('what does not run says what it needs', () => {
    const reasons = pages.flatMap(({ commands }) => commands.flatMap(({ needs }) => needs ?? []))
    expect(reasons.length).toBeGreaterThan(0)
    expect(reasons.filter((reason) => !NEEDS.test(reason))).toEqual([])
  })

  it('a command that there is not is noticed', async () => {
    const unknown = parseWords(['parse', 'x.json', '-o', 'out', '--nonsense'])
    await expect(unknown).rejects.toThrow(/nonsense/)
    await expect(parseWords(['nonsense'])).rejects.toThrow()
    expect(callsOf('flowsim parse "a b" | head # c', base)).toEqual([['parse', 'a b']])
    expect(callsOf('flowsim a $(flowsim b)', base)).toEqual([['b'], ['a', 'WORD']])
  })

  it('the scripts of this repository that the documents name are there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
    const known = [...Object.keys(scripts), 'exec', 'install']
    const texts = pages.flatMap(({ commands }) => commands.map(({ text }) => text))
    const named = texts.flatMap((text) => [
      ...text.matchAll(/pnpm(?:@\S+)? (?:run )?(?<script>[\w:-]+)/g),
    ])
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter(({ groups }) => !known.includes(groups!.script!))).toEqual([])
  })
})
