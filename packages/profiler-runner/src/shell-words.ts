// Splits a command line into words by the quoting rules of the POSIX shell (XCU 2.2), and quotes
// words for one. Nothing is expanded: no variables, globs, substitutions or operators, so that text
// from a user never runs anything.
import { ProfilerRunnerError } from './errors.js'

/**
 * Splits `--tp 4 --name "a b"` into `['--tp', '4', '--name', 'a b']`.
 * @throws {@link ProfilerRunnerError} `invalid_option` for a quote that is not closed
 */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word = ''
  let open = false
  let at = 0
  while (at < line.length) {
    const char = line[at]!
    if (char === "'" || char === '"') {
      const start = at++
      while (at < line.length && line[at] !== char) {
        if (char === '"' && line[at] === '\\' && '"\\$`\n'.includes(line[at + 1] ?? ' ')) at++
        word += line[at++]
      }
      if (at >= line.length) {
        throw new ProfilerRunnerError(
          'invalid_option',
          `quote ${char} at character ${start + 1} is not closed: ${line}`,
        )
      }
      open = true
      at++
    } else if (char === '\\' && at + 1 < line.length) {
      if (line[at + 1] !== '\n') {
        word += line[at + 1]
        open = true
      }
      at += 2
    } else if (/\s/.test(char)) {
      if (open) words.push(word)
      word = ''
      open = false
      at++
    } else {
      word += char
      open = true
      at++
    }
  }
  if (open) words.push(word)
  return words
}

/** Quotes a word so that a POSIX shell reads it back unchanged. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A command as a line for a POSIX shell. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ')
}
