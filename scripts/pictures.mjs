// The pictures of docs/images: pages that commands write and the app, as a browser shows them, in both themes, wide and
// narrow: NAME-THEME-WIDTH.png.
//   node scripts/pictures.mjs [NAME …]
// in a built checkout with a Chromium (FLOWSIM_CHROMIUM names one elsewhere).
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const FLOWSIM = 'apps/cli/dist/flowsim.js'
const TRACE = 'examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz'
const REPORT = ['run', TRACE, '--hardware', 'b200_sxm']
/** What a prediction of the trace is compared with. */
const DIFF = [
  'diff',
  TRACE,
  { of: ['simulate', TRACE, '--hardware', 'b200_sxm'], file: 'predicted.trace.json.gz' },
]
const SYNTH = [
  'synth',
  '--model',
  'llama-3.1-8b',
  '--layers',
  '4',
  '--hardware',
  'h100_sxm',
  '--tp',
  '2',
  '--batch',
  '8',
  '--rank',
  'all',
]
const JOB = [
  'run',
  { of: SYNTH, file: 'job-rank-0.json.gz', output: 'job.json.gz' },
  { of: SYNTH, file: 'job-rank-1.json.gz', output: 'job.json.gz' },
]
const SERVING = ['serving', 'run', '--config', 'examples/serving/llama-8b.yaml', '--no-plots']

/** Widths, and how much of a page is shown. */
const HEIGHTS = { 1440: 900, 400: 900 }

/** A picture: the command whose page it shows, or a page of the app, and which part of it, else the top. */
const PICTURES = [
  { name: 'report', command: REPORT },
  { name: 'roofline', command: REPORT, part: '#roofline' },
  { name: 'timeline', command: REPORT, part: '#timeline' },
  { name: 'activities', command: REPORT, part: '#kernels' },
  { name: 'diff', command: DIFF },
  { name: 'job', command: JOB },
  { name: 'serving', command: SERVING },
  { name: 'app', app: '', act: openTrace },
  {
    name: 'app-serving',
    app: '?serving',
    act: (page) => page.frameLocator('iframe').locator('.verdict').waitFor(),
  },
  { name: 'app-plan', app: '?plan', act: plan },
]

/** Finds a deployment. */
async function plan(page) {
  await page.getByRole('button', { name: 'Find the cheapest' }).click()
  await page.frameLocator('iframe').locator('.verdict').waitFor()
}

/** Opens the demo trace and the sliders. */
async function openTrace(page) {
  await page.getByLabel('Trace files').setInputFiles(TRACE)
  await page.frameLocator('iframe').locator('h1').waitFor()
  await page.getByRole('button', { name: 'What if' }).click()
  await page.locator('.result').waitFor()
}

const folder = mkdtempSync(join(tmpdir(), 'flowsim-pictures-'))
const made = new Map()

/**
 * The folder of what a command writes, which runs once. An argument `{ of, file, output }` is a file that another
 * command writes, to `output` where that is a file.
 */
function outputOf(command, output = '') {
  const key = JSON.stringify(command)
  if (!made.has(key)) {
    const place = join(folder, `${made.size}`)
    made.set(key, place)
    mkdirSync(place)
    const args = command.map((arg) =>
      typeof arg === 'string' ? arg : join(outputOf(arg.of, arg.output), arg.file),
    )
    execFileSync(process.execPath, [FLOWSIM, ...args, '-o', join(place, output)], {
      stdio: 'ignore',
    })
  }
  return made.get(key)
}

/** The page of a command. */
function pageOf(command) {
  return pathToFileURL(join(outputOf(command), 'report.html')).href
}

/** Starts the service, and gives its address. */
function serve() {
  const service = spawn(process.execPath, [FLOWSIM, 'serve', '--port', '0', '--store', 'memory'])
  const url = new Promise((resolve) => {
    service.stdout.on('data', (text) => {
      const found = /listening on (\S+)/.exec(String(text))
      if (found) resolve(`${found[1]}/`)
    })
  })
  return { url, stop: () => service.kill() }
}

const names = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath: process.env.FLOWSIM_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
const service = serve()
try {
  for (const { name, command, app, part, act } of PICTURES) {
    if (names.length > 0 && !names.includes(name)) continue
    const url = command === undefined ? (await service.url) + app : pageOf(command)
    for (const colorScheme of ['light', 'dark']) {
      for (const [width, height] of Object.entries(HEIGHTS)) {
        const viewport = { width: Number(width), height }
        const context = await browser.newContext({ colorScheme, viewport })
        const page = await context.newPage()
        await page.goto(url)
        await act?.(page)
        if (part !== undefined) {
          await page.locator(part).evaluate((element) => element.scrollIntoView())
        }
        await page.waitForTimeout(500)
        const path = `docs/images/${name}-${colorScheme}-${width}.png`
        await page.screenshot({ path })
        console.log(path)
        await context.close()
      }
    }
  }
} finally {
  service.stop()
  await browser.close()
  rmSync(folder, { recursive: true })
}
