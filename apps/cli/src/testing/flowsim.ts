// The program as a user meets it: arguments in, exit code and what it printed out, which keeps to 80 cells.
import { textWidth } from '@flowsim/report/terminal'
import { vi } from 'vitest'
import { main } from '../program/main.js'

/** What a run of the program left. */
export interface Ran {
  code: number
  out: string
  err: string
}

/** Documents for other programs, whose lines are as long as they are. */
const DOCUMENTS = ['--json', '--format', '--dry-run', '--wide', 'completion', 'complete']

/** Lines of a table or of prose that are wider than 80 cells; a path, or another word, may be. */
function tooWide(args: readonly string[], out: string): string[] {
  if (args.some((arg) => DOCUMENTS.includes(arg)) || out.startsWith('{')) return []
  return out.split('\n').filter((line) => textWidth(line) > 80 && /\s/.test(line.trim()))
}

/**
 * Runs `flowsim` with these arguments, in this process, without the stages of its work.
 *
 * @throws Error for a line that is wider than 80 cells
 */
export async function flowsim(...args: string[]): Promise<Ran> {
  return ran(args, true)
}

/** The same with a line for each stage. */
export async function flowsimWithStages(...args: string[]): Promise<Ran> {
  return ran(args, undefined)
}

async function ran(args: string[], quiet: boolean | undefined): Promise<Ran> {
  let out = ''
  let err = ''
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text)
    return true
  })
  const exitCode = process.exitCode
  process.exitCode = undefined
  try {
    const code = await main(args, quiet === undefined ? {} : { quiet })
    const wide = tooWide(args, out)
    if (wide.length > 0)
      throw new Error(`flowsim ${args.join(' ')}: wider than 80 cells:\n${wide.join('\n')}`)
    return { code, out, err }
  } finally {
    process.exitCode = exitCode
    stdout.mockRestore()
    stderr.mockRestore()
  }
}
