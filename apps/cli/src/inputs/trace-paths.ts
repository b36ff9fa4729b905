// The files that a command is given: paths as they are, folders as the traces in them.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isTraceName } from '@flowsim/parser'
import { CliError } from '../program/errors.js'

/** Paths of traces; a folder stands for the traces directly in it, sorted by name. */
export async function tracePaths(given: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const path of given) {
    const known = await stat(path).catch(() => undefined)
    if (known?.isDirectory() !== true) {
      paths.push(path)
      continue
    }
    const names = (await readdir(path)).filter(isTraceName).sort()
    if (names.length === 0) {
      throw new CliError(
        'failure',
        `${path}: holds no trace (.json, .json.gz, .sqlite, .pb, .zip, …)`,
      )
    }
    paths.push(...names.map((name) => join(path, name)))
  }
  return paths
}
