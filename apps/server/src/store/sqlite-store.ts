// Tasks in an SQLite file. SQLite runs as WebAssembly (node-sqlite3-wasm): it installs from the
// registry on every platform, without a compiler and without a binary to fetch, and costs 37 µs of CPU
// for a task (insert and update, 100 in a transaction), where the native libsql costs 29.
//
// Writes of the same moment share a transaction (group commit), and an insert resolves when its
// transaction is in the write-ahead log. Journal mode WAL with synchronous NORMAL: what is committed
// survives the end of the process, kill -9 included; a power cut may lose the last commits, never the
// file.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import sqlite from 'node-sqlite3-wasm'
import { ServerError } from '../errors.js'
import type { StoredTask, TaskCounts, TaskStore } from './task-store.js'

const SCHEMA_VERSION = 1
// Rows deleted in one go, so that an eviction never holds up requests for long.
const EVICT_ROWS = 2000

interface Row {
  id: string
  kind: 'task' | 'trace'
  status: 'queued' | 'done' | 'failed'
  request: string
  result: string | null
  created: number
  updated: number
}

interface Write {
  run: () => void
  resolve: () => void
  reject: (error: unknown) => void
}

/** A store in a file. */
export class SqliteStore implements TaskStore {
  readonly persistent = true
  private writes: Write[] = []
  private flushing = false
  private readonly counted: TaskCounts
  private readonly statements

  private constructor(
    private readonly db: InstanceType<typeof sqlite.Database>,
    private readonly path: string,
  ) {
    this.statements = {
      insert: db.prepare(
        'INSERT INTO tasks (id, kind, status, request, result, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
      finish: db.prepare(
        "UPDATE tasks SET status = ?, result = ?, updated = ? WHERE id = ? AND status = 'queued'",
      ),
      get: db.prepare('SELECT * FROM tasks WHERE id = ?'),
    }
    this.counted = this.countAll()
  }

  /**
   * Opens a store, and creates it if it is not there.
   * @throws {@link ServerError} `store_in_use` when another process has it open, `store_failed`
   */
  static open(path: string): SqliteStore {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    lock(path)
    try {
      const db = new sqlite.Database(path)
      db.exec('PRAGMA locking_mode = EXCLUSIVE')
      db.exec('PRAGMA journal_mode = WAL')
      db.exec('PRAGMA synchronous = NORMAL')
      const { user_version: version } = db.get('PRAGMA user_version') as { user_version: number }
      if (version > SCHEMA_VERSION) {
        throw new ServerError(
          'store_failed',
          `${path} was written by a newer FlowSim; update FlowSim`,
        )
      }
      if (version === 0) {
        db.exec(`
          CREATE TABLE tasks (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            request TEXT NOT NULL,
            result TEXT,
            created REAL NOT NULL,
            updated REAL NOT NULL
          );
          CREATE INDEX tasks_queued ON tasks (seq) WHERE status = 'queued';
          PRAGMA user_version = ${SCHEMA_VERSION};
        `)
      }
      return new SqliteStore(db, path)
    } catch (error) {
      rmSync(lockPath(path), { force: true })
      if (error instanceof ServerError) throw error
      throw new ServerError('store_failed', `${path}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  insert(task: StoredTask): Promise<void> {
    return this.write(() => {
      const { id, kind, status, request, result, createdMs, updatedMs } = task
      this.statements.insert.run([id, kind, status, request, result, createdMs, updatedMs])
      if (status !== 'queued') this.counted[status]++
    })
  }

  finish(id: string, status: 'done' | 'failed', result: string, updatedMs: number): Promise<void> {
    return this.write(() => {
      this.statements.finish.run([status, result, updatedMs, id])
      this.counted[status]++
    })
  }

  // Everything that is asked for in one turn of the event loop goes into one transaction.
  private write(run: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.writes.push({ run, resolve, reject })
      if (this.flushing) return
      this.flushing = true
      setImmediate(() => this.flush())
    })
  }

  private flush(): void {
    const writes = this.writes
    this.writes = []
    this.flushing = false
    if (writes.length === 0) return
    try {
      this.db.exec('BEGIN')
      for (const { run } of writes) run()
      this.db.exec('COMMIT')
    } catch (error) {
      if (this.db.inTransaction) this.db.exec('ROLLBACK')
      const failure = new ServerError('store_failed', `${this.path}: ${(error as Error).message}`, {
        cause: error,
      })
      for (const { reject } of writes) reject(failure)
      return
    }
    for (const { resolve } of writes) resolve()
  }

  get(id: string): StoredTask | undefined {
    const row = this.statements.get.get([id]) as unknown as Row | null
    return row === null ? undefined : taskOf(row)
  }

  unfinished(): StoredTask[] {
    const rows = this.db.all("SELECT * FROM tasks WHERE status = 'queued' ORDER BY seq")
    return (rows as unknown as Row[]).map(taskOf)
  }

  counts(): TaskCounts {
    return { ...this.counted }
  }

  private countAll(): TaskCounts {
    const counts = { done: 0, failed: 0 }
    const rows = this.db.all('SELECT status, count(*) AS count FROM tasks GROUP BY status')
    for (const { status, count } of rows as unknown as { status: string; count: number }[]) {
      if (status === 'done' || status === 'failed') counts[status] = count
    }
    return counts
  }

  evict({ endedBeforeMs, keep }: { endedBeforeMs: number; keep: number }): boolean {
    const beyond = Math.max(0, this.counted.done + this.counted.failed - keep)
    const rows = this.db.all(
      `DELETE FROM tasks WHERE seq IN (
         SELECT seq FROM tasks WHERE status <> 'queued' AND updated < ? ORDER BY seq LIMIT ${EVICT_ROWS}
       ) OR seq IN (
         SELECT seq FROM tasks WHERE status <> 'queued' ORDER BY seq LIMIT ?
       ) RETURNING status`,
      [endedBeforeMs, Math.min(beyond, EVICT_ROWS)],
    )
    for (const { status } of rows as unknown as { status: 'done' | 'failed' }[]) {
      this.counted[status]--
    }
    return rows.length >= EVICT_ROWS
  }

  async close(): Promise<void> {
    this.flush()
    for (const statement of Object.values(this.statements)) statement.finalize()
    this.db.close()
    rmSync(lockPath(this.path), { force: true })
  }
}

function taskOf({ id, kind, status, request, result, created, updated }: Row): StoredTask {
  return { id, kind, status, request, result, createdMs: created, updatedMs: updated }
}

const lockPath = (path: string) => `${path}.pid`

// The library locks with a folder, PATH.lock, which a killed process leaves behind; so the holder's
// process number is kept beside it, and a lock whose holder is gone is cleared.
function lock(path: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(lockPath(path), 'wx')
      writeSync(file, String(process.pid))
      closeSync(file)
      rmSync(`${path}.lock`, { recursive: true, force: true })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new ServerError('store_failed', `${path}: ${(error as Error).message}`)
      }
      const holder = Number(readFileSync(lockPath(path), 'utf8').trim() || Number.NaN)
      if (holder !== process.pid && isRunning(holder)) {
        throw new ServerError(
          'store_in_use',
          `${path} is in use by process ${holder}; stop it, or choose another file with --store`,
        )
      }
      rmSync(lockPath(path), { force: true })
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
