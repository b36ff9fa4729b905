// What the service does when its store has no space, and when clients send more than it can hold.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ServerError } from '../errors.js'
import { readSettings, type ServerOptions } from '../options.js'
import { MemoryStore } from '../store/memory-store.js'
import { bundle } from '../testing/built.js'
import { WorkerPool } from '../workers/pool.js'
import { TaskService } from './task-service.js'

/** A store on a disk that can be full. */
class FullStore extends MemoryStore {
  isFull = false

  override insert(...args: Parameters<MemoryStore['insert']>): Promise<void> {
    return this.isFull ? Promise.reject(full()) : super.insert(...args)
  }

  override finish(...args: Parameters<MemoryStore['finish']>): Promise<void> {
    return this.isFull ? Promise.reject(full()) : super.finish(...args)
  }
}

const full = () => new ServerError('store_full', 'tasks.db: database or disk is full')
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const request = (kernel_name: string) => ({
  kernel_name,
  op: null,
  input_dim: null,
  dtype: '',
  system_key: null,
})

let workerUrl: URL
beforeAll(async () => {
  workerUrl = await bundle('testing/slow-worker')
})

let store: FullStore
let service: TaskService
let log: string[]
const open = (options: ServerOptions = {}) => {
  const settings = readSettings(
    { workers: 1, onLog: (line) => log.push(line), ...options },
    workerUrl,
  )
  const pool = new WorkerPool({ size: 1, workerUrl, timeoutMs: 60_000, heapMiB: 64 })
  service = new TaskService(store, pool, settings)
}
beforeEach(() => {
  store = new FullStore()
  log = []
})
afterEach(() => service.close())

describe('a store without space', () => {
  it('loses no task that was accepted, says so once, and keeps what has ended when there is space', async () => {
    open()
    const id = await service.submit(request('busy:100'))
    store.isFull = true
    await service.wait(id, 10_000)
    await expect(service.submit(request('b'))).rejects.toMatchObject({ code: 'store_full' })
    await expect(service.submit(request('c'))).rejects.toMatchObject({ code: 'store_full' })
    expect(service.view(id)).toMatchObject({ status: 'done' })
    expect(store.get(id)).toMatchObject({ status: 'queued' })
    expect(service.faults).toEqual(['tasks.db: database or disk is full'])
    expect(service.counts()).toMatchObject({ queued: 0, running: 0, done: 0 })

    store.isFull = false
    while (store.get(id)!.status === 'queued') await pause(50)
    expect(store.get(id)).toMatchObject({ status: 'done' })
    expect(service.view(id)).toMatchObject({ status: 'done' })
    while (service.faults.length > 0) await pause(50)
    expect(log).toEqual([
      'the store fails: tasks.db: database or disk is full',
      'the store works again',
    ])
  })

  it('gets what has ended when the service is closed, if it can take it by then', async () => {
    open()
    const id = await service.submit(request('busy:50'))
    store.isFull = true
    await service.wait(id, 10_000)
    await pause(10)
    store.isFull = false
    store.close = () => Promise.resolve()
    await service.close()
    expect(store.get(id)).toMatchObject({ status: 'done' })
  })
})

describe('memory', () => {
  it('tasks wait up to a number of bytes, not only up to a number', async () => {
    open({ maxQueueBytes: 1000 })
    const ids = [await service.submit(request('busy:300'))]
    while (!service.isFull) ids.push(await service.submit(request('x'.repeat(200))))
    expect(ids.length).toBeGreaterThan(2)
    expect(ids.length).toBeLessThan(6)
    await Promise.all(ids.map((id) => service.wait(id, 10_000)))
    await pause(10)
    expect(service.isFull).toBe(false)
  })

  it('kept tasks are forgotten as they come in, not only now and then', async () => {
    open({ keepBytes: 4 << 20, maxQueueBytes: 1 << 30 })
    const ids: string[] = []
    for (let index = 0; index < 40; index++) {
      const id = await service.submit(request(`${index}:0:${'x'.repeat(1 << 20)}`))
      await service.wait(id, 10_000)
      ids.push(id)
    }
    expect(ids.filter((id) => service.view(id) !== undefined).length).toBeLessThan(24)
  })
})
