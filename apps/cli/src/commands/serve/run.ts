// The work of `flowsim serve`.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { settingsOf } from '@flowsim/profiler-runner'
import { startServer } from '@flowsim/server'
import { interruption } from '../../program/interruption.js'
import { note, print } from '../../program/print.js'
import type { ServeFlags } from './flags.js'

export async function serve(flags: ServeFlags): Promise<void> {
  const { host, port, token, store } = flags
  const settings = settingsOf('serve.', { flags: { host, port, token, store } })
  const storePath = String(settings['serve.store'] ?? defaultStore())
  const secret = settings['serve.token']
  const signal = interruption()
  const server = await startServer({
    host: String(settings['serve.host']),
    port: Number(settings['serve.port']),
    storePath: storePath === 'memory' ? null : storePath,
    onLog: note,
    ...(secret === undefined ? {} : { token: String(secret) }),
    ...(flags.workers === undefined ? {} : { workers: flags.workers }),
    ...(flags.maxQueue === undefined ? {} : { maxQueue: flags.maxQueue }),
    ...(flags.taskTimeout === undefined ? {} : { taskTimeoutMs: flags.taskTimeout * 1000 }),
  })
  print(`listening on ${server.url}`)
  note(storePath === 'memory' ? 'tasks are kept in memory' : `tasks are kept in ${storePath}`)
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  await server.close()
  // Ended as asked is not a failure.
  process.exitCode = 0
}

function defaultStore(): string {
  const state = process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state')
  return join(state, 'flowsim', 'tasks.db')
}
