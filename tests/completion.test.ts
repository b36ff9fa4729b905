import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { PROGRAM } from './docs-commands/shell.js'

// Completion in the shells themselves, without their start-up files: what stands on the line, or is offered, after a tab.

const folder = mkdtempSync(join(tmpdir(), 'flowsim-completion-'))
afterAll(() => rmSync(folder, { recursive: true }))
const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, NODE_OPTIONS: '' }

const hasProgram = process.platform !== 'win32' && existsSync(PROGRAM)
const lacks = (shell: string) => !hasProgram || spawnSync(shell, ['-c', 'true']).status !== 0

function scriptOf(shell: string): string {
  const program = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`
  writeFileSync(join(folder, 'flowsim'), program, { mode: 0o755 })
  const { stdout } = spawnSync(join(folder, 'flowsim'), ['completion', shell], {
    env,
    encoding: 'utf8',
  })
  const path = join(folder, `flowsim.${shell}`)
  writeFileSync(path, stdout)
  return path
}

/** What a shell prints. */
function printed(shell: string, args: string[], text: string): string {
  const { stdout, stderr } = spawnSync(shell, [...args, text], {
    env,
    cwd: folder,
    encoding: 'utf8',
    timeout: 100_000,
  })
  expect(stderr).toBe('')
  return stdout
}

const timeout = { timeout: 120_000 }

it.skipIf(lacks('bash'))(
  'bash completes words, values and names; needs bash and the built program',
  timeout,
  () => {
    const script = scriptOf('bash')
    const offered = (...words: string[]) => {
      const list = words.map((word) => `'${word}'`).join(' ')
      const text = `source '${script}'; source '${script}'; complete -p flowsim >/dev/null
      COMP_WORDS=(flowsim ${list}); COMP_CWORD=${words.length}; _flowsim; printf '%s\\n' "\${COMPREPLY[@]}"`
      return printed('bash', ['--norc', '--noprofile', '-c'], text).trim().split('\n')
    }
    expect(offered('ser')).toEqual(['serving', 'serve'])
    expect(offered('parse', '--stac')).toEqual(['--stacks'])
    expect(offered('parse', '--stacks', '')).toEqual(['none', 'python', 'all'])
    expect(offered('parse', '--stacks', '=', 'py')).toEqual(['python'])
    expect(offered('run', 'x.json', '--hardware', 'h200_s')).toEqual(['h200_sxm'])
    // What is typed is never run.
    expect(offered('parse', '$(touch ran)')).toEqual([''])
    expect(existsSync(join(folder, 'ran'))).toBe(false)
  },
)

it.skipIf(lacks('zsh'))(
  'zsh completes on the line; needs zsh and the built program',
  timeout,
  () => {
    const script = scriptOf('zsh')
    const line = (typed: string) =>
      printed(
        'zsh',
        ['-f', '-c'],
        `zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'stty -echo; PS1=; autoload -Uz compinit; compinit -u -D; source ${script}'
      zpty -w z 'show() { print -r -- "[$BUFFER]" }; zle -N show; bindkey "^X" show; print LOA""DED'
      zpty -r z out '*LOADED*'
      zpty -w -n z $'${typed}\\t\\C-x'
      zpty -r z out $'*\\\\[flowsim*\\\\]*'
      print -r -- "$out"
      zpty -d z`,
      )
    expect(line('flowsim parse --stac')).toContain('[flowsim parse --stacks ]')
    expect(line('flowsim run x.json --hardware h200_s')).toContain('--hardware h200_sxm ]')
  },
)

it.skipIf(lacks('fish'))(
  'fish offers words with what they mean; needs fish and the built program',
  timeout,
  () => {
    const script = scriptOf('fish')
    const offered = (typed: string) =>
      printed('fish', ['--no-config', '-c'], `source '${script}'; complete -C '${typed}'`)
        .trim()
        .split('\n')
    expect(offered('flowsim parse --stac')).toEqual([
      expect.stringMatching(/^--stacks\tcall stacks/),
    ])
    expect(offered('flowsim parse --stacks ').map((each) => each.trim())).toEqual([
      'all',
      'none',
      'python',
    ])
  },
)
