// flowsim serve: predictions over HTTP.

import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import { portNumber, positiveInteger } from '../../program/options.js'

/** Options of `flowsim serve`. */
export interface ServeFlags {
  host?: string
  port?: number
  token?: string
  store?: string
  workers?: number
  maxQueue?: number
  taskTimeout?: number
}

export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('Serve predictions over HTTP: the LLMCompass task API, /v1, and a page at /.')
    .option('--host <address>', 'address to listen on; default 127.0.0.1, others need a token')
    .option('--port <port>', 'port to listen on; default 8000, 0 takes a free one', portNumber)
    .option('--token <token>', 'what clients must send; better in FLOWSIM_SERVE_TOKEN')
    .option('--store <file>', 'file of the task store, or "memory"')
    .option('--workers <count>', 'worker threads; default one for each core', positiveInteger)
    .option('--max-queue <count>', 'tasks that may wait', positiveInteger)
    .addOption(
      new Option('--task-timeout <s>', 'a task that runs for longer has failed').argParser(
        positiveInteger,
      ),
    )
    .action(async (flags: ServeFlags) => {
      const { serve } = await import('./run.js')
      await serve(flags)
    })
  example(
    command,
    'flowsim serve',
    'FLOWSIM_SERVE_TOKEN=$(openssl rand -hex 24) flowsim serve --host 0.0.0.0 --port 9000',
  )
}
