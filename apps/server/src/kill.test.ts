import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningServer, startServer } from './server.js'
import { askServer } from './testing/ask.js'
import { bundle } from './testing/built.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-kill-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('kill -9 loses no task that was accepted', async () => {
  const storePath = join(folder, 'tasks.db')
  const slow = await bundle('testing/slow-worker')
  const module = await bundle('server')
  const script = join(folder, 'serve.mjs')
  writeFileSync(
    script,
    `import { startServer } from ${JSON.stringify(module.href)}
     const server = await startServer({ port: 0, workers: 1, storePath: ${JSON.stringify(storePath)}, workerUrl: new URL(${JSON.stringify(slow.href)}) })
     process.send(server.url)`,
  )
  const child = fork(script)
  const url = await new Promise<string>((resolve) =>
    child.once('message', (m) => resolve(String(m))),
  )
  const first = { url } as RunningServer
  const accepted: string[] = []
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const submit = async (client: number) => {
    for (let index = 0; ; index++) {
      const json = { kernel_name: `busy:${(client * 1000 + index) / 1e4}`, op: '', dtype: 'fp16' }
      try {
        const { body } = await askServer(first, '/tasks', { json })
        accepted.push(String(body.task_id))
      } catch {
        return
      }
      if (accepted.length === 400) child.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, client) => submit(client)))
  await exited
  expect(accepted.length).toBeGreaterThanOrEqual(400)

  const second = await startServer({ port: 0, workers: 2, storePath, workerUrl: slow })
  try {
    for (const id of accepted) {
      let status: unknown = 'queued'
      while (status === 'queued' || status === 'running') {
        status = (await askServer(second, `/tasks/${id}`)).body.status
      }
      expect(status).toBe('done')
    }
  } finally {
    await second.close()
  }
}, 60_000)
