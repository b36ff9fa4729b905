import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../testing/built.js'
import { type PoolOptions, WorkerPool } from './pool.js'

let workerUrl: URL
beforeAll(async () => {
  workerUrl = await bundle('testing/slow-worker')
})

let pool: WorkerPool
afterEach(() => pool.close(0))
const open = (size: number, timeoutMs = 60_000, more: Partial<PoolOptions> = {}) => {
  pool = new WorkerPool({ size, workerUrl, timeoutMs, heapMiB: 64, ...more })
  return pool
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const task = (kernel_name: string) => ({
  kind: 'task' as const,
  request: { kernel_name, op: null, input_dim: null, dtype: '', system_key: null },
})
const run = (name: string, options = {}) => pool.run<'task'>(task(name), options)

describe('WorkerPool', () => {
  it('answers many jobs, each with its own answer', async () => {
    open(2)
    const names = Array.from({ length: 500 }, (_, index) => `n${index}`)
    const answers = await Promise.all(names.map((name) => run(name)))
    expect(answers.map((answer) => answer.output?.summary)).toEqual(names)
  })

  it('runs on all its workers at once', async () => {
    open(2)
    const answers = await Promise.all([run('thread'), run('thread')])
    expect(new Set(answers.map((answer) => answer.output?.summary)).size).toBe(2)
  })

  it('stops a job that takes too long, and only that one', async () => {
    open(1, 2000)
    const results = await Promise.allSettled([run('hang'), run('a'), run('b')])
    expect(results[0]).toMatchObject({ reason: { code: 'timeout', message: /within 2 s/ } })
    expect(results.slice(1).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  })

  it('replaces a worker that dies, and only its running job fails', async () => {
    open(1)
    const results = await Promise.allSettled([run('crash'), run('a'), run('b')])
    expect(results[0]).toMatchObject({ reason: { code: 'worker_failed', message: /exit code 3/ } })
    expect(results.slice(1).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  })

  it('stops a job that needs too much memory, and only that one', async () => {
    open(1)
    const results = await Promise.allSettled([run('eat'), run('a')])
    expect(results[0]).toMatchObject({ reason: { code: 'worker_failed', message: /memory/ } })
    expect(results[1]!.status).toBe('fulfilled')
  })

  it('refuses a job that cannot be handed over, and keeps the worker', async () => {
    open(1)
    const job = { ...task('a'), more: () => 1 }
    const results = await Promise.allSettled([pool.run<'task'>(job), run('b')])
    expect(results[0]).toMatchObject({
      reason: { code: 'worker_failed', message: /cannot be handed/ },
    })
    expect(results[1]!.status).toBe('fulfilled')
    expect(pool.fault).toBeNull()
  })

  it('says that workers do not start, keeps the jobs, and goes on when they do', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'flowsim-pool-')), 'works')
    const script = `
      import { existsSync, appendFileSync } from 'node:fs'
      appendFileSync(${JSON.stringify(`${marker}.starts`)}, 'x')
      if (!existsSync(${JSON.stringify(marker)})) throw new Error('no such module')
      await import(${JSON.stringify(workerUrl.href)})`
    open(1, 60_000, {
      workerUrl: new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    })
    while (pool.fault === null) await pause(10)
    expect(pool.fault).toBe('no worker starts: no such module')
    expect(pool.workers).toEqual([false])
    const answer = run('late')
    await pause(500)
    expect(readFileSync(`${marker}.starts`, 'utf8').length).toBeLessThan(8)
    writeFileSync(marker, '')
    expect((await answer).output?.summary).toBe('late')
    expect(pool.fault).toBeNull()
    rmSync(dirname(marker), { recursive: true })
  })

  it('notices by itself that a worker does not answer, and that it does again', async () => {
    const canary = { job: task('hang'), everyMs: 50, withinMs: 200 }
    open(1, 60_000, { canary })
    while (pool.fault === null) await pause(10)
    expect(pool.fault).toMatch(/did not finish within 0.2 s/)
    await run('a')
    expect(pool.fault).toBeNull()
  })

  it('passes on what a job throws', async () => {
    open(1)
    await expect(run('throw')).rejects.toThrow('thrown')
  })

  it('takes urgent jobs first', async () => {
    open(1)
    const order: string[] = []
    const jobs = Array.from({ length: 20 }, (_, index) =>
      run(`n${index}:5`).then(() => order.push('normal')),
    )
    await Promise.all([...jobs, run('u', { urgent: true }).then(() => order.push('urgent'))])
    expect(order.indexOf('urgent')).toBeLessThan(8)
  })

  it('finishes what runs when it closes', async () => {
    open(1)
    let done = false
    const running = run('busy:200').then(() => {
      done = true
    })
    await pool.close(30_000)
    await running
    expect(done).toBe(true)
  })
})
