// Commands of a Markdown page: what stands in its blocks of `sh` and `console`.

/** A command as the page has it. */
export interface DocCommand {
  /** As a shell reads it, continued lines included. */
  text: string
  /** Line of the page, from 1. */
  line: number
  /** What keeps it from running here, by a comment `# needs …` before it; it ends with a blank line. */
  needs?: string
  /** What the page says that it prints, in blocks of `console`. */
  output?: { text: string; start: number; end: number }
}

/** The commands of a page, in their order. */
export function commandsOf(page: string): DocCommand[] {
  const lines = page.split('\n')
  const commands: DocCommand[] = []
  for (let i = 0; i < lines.length; i++) {
    const language = /^```(sh|console)$/.exec(lines[i]!)?.[1]
    if (language === undefined) continue
    const start = i + 1
    while (lines[++i] !== '```') if (i > lines.length) throw new Error(`line ${start}: no end`)
    const read = language === 'sh' ? scriptCommands : sessionCommands
    commands.push(...read(lines, start, i))
  }
  return commands
}

function scriptCommands(lines: readonly string[], start: number, end: number): DocCommand[] {
  const commands: DocCommand[] = []
  let needs: string | undefined
  for (let i = start; i < end; i++) {
    const line = lines[i]!
    if (line.trim() === '') needs = undefined
    else if (line.startsWith('#')) needs = /^# needs (.+)$/.exec(line)?.[1] ?? needs
    else {
      const last = lastLine(lines, i, end)
      const text = lines.slice(i, last + 1).join('\n')
      commands.push({ text, line: i + 1, ...(needs !== undefined && { needs }) })
      i = last
    }
  }
  return commands
}

function sessionCommands(lines: readonly string[], start: number, end: number): DocCommand[] {
  const commands: DocCommand[] = []
  let needs: string | undefined
  for (let i = start; i < end; i++) {
    needs = /^# needs (.+)$/.exec(lines[i]!)?.[1] ?? needs
    if (!lines[i]!.startsWith('$ ')) continue
    const last = lastLine(lines, i, end)
    const text = lines
      .slice(i, last + 1)
      .join('\n')
      .slice(2)
    let next = last + 1
    while (next < end && !lines[next]!.startsWith('$ ')) next++
    const output = { text: lines.slice(last + 1, next).join('\n'), start: last + 1, end: next }
    commands.push({ text, line: i + 1, output, ...(needs !== undefined && { needs }) })
    i = next - 1
  }
  return commands
}

/** The line that ends a command: one that neither a backslash, an open quote nor a here-document continues. */
function lastLine(lines: readonly string[], start: number, end: number): number {
  const document = /<<'(\w+)'/.exec(lines[start]!)?.[1]
  if (document !== undefined) {
    const last = lines.indexOf(document, start)
    if (last !== -1 && last < end) return last
  }
  for (let last = start; last < end; last++) {
    const text = lines.slice(start, last + 1).join('\n')
    if (!text.endsWith('\\') && !hasOpenQuote(text)) return last
  }
  throw new Error(`line ${start + 1}: a command that does not end`)
}

function hasOpenQuote(text: string): boolean {
  const closed = text.replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?:^|\s)#.*$/gms, '')
  return /['"]/.test(closed)
}

/** A page whose sessions print what they printed now. */
export function withOutputs(page: string, printed: ReadonlyMap<DocCommand, string>): string {
  const lines = page.split('\n')
  const lastFirst = [...printed].sort(([a], [b]) => b.line - a.line)
  for (const [{ output }, text] of lastFirst) {
    if (output === undefined) continue
    lines.splice(output.start, output.end - output.start, ...text.split('\n'))
  }
  return lines.join('\n')
}
