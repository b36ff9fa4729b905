// The files of uploaded traces: the upload, until it is simulated, and the report, until it is old.
import { createWriteStream } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { makeFolder } from '@flowsim/trace-schema/node'
import { isNoSpace, ServerError } from './errors.js'

// A report holds every kernel of its trace: megabytes.
const KEPT_REPORTS = 100

/** A folder with the files of the service. Names are ids that the service made. */
export class TraceFiles {
  /** Bytes of the uploads that come in, by id. */
  private readonly coming = new Map<string, number>()

  /** @param maxBytes - of all files together */
  constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
  ) {}

  /** Makes the folder, for this user only. */
  async open(): Promise<void> {
    makeFolder(this.folder, 0o700)
  }

  /** Where an upload lies. */
  upload(id: string): string {
    return join(this.folder, `${id}.trace`)
  }

  /** Where a report lies. */
  report(id: string): string {
    return join(this.folder, `${id}.html`)
  }

  /**
   * Takes a body in, up to a limit. One that says that it is larger than the room there is, is not begun: a body
   * that is broken off takes its connection with it, and the refusal would not arrive.
   * @param statedBytes - what the body says that it has; 0 where it does not
   * @returns bytes, one more than `mostBytes` when it is too large
   * @throws {@link ServerError} `store_full` when all files together would be above their limit
   */
  async receive(
    id: string,
    body: Readable,
    mostBytes: number,
    statedBytes: number,
  ): Promise<number> {
    await this.open()
    const there = await this.bytes()
    this.coming.set(id, 0)
    const count = (bytes: number) => {
      this.coming.set(id, bytes)
      const all = [...this.coming.values()].reduce((sum, each) => sum + each, there)
      if (all <= this.maxBytes) return
      throw new ServerError('store_full', `uploads and reports fill ${this.maxBytes} bytes`)
    }
    try {
      count(statedBytes)
      return await receive(body, this.upload(id), mostBytes, count)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      throw new ServerError('store_full', (error as Error).message, { cause: error })
    } finally {
      this.coming.delete(id)
    }
  }

  // Without what comes in.
  private async bytes(): Promise<number> {
    let bytes = 0
    for (const name of await readdir(this.folder)) {
      if (this.coming.has(name.replace(/\.trace$/, ''))) continue
      bytes += await stat(join(this.folder, name)).then(
        ({ size }) => size,
        () => 0,
      )
    }
    return bytes
  }

  /** Removes an upload. */
  async removeUpload(id: string): Promise<void> {
    await rm(this.upload(id), { force: true })
  }

  /** Removes reports of traces that are forgotten, and the oldest beyond a number. */
  async removeOld(isKnown: (id: string) => boolean): Promise<void> {
    const names = await readdir(this.folder).catch(() => [])
    const reports: { path: string; madeMs: number }[] = []
    for (const name of names) {
      if (!name.endsWith('.html')) continue
      const path = join(this.folder, name)
      if (!isKnown(name.slice(0, -'.html'.length))) await rm(path, { force: true })
      else
        reports.push({
          path,
          madeMs: await stat(path).then(
            ({ mtimeMs }) => mtimeMs,
            () => 0,
          ),
        })
    }
    reports.sort((a, b) => b.madeMs - a.madeMs)
    for (const { path } of reports.slice(KEPT_REPORTS)) await rm(path, { force: true })
  }
}

// Counts while it writes; stops at one byte too many, whatever Content-Length had said.
async function receive(
  body: Readable,
  path: string,
  mostBytes: number,
  count: (bytes: number) => void,
): Promise<number> {
  let bytes = 0
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bytes += chunk.length
        if (bytes > mostBytes) return
        count(bytes)
        yield chunk
      }
    },
    createWriteStream(path, { mode: 0o600 }),
  )
  return bytes
}

function isDiskFull(error: unknown): boolean {
  return isNoSpace(String((error as NodeJS.ErrnoException).code))
}
