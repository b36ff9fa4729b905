// A long command for people to copy: indented, in lines of 80 cells on every terminal.
const INDENT = '  '
const WIDTH = 80

/** A command in lines that a shell reads as one: broken before options, or arguments, outside of quotes. */
export function shellLines(command: string): string {
  const lines: string[] = []
  let line = ''
  for (const part of partsOf(command)) {
    const next = line === '' ? INDENT + part : `${line} ${part}`
    if (next.length + ' \\'.length <= WIDTH || line === '') line = next
    else {
      lines.push(`${line} \\`)
      line = INDENT.repeat(3) + part
    }
  }
  return [...lines, line].join('\n')
}

/** Words, quoted parts with their spaces; an option with its value is one part. */
function partsOf(command: string): string[] {
  const parts: string[] = []
  for (const [word] of command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    const last = parts.at(-1)
    const isValue = last !== undefined && /^--?[\w-]+$/.test(last) && !word.startsWith('-')
    if (isValue) parts[parts.length - 1] = `${last} ${word}`
    else parts.push(word)
  }
  return parts
}
