// The site: pages laid out from the repository's Markdown, the API reference from the docstrings, built by VitePress.
//   node site/build.mjs            everything, into site/.vitepress/dist
//   node site/build.mjs --no-api   without the API reference, in seconds
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { layOut } from './pages.mjs'

const site = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))

rmSync(`${site}.pages`, { recursive: true, force: true })
layOut(root, `${site}.pages`)
if (!process.argv.includes('--no-api')) {
  execFileSync('node_modules/.bin/typedoc', { cwd: root, stdio: 'inherit' })
  cpSync(`${site}.api`, `${site}.pages/api`, { recursive: true })
}
await build(site)
