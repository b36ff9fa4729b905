// What a sweep or a plan has done so far, one JSON document a line: a sweep that is stopped goes on from there. An outcome
// is used again only while everything that it depends on is the same: the configuration's text, the contents of
// every file that it names, and the version of the program.
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '@flowsim/trace-schema/node'
import { CliError } from '../../../program/errors.js'
import { version } from '../../../version.js'
import { digestOf, type FileDigests, type PointValues } from './simulate-point.js'

/** A line: a simulation that ended, or that was refused. */
type Line<Outcome> = { values: PointValues; files: FileDigests } & Outcome

/** Whose journal it is. */
export interface JournalOwner {
  schema: string
  /** Name of the configuration, for people. */
  config: string
  /** Everything that all outcomes depend on beside files. */
  text: string
}

/** The file `points.jsonl` of a sweep. */
export class Journal<Outcome extends object> {
  readonly #known = new Map<string, Outcome>()
  readonly #file: number
  /** Simulations that an earlier run had done. */
  readonly resumed: number
  /** Simulations that an earlier run had done with files that have changed since. */
  stale = 0
  readonly #current = new Map<string, string | null>()

  /**
   * Opens the journal of a folder, with what an earlier run of the same configuration left in it.
   * @throws CliError when the folder holds the sweep of another configuration
   */
  constructor(
    folder: string,
    private readonly owner: JournalOwner,
  ) {
    const { schema, config, text } = owner
    makeFolder(folder)
    const path = join(folder, 'points.jsonl')
    const digest = digestOf(text)
    if (existsSync(path)) this.#read(path, digest)
    this.resumed = this.#known.size
    this.#file = openSync(path, 'a')
    if (readFileSync(path).length === 0) {
      appendFileSync(this.#file, `${JSON.stringify({ schema, config, digest, version })}\n`)
    }
  }

  /** The outcome of a point, if it is known. */
  get(values: PointValues): Outcome | undefined {
    return this.#known.get(keyOf(values))
  }

  /** Adds an outcome; once this returns it survives whatever happens to the program. */
  add(values: PointValues, simulated: Outcome & { files: FileDigests }): void {
    this.#known.set(keyOf(values), simulated)
    appendFileSync(this.#file, `${JSON.stringify({ values, ...simulated })}\n`)
    fsyncSync(this.#file)
  }

  close(): void {
    closeSync(this.#file)
  }

  #read(path: string, digest: string): void {
    const { schema } = this.owner
    const text = readFileSync(path, 'utf8')
    // A program that was killed in the middle of a line left a part of it.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole))
    const [head, ...lines] = whole.split('\n').filter((line) => line !== '')
    if (head === undefined) return
    const known = parseLine(path, head) as { schema?: string; digest?: string; version?: string }
    if (known.schema === schema && known.version !== version) {
      throw new CliError(
        'failure',
        `${path}: is of flowsim ${known.version}, this is ${version}; choose another folder, or remove it to start over`,
      )
    }
    if (known.schema !== schema || known.digest !== digest) {
      throw new CliError(
        'failure',
        `${path}: is of another sweep or another configuration; choose another folder, or remove it to start over`,
      )
    }
    for (const line of lines) {
      const { values, files, ...outcome } = parseLine(path, line) as Line<Outcome>
      if (this.#isCurrent(files)) this.#known.set(keyOf(values), outcome as unknown as Outcome)
      else this.stale++
    }
  }

  #isCurrent(files: FileDigests): boolean {
    return Object.entries(files).every(([path, digest]) => this.#digestNow(path) === digest)
  }

  #digestNow(path: string): string | null {
    let digest = this.#current.get(path)
    if (digest === undefined) {
      digest = existsSync(path) ? digestOf(readFileSync(path, 'utf8')) : null
      this.#current.set(path, digest)
    }
    return digest
  }
}

function parseLine(path: string, line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new CliError('failure', `${path}: has a line that is not JSON; remove it to start over`, {
      cause: error,
    })
  }
}

/** Equal for equal values, whatever their order. */
function keyOf(values: PointValues): string {
  return JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
}
