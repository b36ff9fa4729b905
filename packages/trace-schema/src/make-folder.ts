// Makes a folder with those above it. Node's own `recursive` runs for ever where a folder can neither be found
// nor made, as below /proc.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those above it that are not there; one that is there stays as it is.
 * @param mode - permissions of the folders that are made
 * @throws NodeJS.ErrnoException when one cannot be made
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, mode)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const parent = dirname(path)
    if (code === 'ENOENT' && parent !== path && !existsSync(parent)) {
      makeFolder(parent, mode)
      makeFolder(path, mode)
      return
    }
    if (code !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}
