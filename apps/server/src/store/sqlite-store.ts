// Tasks in an SQLite file. SQLite runs as WebAssembly (node-sqlite3-wasm): it installs from the
// registry on every platform, without a compiler and without a binary to fetch, and costs 37 µs of CPU
// for a task (insert and update, 100 in a transaction), where the native libsql costs 29.
//
// Writes of the same moment share a transaction (group commit), and an insert resolves when its
// transaction is in the write-ahead log. Journal mode WAL with synchronous NORMAL: what is committed
// survives the end of the process, kill -9 included; a power cut may lose the last commits, never the
// file.
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '@flowsim/trace-schema/node'
import sqlite from 'node-sqlite3-wasm'
import { ServerError } from '../errors.js'
import { Lease } from './lease.js'
import type { KeepLimits, StoredTask, TaskCounts, TaskStore } from './task-store.js'

const SCHEMA_VERSION = 1
// Rows deleted in one go, so that an eviction never holds up requests for long.
const EVICT_ROWS = 2000
// The write-ahead log, once what it holds is in the file.
const LOG_BYTES = 16 << 20

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
  /** Tasks that it adds to the ended ones. */
  ends?: 'done' | 'failed'
  resolve: () => void
  reject: (error: unknown) => void
}

/** A store in a file. */
export class SqliteStore implements TaskStore {
  readonly persistent = true
  private writes: Write[] = []
  private flushing = false
  private readonly counted: TaskCounts
  private statements

  private constructor(
    private readonly db: InstanceType<typeof sqlite.Database>,
    private readonly path: string,
    private readonly lease: Lease,
  ) {
    this.statements = prepare(db)
    this.counted = this.countAll()
  }

  /**
   * Opens a store, and creates it if it is not there.
   * @throws {@link ServerError} `store_in_use` when another service has it open, `store_failed`
   */
  static async open(path: string): Promise<SqliteStore> {
    makeFolder(dirname(path), 0o700)
    const lease = await Lease.take(path)
    try {
      // The library's own lock, a folder, is left behind by a process that was killed.
      rmSync(`${path}.lock`, { recursive: true, force: true })
      const db = new sqlite.Database(path)
      db.exec('PRAGMA locking_mode = EXCLUSIVE')
      db.exec('PRAGMA journal_mode = WAL')
      db.exec('PRAGMA synchronous = NORMAL')
      // What a burst has made it is given back to the disk.
      db.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`)
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
      return new SqliteStore(db, path, lease)
    } catch (error) {
      lease.release()
      if (error instanceof ServerError) throw error
      throw new ServerError(
        'store_failed',
        `${path}: ${(error as Error).message}; restore it, or move it away to begin anew`,
        { cause: error },
      )
    }
  }

  insert(task: StoredTask): Promise<void> {
    const { id, kind, status, request, result, createdMs, updatedMs } = task
    return this.write(
      () => this.statements.insert.run([id, kind, status, request, result, createdMs, updatedMs]),
      status === 'queued' ? undefined : status,
    )
  }

  finish(id: string, status: 'done' | 'failed', result: string, updatedMs: number): Promise<void> {
    return this.write(() => this.statements.finish.run([status, result, updatedMs, id]), status)
  }

  // Everything that is asked for in one turn of the event loop goes into one transaction.
  private write(run: () => void, ends?: 'done' | 'failed'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.writes.push({ run, resolve, reject, ...(ends === undefined ? {} : { ends }) })
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
      if (!this.lease.isHeld)
        throw new Error('another service has taken the store; stop one of them')
      this.db.exec('BEGIN')
      for (const { run } of writes) run()
      this.db.exec('COMMIT')
    } catch (error) {
      if (this.db.inTransaction) this.db.exec('ROLLBACK')
      // A statement that has failed cannot be used again.
      this.finalize()
      this.statements = prepare(this.db)
      const { message } = error as Error
      const code = /\bfull\b|no space|ENOSPC|EDQUOT|disk I\/O error/i.test(message)
        ? 'store_full'
        : 'store_failed'
      const failure = new ServerError(code, `${this.path}: ${message}`, { cause: error })
      for (const { reject } of writes) reject(failure)
      return
    }
    for (const { ends, resolve } of writes) {
      if (ends !== undefined) this.counted[ends]++
      resolve()
    }
  }

  get(id: string): StoredTask | undefined {
    // `get` of the library stops at the row, and a statement that has not come to its end holds a read
    // transaction: the write-ahead log could never be emptied, and grew until the disk was full.
    const [row] = this.statements.get.all([id]) as unknown as Row[]
    return row === undefined ? undefined : taskOf(row)
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

  evict({ endedBeforeMs, keep, keepBytes }: KeepLimits): boolean {
    const ended = this.counted.done + this.counted.failed
    // Pages of forgotten tasks are used again. What is too much is taken to be spread evenly over the tasks.
    const excess = Math.max(0, 1 - keepBytes / Math.max(1, this.usedBytes()))
    const beyond = Math.max(0, ended - keep, Math.ceil(excess * ended))
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

  private finalize(): void {
    for (const statement of Object.values(this.statements)) {
      try {
        statement.finalize()
      } catch {
        // It says again why it had failed, and is gone.
      }
    }
  }

  private usedBytes(): number {
    const pragma = (name: string) =>
      Object.values(this.db.get(`PRAGMA ${name}`) as unknown as Record<string, number>)[0]!
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  }

  async close(): Promise<void> {
    this.flush()
    this.finalize()
    this.db.close()
    this.lease.release()
  }
}

function prepare(db: InstanceType<typeof sqlite.Database>) {
  return {
    insert: db.prepare(
      'INSERT INTO tasks (id, kind, status, request, result, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    finish: db.prepare(
      "UPDATE tasks SET status = ?, result = ?, updated = ? WHERE id = ? AND status = 'queued'",
    ),
    get: db.prepare('SELECT * FROM tasks WHERE id = ?'),
  }
}

function taskOf({ id, kind, status, request, result, created, updated }: Row): StoredTask {
  return { id, kind, status, request, result, createdMs: created, updatedMs: updated }
}
