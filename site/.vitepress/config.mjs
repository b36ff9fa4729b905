import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { placeOf, sections, titleOf } from '../pages.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const api = fileURLToPath(new URL('../.pages/api/@flowsim', import.meta.url))

// Files of these kinds are files, not pages without an ending.
process.env.VITE_EXTRA_EXTENSIONS = 'mjs,py,sh,ts,yaml'

const item = (path) => ({
  text: titleOf(readFileSync(join(root, path), 'utf8')),
  link: `/${placeOf(path).replace(/(?:index)?\.md$/, '')}`,
})

const sidebar = sections(root).map(({ title, pages, collapsed = false }) => ({
  text: title,
  collapsed,
  items: pages.map(item),
}))

// The API reference stands after the packages; without it (`build.mjs --no-api`) the rest is whole.
if (existsSync(api)) {
  const at = sidebar.findIndex(({ text }) => text === 'Packages') + 1
  const items = readdirSync(api).map((name) => ({
    text: `@flowsim/${name}`,
    link: `/api/@flowsim/${name}/`,
  }))
  sidebar.splice(at, 0, { text: 'API', collapsed: true, items })
}

export default defineConfig({
  title: 'FlowSim',
  description: 'Where the time of an LLM inference workload goes, and what it would be elsewhere',
  srcDir: '.pages',
  outDir: '.vitepress/dist',
  // GitHub serves the pages of a project below its name.
  base: process.env.SITE_BASE ?? '/',
  cleanUrls: false,
  lastUpdated: false,
  // Links to a server of the reader's are not pages of the site; every other dead link fails the build.
  ignoreDeadLinks: [/^https?:\/\/(?:localhost|127\.0\.0\.1)/],
  themeConfig: {
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    nav: [
      { text: 'Tutorials', link: '/tutorials/' },
      { text: 'Commands', link: '/commands' },
      { text: 'Accuracy', link: '/accuracy' },
      { text: 'Contributing', link: '/contributing/' },
    ],
  },
})
