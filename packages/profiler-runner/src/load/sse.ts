// Server-sent events (WHATWG HTML 9.2), as far as inference servers send them: `data:` lines, ended
// by an empty line, with LF or CRLF. Comments and other fields are skipped.

const LF = 10

/** Cuts a stream of bytes into the data of its events. */
export class SseReader {
  private rest: Buffer | null = null
  private data = ''

  constructor(private readonly onData: (data: string) => void) {}

  /** Takes the next bytes; calls back for each event that they complete. */
  push(chunk: Buffer): void {
    const bytes = this.rest === null ? chunk : Buffer.concat([this.rest, chunk])
    this.rest = null
    let start = 0
    for (;;) {
      const end = bytes.indexOf(LF, start)
      if (end === -1) break
      this.line(bytes, start, end > start && bytes[end - 1] === 13 ? end - 1 : end)
      start = end + 1
    }
    // A copy: undici reuses the memory of the chunk.
    if (start < bytes.length) this.rest = Buffer.from(bytes.subarray(start))
  }

  private line(bytes: Buffer, start: number, end: number): void {
    if (start === end) {
      if (this.data !== '') this.onData(this.data)
      this.data = ''
    } else if (isData(bytes, start)) {
      const from = bytes[start + 5] === 32 ? start + 6 : start + 5
      const text = bytes.toString('utf8', from, end)
      this.data = this.data === '' ? text : `${this.data}\n${text}`
    }
  }
}

// "data:"
function isData(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 100 &&
    bytes[at + 1] === 97 &&
    bytes[at + 2] === 116 &&
    bytes[at + 3] === 97 &&
    bytes[at + 4] === 58
  )
}
