import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundle } from '../testing/built.js'
import { MemoryStore } from './memory-store.js'
import { SqliteStore } from './sqlite-store.js'
import type { StoredTask, TaskStore } from './task-store.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const task = (id: string, more: Partial<StoredTask> = {}): StoredTask => ({
  id,
  kind: 'task',
  status: 'queued',
  request: '{"a":1}',
  result: null,
  createdMs: 1000.5,
  updatedMs: 1000.5,
  ...more,
})

const stores: [string, () => TaskStore | Promise<TaskStore>][] = [
  ['MemoryStore', () => new MemoryStore()],
  ['SqliteStore', () => SqliteStore.open(join(folder, 'tasks.db'))],
]

describe.each(stores)('%s', (_name, open) => {
  let store: TaskStore
  beforeEach(async () => {
    store = await open()
  })
  afterEach(() => store.close())

  it('keeps tasks and their results', async () => {
    await Promise.all([store.insert(task('a')), store.insert(task('b'))])
    await store.finish('a', 'done', '{"r":1}', 2000)
    expect(store.get('a')).toEqual(
      task('a', { status: 'done', result: '{"r":1}', updatedMs: 2000 }),
    )
    expect(store.get('none')).toBeUndefined()
    expect(store.unfinished().map(({ id }) => id)).toEqual(['b'])
    expect(store.counts()).toEqual({ done: 1, failed: 0 })
  })

  it('forgets the oldest beyond a size', async () => {
    const request = JSON.stringify('x'.repeat(100_000))
    for (let index = 0; index < 20; index++) {
      await store.insert(task(`t${index}`, { request }))
      await store.finish(`t${index}`, 'done', '1', index)
    }
    while (store.evict({ endedBeforeMs: 0, keep: 100, keepBytes: 500_000 }));
    store.evict({ endedBeforeMs: 0, keep: 100, keepBytes: 500_000 })
    const { done } = store.counts()
    expect(done).toBeGreaterThan(1)
    expect(done).toBeLessThan(6)
    expect(store.get('t19')).toBeDefined()
    expect(store.get('t0')).toBeUndefined()
  })

  it('forgets ended tasks by age, and the oldest beyond a number', async () => {
    for (let index = 0; index < 10; index++) {
      await store.insert(task(`t${index}`))
      if (index > 1) await store.finish(`t${index}`, index % 2 ? 'done' : 'failed', '1', index)
    }
    store.evict({ endedBeforeMs: 4, keep: 100, keepBytes: 1e9 })
    expect(store.counts()).toEqual({ done: 3, failed: 3 })
    store.evict({ endedBeforeMs: 0, keep: 2, keepBytes: 1e9 })
    expect(store.counts()).toEqual({ done: 1, failed: 1 })
    expect(store.unfinished().map(({ id }) => id)).toEqual(['t0', 't1'])
    expect(store.get('t9')).toBeDefined()
    expect(store.get('t7')).toBeUndefined()
  })
})

function limitPages(store: SqliteStore, pages: number): { lift: () => void } {
  const { db } = store as unknown as { db: { exec: (sql: string) => void } }
  db.exec(`PRAGMA max_page_count = ${pages}`)
  return { lift: () => db.exec('PRAGMA max_page_count = 1000000') }
}

describe('SqliteStore', () => {
  const path = () => join(folder, 'deep', 'tasks.db')

  it('has everything after it was closed and opened again', async () => {
    const first = await SqliteStore.open(path())
    await first.insert(task('a'))
    await first.insert(task('b'))
    await first.finish('b', 'failed', '{}', 5)
    await first.close()
    const second = await SqliteStore.open(path())
    expect(second.unfinished()).toEqual([task('a')])
    expect(second.counts()).toEqual({ done: 0, failed: 1 })
    await second.close()
  })

  it('forgets any number of tasks in short steps', async () => {
    const store = await SqliteStore.open(path())
    const ended = { status: 'done', result: '1' } as const
    await Promise.all(Array.from({ length: 9000 }, (_, n) => store.insert(task(`t${n}`, ended))))
    let steps = 1
    while (store.evict({ endedBeforeMs: 0, keep: 500, keepBytes: 1e9 })) steps++
    expect(steps).toBeGreaterThan(2)
    expect(store.counts()).toEqual({ done: 500, failed: 0 })
    await store.close()
  })

  it('its write-ahead log stays small, though tasks are read', async () => {
    const path = join(folder, 'tasks.db')
    const store = await SqliteStore.open(path)
    await store.insert(task('read'))
    expect(store.get('read')).toBeDefined()
    const request = 'r'.repeat(10_000)
    for (let i = 0; i < 2000; i++) await store.insert(task(`${i}`, { request }))
    expect(statSync(`${path}-wal`).size).toBeLessThan(8 << 20)
    await store.close()
  })

  it('refuses a file that is none, or of a newer version', async () => {
    const file = join(folder, 'no.db')
    writeFileSync(file, 'not a database, whatever its name says'.repeat(50))
    await expect(SqliteStore.open(file)).rejects.toThrow(/no\.db: .*not a database.*move it away/)
    expect(existsSync(`${file}.lease`)).toBe(false)
  })

  it('without space keeps nothing of what it refuses, and goes on when there is space', async () => {
    const store = await SqliteStore.open(path())
    await store.insert(task('a'))
    const large = 'x'.repeat(1 << 20)
    const limit = limitPages(store, 20)
    await expect(store.insert(task('b', { request: large }))).rejects.toMatchObject({
      code: 'store_full',
    })
    await expect(store.finish('a', 'done', large, 5)).rejects.toMatchObject({ code: 'store_full' })
    expect(store.get('b')).toBeUndefined()
    expect(store.get('a')).toEqual(task('a'))
    expect(store.counts()).toEqual({ done: 0, failed: 0 })
    limit.lift()
    await store.finish('a', 'done', large, 5)
    expect(store.counts()).toEqual({ done: 1, failed: 0 })
    await store.close()
  })

  it('writes nothing more when another service has taken it', async () => {
    const store = await SqliteStore.open(path())
    await store.insert(task('a'))
    rmSync(`${path()}.lease`)
    await expect(store.insert(task('b'))).rejects.toThrow(/another service has taken the store/)
    await store.close()
  })

  it('loses no insert that was acknowledged when its process is killed', async () => {
    const script = join(folder, 'writer.mjs')
    const store = await bundle('store/sqlite-store')
    writeFileSync(
      script,
      `import { SqliteStore } from ${JSON.stringify(store.href)}
       const store = await SqliteStore.open(${JSON.stringify(path())})
       let next = 0
       const write = async () => {
         for (;;) {
           const id = 't' + next++
           await store.insert({ id, kind: 'task', status: 'queued', request: '{}', result: null, createdMs: 1, updatedMs: 1 })
           process.stdout.write(id + '\\n')
         }
       }
       for (let i = 0; i < 20; i++) write()`,
    )
    const writer = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let acknowledged = ''
    writer.stdout.on('data', (chunk) => {
      acknowledged += String(chunk)
      if (acknowledged.length > 20_000) writer.kill('SIGKILL')
    })
    await new Promise((resolve) => writer.once('close', resolve))
    // The last line may have been cut off with its process.
    const ids = acknowledged.split('\n').slice(0, -1)
    const after = await SqliteStore.open(path())
    const kept = new Set(after.unfinished().map(({ id }) => id))
    expect(ids.length).toBeGreaterThan(2000)
    expect(ids.filter((id) => !kept.has(id))).toEqual([])
    await after.close()
  })
})
