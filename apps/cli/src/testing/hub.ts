// A hub on this machine, in place of Hugging Face: tests set what its repositories hold and what it answers.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, vi } from 'vitest'

/** The hub of one test. */
export interface TestHub {
  /** Status of every answer. */
  status: number
  /** Text of a file of a repository; undefined: there is none. */
  file: (repository: string, name: string) => string | undefined
  /** What every question is answered with instead. */
  page?: string | undefined
  /** Paths that were asked for. */
  asked: string[]
  /** Stops answering, as without a network. */
  stop(): Promise<void>
}

const SHA = 'b'.repeat(40)

/**
 * A hub that is started anew for each test of a file, with an empty cache.
 * @param folder - folder of the tests
 * @param file - what repositories hold unless a test says otherwise
 */
export function testHub(folder: string, file: TestHub['file']): TestHub {
  let server: Server
  let caches = 0
  const hub: TestHub = { status: 200, file, asked: [], stop: () => closed(server) }
  beforeEach(async () => {
    Object.assign(hub, { status: 200, file, page: undefined, asked: [] })
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://hub')
      hub.asked.push(pathname)
      response.setHeader('content-type', 'application/json')
      response.setHeader('etag', '"1"')
      if (hub.status !== 200) return response.writeHead(hub.status).end()
      if (hub.page !== undefined) return response.end(hub.page)
      if (pathname.startsWith('/api/models/')) {
        return response.end(JSON.stringify({ id: 'o/n', sha: SHA, lastModified: '' }))
      }
      const [, repository, name] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(pathname) ?? []
      const text = repository === undefined ? undefined : hub.file(repository, name!)
      if (text === undefined) {
        return response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end()
      }
      const whole = Buffer.from(text)
      const { range } = request.headers
      if (range === undefined) return response.end(whole)
      const [start, end] = range.replace('bytes=', '').split('-').map(Number)
      response.setHeader('content-range', `bytes ${start}-${end}/${whole.length}`)
      response.writeHead(206).end(whole.subarray(start, end! + 1))
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${port}`)
    vi.stubEnv('HF_HUB_OFFLINE', '')
    vi.stubEnv('HF_TOKEN', '')
    vi.stubEnv('XDG_CACHE_HOME', join(folder, `cache-${caches++}`))
  })
  afterEach(() => closed(server))
  return hub
}

/** Closes a server, also one that is closed. */
function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((done) => server.close(() => done()))
}
