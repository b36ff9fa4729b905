import { connect, createServer } from 'node:net'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ServerOptions } from './options.js'
import { type RunningServer, startServer } from './server.js'
import { askServer } from './testing/ask.js'
import { bundle } from './testing/built.js'

let workerUrl: URL
beforeAll(async () => {
  workerUrl = await bundle('worker')
})

let server: RunningServer
afterEach(() => server?.close())
async function start(options: ServerOptions = {}): Promise<void> {
  server = await startServer({ port: 0, workers: 1, workerUrl, shutdownMs: 200, ...options })
}
const ask = (path: string, init?: Parameters<typeof askServer>[2]) => askServer(server, path, init)

describe('security', () => {
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await ask(path, { headers })).status

  it('an address that others reach needs a token of some length', async () => {
    await expect(startServer({ host: '0.0.0.0', port: 0, workerUrl })).rejects.toMatchObject({
      code: 'token_needed',
    })
    await expect(startServer({ token: 'short', port: 0, workerUrl })).rejects.toThrow(
      /16 characters/,
    )
  })

  it('the token is asked for everywhere but at /health and the page', async () => {
    const token = 'a-token-of-some-length'
    await start({ token })
    for (const path of ['/tasks/x', '/supported_ops', '/openapi.json', '/v1/traces/x', '/nope']) {
      expect(await status(path), path).toBe(401)
      expect(await status(path, { authorization: 'Bearer a-token-of-some-lengtH' })).toBe(401)
      expect(await status(path, { authorization: `Bearer ${token}` })).not.toBe(401)
    }
    expect(await status('/health')).toBe(200)
    expect(await status('/')).toBe(200)
  })

  it('web pages of other sites get nothing, nor do names that lead here', async () => {
    await start()
    expect(await status('/health', { origin: 'http://evil.example' })).toBe(403)
    expect(await status('/health', { origin: server.url })).toBe(200)
    const rebound = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write('GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
      let text = ''
      socket.on('data', (chunk) => (text += String(chunk)))
      socket.on('close', () => resolve(text))
    })
    expect(rebound).toMatch(/^HTTP\/1\.1 403/)
  })

  it('paths lead to no file', async () => {
    await start()
    for (const path of [
      '/../../etc/passwd',
      '/tasks/..%2f..%2fetc%2fpasswd',
      '/%2e%2e/package.json',
      '/v1/traces/..%2fx',
      '/.env',
      '//etc/passwd',
    ]) {
      expect([404, 405], path).toContain(await status(path))
    }
  })

  it('the page may run nothing from elsewhere', async () => {
    await start()
    const { headers, body } = await ask('/')
    expect(body.text).toMatch(/<title>FlowSim<\/title>/)
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self' .*connect-src 'self'.*; frame-ancestors 'none'$/,
    )
    const [, script] = /src="\.(\/assets\/[^"]+\.js)"/.exec(String(body.text))!
    expect((await ask(script!)).status).toBe(200)
    expect((await ask('/assets/..%2f..%2fpackage.json')).status).toBe(404)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each([
    [{ port: 99_999 }, 'port 99999: ports go from 0 to 65535'],
    [{ host: '192.0.2.1', token: 'sixteen letters.' }, '--host 192.0.2.1: is not an address of'],
    [{ host: 'nowhere.invalid', token: 'sixteen letters.' }, '--host nowhere.invalid: is not an'],
  ])('an address that cannot be listened on is told: %j', async (options, said) => {
    const started = startServer({ port: 0, workerUrl, workers: 1, ...options })
    await expect(started).rejects.toThrow(said)
  })

  it('a port that is taken is told', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    await expect(startServer({ port, workerUrl, workers: 1 })).rejects.toThrow(
      `port ${port} is taken`,
    )
    other.close()
    server = undefined as never
  })
})
