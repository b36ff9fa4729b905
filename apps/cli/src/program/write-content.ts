// Files of many lines, written in large pieces out of memory that is used again: a buffer for each piece of text was
// more garbage than the text, and each small piece a turn of the thread pool.
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** What a file can be made of. */
export type Content = string | Uint8Array | Iterable<string> | AsyncIterable<string>

/** A predicted trace is a sixth larger than at level 6, for a third of the time (docs/performance.md). */
const GZIP_LEVEL = 3
/** Characters that are encoded at once. */
const BATCH_LENGTH = 1 << 16
/** Bytes that are written at once. */
const PIECE = 1 << 19
/** Most bytes that UTF-8 takes for a character of a string. */
const WIDEST = 3

/** Writes a file. */
export async function writeContent(path: string, content: Content): Promise<void> {
  const file = await open(path, 'w')
  try {
    await pass(content, async (piece) => {
      for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
    })
  } finally {
    await file.close()
  }
}

/** Writes a file, packed with gzip. */
export async function writeGzip(path: string, content: Content): Promise<void> {
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: PIECE })
  const written = pipeline(gzip, createWriteStream(path))
  // The loop below meets it.
  written.catch(() => {})
  try {
    await pass(
      content,
      (piece) =>
        new Promise((resolve, reject) => {
          gzip.write(piece, (error) => (error ? reject(error) : resolve()))
        }),
    )
    gzip.end()
  } catch (error) {
    gzip.destroy(error as Error)
  }
  await written
}

/** Passes the bytes of a content on in pieces; the next is made while one is written. */
async function pass(content: Content, write: (piece: Uint8Array) => Promise<void>): Promise<void> {
  if (typeof content === 'string') return write(Buffer.from(content))
  if (content instanceof Uint8Array) return write(content)
  const pieces = new Pieces()
  let last: Promise<void> = Promise.resolve()
  const next = async (piece: Uint8Array) => {
    await last
    last = write(piece)
    // Awaited before the next piece.
    last.catch(() => {})
  }
  if (Symbol.iterator in content) {
    // A promise for each line that is at hand would take longer than the line.
    for (const line of content) if (pieces.add(line)) await next(pieces.take())
  } else {
    for await (const line of content) if (pieces.add(line)) await next(pieces.take())
  }
  await next(pieces.take())
  await last
}

/** Lines encoded into two buffers by turns, so that one is filled while the other is written. */
class Pieces {
  #buffer = Buffer.allocUnsafeSlow(PIECE + WIDEST * BATCH_LENGTH)
  #other = Buffer.allocUnsafeSlow(PIECE + WIDEST * BATCH_LENGTH)
  #used = 0
  #batch = ''

  /** Whether a piece is full. */
  add(line: string): boolean {
    this.#batch += line
    if (this.#batch.length >= BATCH_LENGTH) this.#encode()
    return this.#used >= PIECE
  }

  /** What was added since the last piece; it stays as it is until the piece after the next is begun. */
  take(): Uint8Array {
    this.#encode()
    const piece = this.#buffer.subarray(0, this.#used)
    this.#used = 0
    const filled = this.#buffer
    this.#buffer = this.#other
    this.#other = filled
    return piece
  }

  #encode(): void {
    const room = this.#buffer.length - this.#used
    // One line alone can be longer than what is left.
    if (WIDEST * this.#batch.length > room) {
      const grown = Buffer.allocUnsafeSlow(this.#used + WIDEST * this.#batch.length)
      this.#buffer.copy(grown, 0, 0, this.#used)
      this.#buffer = grown
    }
    this.#used += this.#buffer.write(this.#batch, this.#used)
    this.#batch = ''
  }
}
