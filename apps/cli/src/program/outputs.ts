// The files of a command: written beside their target first and moved there when all are complete, so
// that a failure leaves nothing half-written.
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { CliError } from './errors.js'
import { note } from './print.js'

/** What a file can be made of. */
export type Content = string | Uint8Array | Iterable<string> | AsyncIterable<string>

/** Collects the files of one command; {@link commit} puts them into place, {@link discard} drops them. */
export class Outputs {
  /** Paths of the files, in the order in which they were added. */
  readonly paths: string[] = []
  #stage: string | undefined
  #madeFolder = false
  #notes: string[] = []

  private constructor(readonly folder: string) {}

  /** Outputs into a folder, which is made if need be. */
  static async into(folder: string): Promise<Outputs> {
    const outputs = new Outputs(resolve(folder))
    await outputs.#open()
    return outputs
  }

  /** One output file, in whatever folder. */
  static async file(path: string, content: Content): Promise<void> {
    const outputs = await Outputs.into(dirname(resolve(path)))
    try {
      await outputs.add(basename(path), content)
      await outputs.commit()
    } catch (error) {
      await outputs.discard()
      throw error
    }
  }

  async #open(): Promise<void> {
    try {
      const known = await stat(this.folder).catch(() => undefined)
      if (known !== undefined && !known.isDirectory()) {
        throw new CliError('failure', `${this.folder}: is not a folder; name another with -o`)
      }
      this.#madeFolder = known === undefined
      await mkdir(this.folder, { recursive: true })
      this.#stage = await mkdtemp(join(this.folder, '.flowsim-'))
      STAGES.add(this)
    } catch (error) {
      if (error instanceof CliError) throw error
      throw new CliError('failure', `${this.folder}: cannot be written to: ${reason(error)}`, {
        cause: error,
      })
    }
  }

  /** Adds a file; a name that ends in `.gz` is compressed. Returns its final path. */
  async add(name: string, content: Content): Promise<string> {
    if (this.#stage === undefined) throw new Error('outputs are closed')
    const path = join(this.folder, name)
    if (this.paths.includes(path)) {
      throw new CliError('failure', `${path}: two inputs would write it; give them different names`)
    }
    const staged = join(this.#stage, name)
    if (typeof content === 'string' || content instanceof Uint8Array) {
      if (!name.endsWith('.gz')) await writeFile(staged, content)
      else
        await pipeline(
          Readable.from([Buffer.from(content)]),
          createGzip(),
          createWriteStream(staged),
        )
    } else {
      const text = Readable.from(batched(content))
      if (name.endsWith('.gz')) await pipeline(text, createGzip(), createWriteStream(staged))
      else await pipeline(text, createWriteStream(staged))
    }
    this.paths.push(path)
    return path
  }

  /** A line on stderr about what was written, once it is. */
  noteWritten(line: string): void {
    this.#notes.push(line)
  }

  /** Moves all files into place. */
  async commit(): Promise<void> {
    if (this.#stage === undefined) return
    for (const path of this.paths) await rename(join(this.#stage, basename(path)), path)
    await this.#close()
    for (const line of this.#notes) note(line)
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    if (this.#stage === undefined) return
    await this.#close()
    if (this.#madeFolder && (await readdir(this.folder)).length === 0) await rmdir(this.folder)
  }

  async #close(): Promise<void> {
    if (this.#stage !== undefined) await rm(this.#stage, { recursive: true, force: true })
    this.#stage = undefined
    STAGES.delete(this)
  }
}

const STAGES = new Set<Outputs>()

/** Drops the outputs of whatever is under way, when the program is interrupted. */
export async function discardAll(): Promise<void> {
  await Promise.all([...STAGES].map((outputs) => outputs.discard().catch(() => {})))
}

/** Short lines joined, so that each write is worth its cost. */
async function* batched(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let batch = ''
  for await (const line of lines) {
    batch += line
    if (batch.length > 1 << 16) {
      yield batch
      batch = ''
    }
  }
  if (batch !== '') yield batch
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return 'no permission'
  if (code === 'ENOSPC') return 'no space left'
  return code ?? message
}
