// Files of repositories that were fetched: $XDG_CACHE_HOME/flowsim/hub/<hub>/<org>--<name>/<revision>/, and for
// names that move, such as main, the revision that they last meant.
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeFolder } from '@flowsim/trace-schema/node'
import type { HubId } from './hub-id.js'

/** Kept files of one repository. */
export class HubCache {
  readonly #folder: string

  /** @param root - folder of the cache; that of XDG if absent */
  constructor({ hub, name }: HubId, endpoint: string, root: string = cacheRoot()) {
    const host = new URL(endpoint).host.replace(/[^\w.-]/g, '_')
    this.#folder = join(root, 'hub', `${hub}-${host}`, name.replace('/', '--'))
  }

  /** A file of a revision; null if it is known that there is none, undefined if nothing is known. */
  read(revision: string, name: string): string | null | undefined {
    const text = readIfThere(this.#path(revision, name))
    if (text !== undefined) return text
    return readIfThere(this.#path(revision, `${name}.absent`)) === undefined ? undefined : null
  }

  /** Where a file of a revision lies. */
  pathOf(revision: string, name: string): string {
    return this.#path(revision, name)
  }

  async write(revision: string, name: string, text: string | null): Promise<void> {
    const path = this.#path(revision, text === null ? `${name}.absent` : name)
    await writeWhole(path, text ?? '')
  }

  /** The revision that a moving name last meant. */
  readRef(ref: string): string | undefined {
    return readIfThere(this.#path('refs', ref))?.trim()
  }

  async writeRef(ref: string, revision: string): Promise<void> {
    await writeWhole(this.#path('refs', ref), revision)
  }

  #path(...parts: string[]): string {
    return join(this.#folder, ...parts.map((part) => part.replaceAll('/', '--')))
  }
}

function cacheRoot(): string {
  const { XDG_CACHE_HOME } = process.env
  const base =
    XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === ''
      ? join(homedir(), '.cache')
      : XDG_CACHE_HOME
  return join(base, 'flowsim')
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** A file appears whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  makeFolder(dirname(path))
  await writeFile(draft, text)
  await rename(draft, path)
}
