// JSON files that a user names.
import { readFile } from 'node:fs/promises'
import { CliError } from '../program/errors.js'

/** Text of a file. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a folder' : code
    throw new CliError('failure', `${path}: cannot be read: ${why}`, { cause: error })
  }
}

/** Parsed JSON of a file. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = (error as Error).message.replace(/\s+/g, ' ')
    throw new CliError('failure', `${path}: is not JSON: ${why}`, { cause: error })
  }
}
