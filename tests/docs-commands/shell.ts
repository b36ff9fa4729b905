// A shell for the commands of a page. What is `flowsim` and its words alone runs in one process of the built program:
// to start it anew for each of a hundred commands would take most of the time. The rest is bash's.
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { delimiter, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** How a command ended, and what it printed. */
export interface Ran {
  code: number | null
  out: string
  err: string
}

/** The built program. */
export const PROGRAM = resolve('apps/cli/dist/flowsim.js')

/** Starts the process that {@link run} takes as `program`. */
export function startProgram(): ChildProcess {
  const index = pathToFileURL(resolve('apps/cli/dist/index.js')).href
  const script = fileURLToPath(new URL('program.mjs', import.meta.url))
  return fork(script, [index], { execArgv: [], env: { ...process.env, NODE_OPTIONS: '' } })
}

/** Runs a command in a folder, which is its home too. `bin` holds a `flowsim`. */
export async function run(
  text: string,
  folder: string,
  { bin, program }: { bin: string; program: ChildProcess },
): Promise<Ran> {
  const env = { ...process.env, HOME: folder, PATH: `${bin}${delimiter}${process.env.PATH}` }
  const words = isPlain(text) ? callsOf(text, folder)[0] : undefined
  if (words !== undefined) return runBy(program, words, folder)
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', text], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

/** Whether a command is `flowsim` and words: no pipe, no redirection, no second command. */
function isPlain(text: string): boolean {
  const bare = text.replace(/\\.|'[^']*'|"[^"]*"|(?:^|\s)#.*$/gms, '')
  return /^flowsim\s/.test(text) && !/[|&;<>$]/.test(bare)
}

/**
 * What follows each `flowsim` of a command, as bash splits it in a folder. Nothing else of the command runs; where one
 * stands in another, `$(flowsim …)`, it has printed a word.
 */
export function callsOf(text: string, folder: string): string[][] {
  const script = `flowsim() { printf '%s\\0' "$@" >&3; printf '\\n' >&3; echo WORD; }\n${text}`
  const { output } = spawnSync('/bin/bash', ['-c', script], {
    cwd: folder,
    env: { PATH: '/nowhere' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const calls = String(output[3]).split('\0\n')
  return calls.filter((call) => call !== '').map((call) => call.split('\0'))
}

function runBy(program: ChildProcess, words: readonly string[], folder: string): Promise<Ran> {
  return new Promise((done, failed) => {
    const ended = () =>
      failed(new Error(`flowsim ${words.join(' ')}: did not end, or took the process along`))
    const patience = setTimeout(() => program.kill('SIGKILL'), 200_000)
    program.once('exit', ended)
    program.once('message', (ran) => {
      clearTimeout(patience)
      program.off('exit', ended)
      done(ran as Ran)
    })
    program.send({ words, folder })
  })
}
