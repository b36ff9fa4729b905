// What clients of the service see when something around it fails.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ServerOptions } from './options.js'
import { type RunningServer, startServer } from './server.js'
import { askServer } from './testing/ask.js'
import { bundle } from './testing/built.js'

let folder: string
let workerUrl: URL
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-faults-'))
  workerUrl = await bundle('testing/slow-worker')
})
afterAll(() => rmSync(folder, { recursive: true }))

let server: RunningServer
afterEach(() => server.close())
const start = async (options: ServerOptions) => {
  server = await startServer({ port: 0, workers: 1, workerUrl, shutdownMs: 200, ...options })
}
const ask = (path: string, init?: Parameters<typeof askServer>[2]) => askServer(server, path, init)
const named = (kernel_name: string) => ({ kernel_name, op: '', dtype: 'fp16' })
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a disk that is full', () => {
  // A small file system is made where the system lets us.
  const disk = mkdtempSync(join(tmpdir(), 'flowsim-disk-'))
  const mounted =
    process.platform === 'linux' &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).status === 0
  afterAll(() => {
    if (mounted) spawnSync('umount', [disk])
    rmSync(disk, { recursive: true })
  })

  it.skipIf(!mounted)(
    'loses no task that was accepted, and takes new ones when there is space',
    async () => {
      const log: string[] = []
      await start({ storePath: join(disk, 'tasks.db'), onLog: (line) => log.push(line) })
      const accepted: string[] = []
      const slow = await ask('/tasks', { json: named('busy:1500') })
      accepted.push(String(slow.body.task_id))
      writeFileSync(join(disk, 'ballast'), new Uint8Array(15 << 20))
      let status = 200
      while (status === 200) {
        const answer = await ask('/tasks', { json: named(`x:0:${'y'.repeat(50_000)}`) })
        status = answer.status
        if (status === 200) accepted.push(String(answer.body.task_id))
        else expect(answer.headers.get('retry-after')).toBe('10')
      }
      expect(status).toBe(507)
      const { status: code, body } = await ask('/health')
      expect(code).toBe(200)
      expect(body).toMatchObject({ status: 'degraded', faults: [/full|I\/O/] })
      // What ends now cannot be kept yet, and is answered all the same.
      await ask(`/tasks?wait=true`, { json: named('x:0:small') })
      while ((await ask(`/tasks/${accepted[0]}`)).body.status !== 'done') await pause(50)

      rmSync(join(disk, 'ballast'))
      while ((await ask('/health')).body.status !== 'ok') await pause(50)
      expect((await ask('/tasks?wait=true', { json: named('after') })).status).toBe(200)
      expect(log).toHaveLength(2)
      await server.close()
      await start({ storePath: join(disk, 'tasks.db') })
      for (const id of accepted) {
        let answer = await ask(`/tasks/${id}`)
        while (['queued', 'running'].includes(String(answer.body.status))) {
          await pause(20)
          answer = await ask(`/tasks/${id}`)
        }
        expect(answer.body.status).toBe('done')
      }
      expect((await ask('/health')).body.task_counts).toMatchObject({ queued: 0, running: 0 })
    },
  )
})

describe('workers that do not start', () => {
  it('are told in /health, and nothing is accepted meanwhile', async () => {
    await start({ workerUrl: new URL('data:text/javascript,throw new Error("broken")') })
    while ((await ask('/health')).status === 200) await pause(20)
    expect((await ask('/health')).body).toMatchObject({
      status: 'degraded',
      workers: [{ done: true, cancelled: false }],
      faults: ['no worker starts: broken'],
    })
    const detail = 'no worker starts: broken'
    for (const path of ['/tasks', '/v1/estimate', '/v1/traces']) {
      expect(await ask(path, { json: named('a') })).toMatchObject({ status: 503, body: { detail } })
    }
  })
})

describe('too much at once', () => {
  it('tasks are refused when those that wait fill their bytes', async () => {
    await start({ maxQueueBytes: 300_000 })
    await ask('/tasks', { json: named('busy:1000') })
    const codes: number[] = []
    for (let index = 0; index < 10; index++) {
      const { status } = await ask('/tasks', { json: named(`${index}:0:${'y'.repeat(100_000)}`) })
      codes.push(status)
    }
    expect(codes).toEqual([...Array(3).fill(200), ...Array(7).fill(429)])
  })

  it('a task is refused before its body comes', async () => {
    await start({ maxQueueBytes: 1 })
    await ask('/tasks', { json: named('busy:1000') })
    const { port } = new URL(server.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST /tasks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n')
    const [said] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(said.toString()).toMatch(/^HTTP\/1.1 429 /)
  })

  it('a refusal reaches a client that is still sending, and its connection goes on', async () => {
    await start({ maxReceivingBytes: 100_000 })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const send = (bytes: number) =>
      new Promise<number>((resolve, reject) => {
        const request = httpRequest(`${server.url}/tasks`, { agent, method: 'POST' }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode!))
        })
        request.once('error', reject)
        // Without a length: nothing tells beforehand how much comes.
        request.write(`{"kernel_name": "${'y'.repeat(bytes)}`)
        request.end('"}')
      })
    expect(await send(900_000)).toBe(429)
    expect(await send(10)).toBe(422)
    agent.destroy()
  })

  it('bodies are refused when those that are being received fill their bytes', async () => {
    await start({ maxReceivingBytes: 100_000 })
    const answer = await ask('/tasks', { json: named('y'.repeat(200_000)) })
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect((await ask('/tasks', { json: named('a') })).status).toBe(200)
  })

  it('a trace whose report finds no space is answered as that', async () => {
    await start({})
    const upload = (name: string) =>
      ask(`/v1/traces?wait=true&name=${name}`, { method: 'POST', body: '[]' })
    expect((await upload('throw:ENOSPC')).status).toBe(507)
    expect((await upload('throw:EIO')).status).toBe(500)
    expect((await upload('throw:unknown_hardware')).status).toBe(422)
  })

  it('uploads are refused when they and the reports fill their bytes', async () => {
    await start({ maxFilesBytes: 100_000 })
    const upload = (bytes: number) =>
      ask('/v1/traces?wait=true', { method: 'POST', body: new Uint8Array(bytes) })
    expect((await upload(150_000)).status).toBe(507)
    expect((await upload(50_000)).status).not.toBe(507)
  })
})
