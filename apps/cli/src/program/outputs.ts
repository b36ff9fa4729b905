// The files of a command: written beside their target first and moved there when all are complete, so
// that a failure leaves nothing half-written. What is staged is removed as the process exits, whatever ends it;
// only a process that was killed leaves its stage, and the next one that writes to the folder removes it.
import { rmdirSync, rmSync } from 'node:fs'
import { mkdtemp, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { makeFolder } from '@flowsim/trace-schema/node'
import { CliError } from './errors.js'
import { note } from './print.js'
import { stage } from './progress.js'
import { type Content, writeContent, writeGzip } from './write-content.js'

/** Collects the files of one command; {@link commit} puts them into place, {@link discard} drops them. */
export class Outputs {
  /** Paths of the files, in the order in which they were added. */
  readonly paths: string[] = []
  #stage: string | undefined
  #madeFolder = false
  #notes: string[] = []
  #isReplaced: ((name: string) => boolean) | undefined

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
      makeFolder(this.folder)
      await removeStale(this.folder)
      this.#stage = await mkdtemp(join(this.folder, STAGE_PREFIX))
      if (STAGES.size === 0) process.once('exit', removeStages)
      STAGES.set(this.#stage, this.#madeFolder ? this.folder : null)
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
    if (this.paths.length === 0) stage(`writing into ${this.folder}`)
    const path = join(this.folder, name)
    if (this.paths.includes(path)) {
      throw new CliError('failure', `${path}: two inputs would write it; give them different names`)
    }
    const staged = join(this.#stage, name)
    await (name.endsWith('.gz') ? writeGzip(staged, content) : writeContent(staged, content))
    this.paths.push(path)
    return path
  }

  /** A line on stderr about what was written, once it is. */
  noteWritten(line: string): void {
    this.#notes.push(line)
  }

  /** Files directly in the folder with such names are of the same command: those that it does not write anew go. */
  replaces(isReplaced: (name: string) => boolean): void {
    this.#isReplaced = isReplaced
  }

  /** Moves all files into place, and removes those of before that they replace. */
  async commit(): Promise<void> {
    if (this.#stage === undefined) return
    for (const path of this.paths) await rename(join(this.#stage, basename(path)), path)
    await this.#removeReplaced()
    await this.#close()
    for (const line of this.#notes) note(line)
  }

  async #removeReplaced(): Promise<void> {
    if (this.#isReplaced === undefined) return
    for (const entry of await readdir(this.folder, { withFileTypes: true })) {
      const path = join(this.folder, entry.name)
      if (!entry.isFile() || this.paths.includes(path)) continue
      if (this.#isReplaced(entry.name)) await rm(path, { force: true })
    }
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    if (this.#stage === undefined) return
    await this.#close()
    if (this.#madeFolder && (await readdir(this.folder)).length === 0) await rmdir(this.folder)
  }

  async #close(): Promise<void> {
    const stage = this.#stage
    if (stage === undefined) return
    this.#stage = undefined
    await rm(stage, { recursive: true, force: true })
    STAGES.delete(stage)
    if (STAGES.size === 0) process.off('exit', removeStages)
  }
}

/** `.flowsim-HOST-PID-` and six letters: whose stage it is. Process ids mean nothing on another host. */
const HOST = hostname().replace(/[^A-Za-z0-9]/g, '_')
const STAGE_PREFIX = `.flowsim-${HOST}-${process.pid}-`
/** Stages that are open, with the folder that was made for them. */
const STAGES = new Map<string, string | null>()

function removeStages(): void {
  for (const [stage, folder] of STAGES) {
    rmSync(stage, { recursive: true, force: true })
    try {
      if (folder !== null) rmdirSync(folder)
    } catch {
      // Something else stands in it.
    }
  }
}

/** Removes the stages of processes of this host that no longer run. */
async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, host, pid] = /^\.flowsim-(\w+)-(\d+)-\w{6}$/.exec(name) ?? []
    if (host !== HOST || isRunning(Number(pid))) continue
    await rm(join(folder, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Someone else's process: it runs.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return 'no permission'
  if (code === 'ENOSPC') return 'no space left'
  return code ?? message
}
