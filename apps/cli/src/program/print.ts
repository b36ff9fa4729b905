// What commands print. With --json, stdout is one JSON document and nothing else.

/** Prints a result as JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Prints a line for people. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Prints a warning or a note to stderr. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`)
}
