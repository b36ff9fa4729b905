// What commands print. With --json, stdout is one JSON document and nothing else. Text from files reaches a
// terminal only with its control characters made visible.

import { visible } from '@flowsim/trace-schema'
import { clearStage } from './progress.js'

/** Prints a result as JSON. What a terminal would obey is escaped, which JSON reads as the same text. */
export function printJson(value: unknown): void {
  clearStage()
  process.stdout.write(`${visible(JSON.stringify(value, null, 2))}\n`)
}

/** Prints a line for people. */
export function print(line = ''): void {
  clearStage()
  process.stdout.write(`${visible(line)}\n`)
}

/** Prints a warning or a note to stderr. */
export function note(line: string): void {
  clearStage()
  process.stderr.write(`${visible(line)}\n`)
}
