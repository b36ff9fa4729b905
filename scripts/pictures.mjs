// The pictures of docs/images: pages that commands write, as a browser shows them. Needs the built program and Chromium.
//   node scripts/pictures.mjs
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const TRACE = 'examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz'

/** The section of a report below a heading. */
const sectionOf = (heading) => `section:has(:is(h2, h3):text-is("${heading}"))`

/** A picture: the command whose page it shows, and which part of it, else the top. */
const PICTURES = [
  { name: 'report', command: ['run', TRACE, '--hardware', 'b200_sxm'] },
  {
    name: 'roofline',
    command: ['run', TRACE, '--hardware', 'b200_sxm'],
    part: sectionOf('Roofline'),
  },
  {
    name: 'timeline',
    command: ['run', TRACE, '--hardware', 'b200_sxm'],
    part: sectionOf('Timeline'),
  },
  {
    name: 'serving',
    command: ['serving', 'run', '--config', 'examples/serving/llama-8b.yaml'],
    part: ':has(> figure)',
  },
]

const folder = mkdtempSync(join(tmpdir(), 'flowsim-pictures-'))
const made = new Map()

/** The page of a command, which runs once. */
function pageOf(command) {
  const key = command.join(' ')
  if (!made.has(key)) {
    const output = join(folder, `${made.size}`)
    const args = ['apps/cli/dist/flowsim.js', ...command, '-o', output]
    execFileSync(process.execPath, args, { stdio: 'ignore' })
    made.set(key, join(output, 'report.html'))
  }
  return pathToFileURL(made.get(key)).href
}

const browser = await chromium.launch({
  executablePath: process.env.FLOWSIM_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, colorScheme: 'light' })
for (const { name, command, part } of PICTURES) {
  await page.goto(pageOf(command))
  await page.waitForTimeout(1000)
  const path = resolve('docs/images', `${name}.png`)
  await (part === undefined ? page : page.locator(part).last()).screenshot({ path })
  console.log(path)
}
await browser.close()
rmSync(folder, { recursive: true })
