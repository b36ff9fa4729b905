// Lines of a log that arrives in pieces. A line longer than any that a simulator prints is cut off, so that a
// file without line ends costs no memory.

const MAX_LINE = 65_536

/** A text in pieces of any size, as texts or as UTF-8. */
export type Chunks = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

/** The lines of `chunks`, without their ends; of longer ones the first 64 Ki characters. */
export async function* linesOf(chunks: Chunks): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    const lines = text.split(/\r?\n/)
    const last = lines.pop()!
    for (const line of lines) {
      yield (rest + line).slice(0, MAX_LINE).replace(/\r$/, '')
      rest = ''
    }
    if (rest.length < MAX_LINE) rest += last.slice(0, MAX_LINE)
  }
  if (rest !== '') yield rest.slice(0, MAX_LINE)
}
