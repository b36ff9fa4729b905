// The files of the app that `/` opens: built by apps/web, packed into dist/web when this package is built.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** A file of the app. */
export interface AppFile {
  mediaType: string
  gzip: Buffer
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** Seen from dist/, and from src/. */
const FOLDERS = ['./web/', '../dist/web/']

/** Every file by its path, such as `/assets/index.js`; without any, the package is not built. */
export function appFiles(): ReadonlyMap<string, AppFile> {
  const files = new Map<string, AppFile>()
  const folder = FOLDERS.map((path) => fileURLToPath(new URL(path, import.meta.url))).find(
    existsSync,
  )
  if (folder === undefined) return files
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.gz')) continue
    const path = name.slice(0, -3).replaceAll('\\', '/')
    const mediaType = MEDIA_TYPES[extname(path)] ?? 'application/octet-stream'
    files.set(`/${path}`, { mediaType, gzip: readFileSync(`${folder}${name}`) })
  }
  return files
}

/** The first page and what it may load. */
export interface FirstPage {
  html: string
  /** Content security policy: that of the page, and that nobody may frame it. */
  policy: string
}

/** The first page, told that a service answers beside it; undefined: the package is not built. */
export function firstPage(files: ReadonlyMap<string, AppFile>): FirstPage | undefined {
  const index = files.get('/index.html')
  if (index === undefined) return undefined
  const html = gunzipSync(index.gzip).toString('utf8')
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)!
  return {
    html: html.replace('<head>', '<head>\n    <meta name="flowsim-service" content="v1" />'),
    policy: `${policy!.replaceAll('&#39;', "'")}; frame-ancestors 'none'`,
  }
}
