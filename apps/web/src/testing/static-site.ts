// The built app as a static server gives it, from a folder below its root.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url))

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** A server of the site. */
export interface StaticSite {
  /** Address of the first page. */
  url: string
  close(): void
}

/** Serves `apps/web/dist` at `/flowsim/`. Needs the built app. */
export async function staticSite(): Promise<StaticSite> {
  const server = createServer(({ url = '' }, response) => {
    const path = new URL(url, 'http://site').pathname.replace('/flowsim/', '') || 'index.html'
    if (path.includes('..') || !existsSync(DIST + path)) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('content-type', MEDIA_TYPES[extname(path)] ?? 'application/octet-stream')
    response.end(readFileSync(DIST + path))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/flowsim/`, close: () => void server.close() }
}
