// Configurations in tests.
import { expect } from 'vitest'
import { type PrepareOptions, prepareServing } from '../src/config/prepare.js'
import { ServingError } from '../src/errors.js'

/** What configurations are prepared with in tests: files that are texts here. */
export const files = (texts: Record<string, string> = {}): PrepareOptions => ({
  source: 'run.yaml',
  readText(path) {
    const text = texts[path]
    if (text === undefined) throw new Error(`no file ${path}`)
    return text
  },
})

export const prepare = (text: string, options: PrepareOptions = files()) =>
  prepareServing(text, options)

/** The message of the error that a configuration gives. */
export function fault(text: string, options?: PrepareOptions): string {
  try {
    prepare(text, options).run()
  } catch (error) {
    expect(error).toBeInstanceOf(ServingError)
    return (error as Error).message
  }
  return 'no error'
}
