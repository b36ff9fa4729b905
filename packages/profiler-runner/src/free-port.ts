// Ports of the local machine.
import { createServer } from 'node:net'
import { ProfilerRunnerError } from './errors.js'

/** A TCP port on which nobody listened a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  return listenOnce(0, host)
}

/** @throws {@link ProfilerRunnerError} `port_in_use` when somebody listens on the port */
export async function requireFreePort(port: number, host = '127.0.0.1'): Promise<void> {
  try {
    await listenOnce(port, host)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new ProfilerRunnerError(
      'port_in_use',
      `port ${port} is taken; choose another with --port, or stop who listens there`,
      { cause: error },
    )
  }
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
