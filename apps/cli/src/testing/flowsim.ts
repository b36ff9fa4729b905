// The program as a user meets it: arguments in, exit code and what it printed out.
import { vi } from 'vitest'
import { main } from '../program/main.js'

/** What a run of the program left. */
export interface Ran {
  code: number
  out: string
  err: string
}

/** Runs `flowsim` with these arguments, in this process. */
export async function flowsim(...args: string[]): Promise<Ran> {
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
    const code = await main(args)
    return { code, out, err }
  } finally {
    process.exitCode = exitCode
    stdout.mockRestore()
    stderr.mockRestore()
  }
}
