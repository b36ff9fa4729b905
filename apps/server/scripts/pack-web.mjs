// Packs the built app into dist/web, each file with gzip: that is how it is sent.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const from = fileURLToPath(new URL('dist', import.meta.resolve('@flowsim/web/package.json')))
for (const name of readdirSync(from, { recursive: true })) {
  const path = join(from, name)
  if (!statSync(path).isFile()) continue
  const to = join('dist/web', `${name}.gz`)
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, gzipSync(readFileSync(path), { level: 9 }))
}
