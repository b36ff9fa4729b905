// serve and profile as programs: how they start, and how they end when they are asked to.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TaskClient } from '@flowsim/task-api'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { bundleAll } from '../../../../server/src/testing/built.js'
import { testFolder } from '../../testing/folder.js'

const standIn = fileURLToPath(
  new URL('../../../../../packages/profiler-runner/fixtures/stand-in-engine.mjs', import.meta.url),
)
const folder = testFolder()

describe('the program in its own process', () => {
  let built: string
  beforeAll(async () => {
    const sources = {
      'flowsim.js': new URL('../../flowsim.ts', import.meta.url),
      'worker.js': new URL('../../../../server/src/worker.ts', import.meta.url),
    }
    built = fileURLToPath(await bundleAll(sources))
  })

  it('serve answers clients, and ends in order when asked to', async () => {
    const store = join(folder, 'tasks.db')
    const server = spawn(process.execPath, [built, 'serve', '--port', '0', '--store', store], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const exited = new Promise((resolve) => server.once('exit', resolve))
    const url = await new Promise<string>((resolve) =>
      server.stdout.on('data', (chunk) => resolve(/http:\S+/.exec(String(chunk))![0])),
    )
    const task = (rows: number, op: string | null = 'softmax') => ({
      kernel_name: `k${rows}`,
      op,
      input_dim: [rows, 128],
      dtype: 'fp16',
      system_key: 'A100_4_fp16',
    })
    const client = new TaskClient({ url, concurrency: 8 })
    const answers = await client.simulateAll([
      task(64),
      ...[1, 2, 3].map((n) => task(n)),
      task(1, null),
    ])
    expect(answers[0]).toEqual({ status: 'ok', timeS: 5.957446808510638e-8 })
    expect(answers.slice(1, 4).every(({ status }) => status === 'ok')).toBe(true)
    expect(answers[4]).toMatchObject({ status: 'failed', code: 'UNSUPPORTED_OP' })
    server.kill('SIGTERM')
    expect(await exited).toBe(0)
    expect(existsSync(`${store}.lease`)).toBe(false)
  })

  /** Ends `flowsim profile` while its engine serves, and gives its exit code and the engine's processes. */
  async function endProfile(signal: NodeJS.Signals): Promise<{ code: unknown; pids: number[] }> {
    const children = join(folder, 'children')
    const command = [process.execPath, standIn, '--children-file', children, '--token-ms', '300']
    const args = ['profile', '--engine', 'sglang', '--server-command', command.join(' ')]
    const profile = spawn(
      process.execPath,
      [built, ...args, '--sweep', '1:8:0', '-o', join(folder, 'run')],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const exited = new Promise((resolve) => profile.once('exit', resolve))
    await new Promise<void>((resolve) =>
      profile.stderr.on('data', (chunk) => String(chunk).includes('bs1') && resolve()),
    )
    profile.kill(signal)
    const code = await exited
    return { code, pids: readFileSync(children, 'utf8').trim().split('\n').map(Number) }
  }

  const isAlive = (pid: number) => {
    if (!existsSync(`/proc/${pid}/stat`)) return false
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  }

  it('profile stops the engine when it is interrupted', async () => {
    const { code, pids } = await endProfile('SIGINT')
    expect(code).toBe(1)
    expect(pids).toHaveLength(2)
    expect(pids.filter(isAlive)).toEqual([])
    const record = readFileSync(join(folder, 'run', 'run.json'), 'utf8')
    expect(JSON.parse(record)).toMatchObject({ status: 'failed', error: 'interrupted' })
  }, 30_000)

  it('no process of the engine outlives a profile that was killed', async () => {
    const { pids } = await endProfile('SIGKILL')
    expect(pids).toHaveLength(2)
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 })
  }, 30_000)
})
