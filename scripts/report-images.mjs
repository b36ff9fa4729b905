// Pictures of the pages for the docs, in both themes, wide and narrow: docs/images/PAGE-THEME-WIDTH.png.
// node scripts/report-images.mjs, in a built checkout with a Chromium (FLOWSIM_CHROMIUM names one elsewhere).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(new URL('../packages/report/package.json', import.meta.url))
const { chromium } = require('playwright-core')

const DEMO = 'examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz'
const SERVING = 'examples/serving/llama-8b.yaml'
const SIZES = { 1440: 1000, 400: 900 }

const executablePath = [
  process.env.FLOWSIM_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path))

/** Runs flowsim; its report.html lies in the folder. */
function flowsim(...args) {
  const { status } = spawnSync(process.execPath, ['apps/cli/dist/flowsim.js', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'flowsim-images-'))
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
try {
  flowsim('run', DEMO, '-o', join(folder, 'run'))
  flowsim('serving', 'run', '--config', SERVING, '--no-plots', '-o', join(folder, 'serving'))
  const pages = [
    { name: 'report', path: 'run', part: 'h1' },
    { name: 'timeline', path: 'run', part: '#timeline' },
    { name: 'activities', path: 'run', part: '#kernels' },
    { name: 'serving', path: 'serving', part: 'h1' },
  ]
  for (const { name, path, part } of pages) {
    for (const colorScheme of ['light', 'dark']) {
      for (const [width, height] of Object.entries(SIZES)) {
        const viewport = { width: Number(width), height }
        const page = await browser.newPage({ colorScheme, viewport })
        await page.goto(pathToFileURL(join(folder, path, 'report.html')).href)
        await page
          .locator(part)
          .first()
          .evaluate((element) => element.scrollIntoView())
        await page.waitForTimeout(500)
        await page.screenshot({ path: `docs/images/${name}-${colorScheme}-${width}.png` })
        await page.close()
      }
    }
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}
