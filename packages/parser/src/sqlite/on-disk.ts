// SQLite files on the disk, in Node, by node-sqlite3-wasm: queries read what they need of files of gigabytes.
import { createWriteStream, rmSync } from 'node:fs'
import { copyFile, link, mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { missing } from '../needed.js'
import type { Connection, Row } from './database.js'

/** Opens a file that is packed: its bytes go to a temporary one. */
export async function openUnpacked(
  source: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Connection> {
  return openIn(source, (path) => pipeline(chunks, createWriteStream(path)))
}

/**
 * Opens a file where it lies. SQLite's locks are made beside a link to it, so that neither a folder that
 * cannot be written nor another reader is in the way.
 */
export async function openFile(source: string, file: string): Promise<Connection> {
  const target = resolve(file)
  return openIn(source, async (path) => {
    try {
      await symlink(target, path)
    } catch {
      // Windows asks for a privilege.
      await link(target, path).catch(() => copyFile(target, path))
    }
  })
}

async function openIn(
  source: string,
  place: (path: string) => Promise<unknown>,
): Promise<Connection> {
  const sqlite = await import('node-sqlite3-wasm').catch(missing('node-sqlite3-wasm', source))
  const folder = await mkdtemp(join(tmpdir(), 'flowsim-sqlite-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'trace.sqlite')
    await place(path)
    const database = new sqlite.default.Database(path, { readOnly: true })
    return {
      *rows(sql) {
        const statement = database.prepare(sql)
        try {
          yield* statement.iterate() as Iterable<Row>
        } finally {
          statement.finalize()
        }
      },
      close: () => {
        database.close()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
