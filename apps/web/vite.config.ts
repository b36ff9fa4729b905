// Builds the app as a static site in `dist/`: every path is relative, so that it works from any folder of any
// server. The policy in the page allows its files, the scripts of reports, and nothing from elsewhere.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

const policy: Plugin = {
  name: 'content-security-policy',
  transformIndexHtml: {
    order: 'post',
    async handler() {
      // Built by then; whoever only reads this configuration needs no build.
      const { scriptHash } = await import('@flowsim/viewer')
      const { scriptHash: pageHash } = await import('@flowsim/viewer/page')
      const content = [
        "default-src 'none'",
        `script-src 'self' 'wasm-unsafe-eval' '${scriptHash}' '${pageHash}'`,
        "worker-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        'frame-src blob:',
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; ')
      const attrs = { 'http-equiv': 'Content-Security-Policy', content }
      return [{ tag: 'meta', attrs, injectTo: 'head-prepend' }]
    },
  },
}

const { resolve } = createRequire(import.meta.url)

/** What lies beside the script that asks for it: SQLite in WebAssembly, and all calibration profiles as one file. */
const files: Plugin = {
  name: 'files',
  generateBundle() {
    const wasm = readFileSync(resolve('sql.js/dist/sql-wasm-browser.wasm'))
    this.emitFile({ type: 'asset', fileName: 'assets/sql-wasm-browser.wasm', source: wasm })
    const folder = join(dirname(resolve('@flowsim/calibration/package.json')), 'profiles')
    const profiles = readdirSync(folder).map(
      (name) => `${JSON.stringify(name)}:${readFileSync(join(folder, name), 'utf8').trim()}`,
    )
    const source = `{${profiles.join(',')}}`
    this.emitFile({ type: 'asset', fileName: 'assets/profiles.json', source })
  },
}

export default defineConfig({
  base: './',
  plugins: [policy, files],
  resolve: {
    conditions: ['@flowsim/source', ...defaultClientConditions],
    // Its build for browsers, which has no name under an export condition.
    alias: { 'csv-parse/sync': 'csv-parse/browser/esm/sync' },
  },
  define: {
    'process.env.NODE_ENV': '"production"',
    FLOWSIM_VERSION: JSON.stringify(version),
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: { target: 'es2022', reportCompressedSize: false, chunkSizeWarningLimit: 16_000 },
})
