// The app as the service serves it, in Chromium. Needs the built app (`pnpm test` builds it).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOptions, hasChromium } from '../../../tests/chromium.js'
import { corpus, hasCorpus } from '../../../tests/corpus.js'
import { type RunningServer, startServer } from './server.js'
import { bundle } from './testing/built.js'

describe.skipIf(!hasChromium || !hasCorpus)('the app of the service in Chromium', () => {
  const token = 'a-token-of-some-length'
  let server: RunningServer
  let browser: Browser
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowsim-page-'))
    server = await startServer({ port: 0, workers: 1, token, workerUrl: await bundle('worker') })
    browser = await chromium.launch(chromiumOptions)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(folder, { recursive: true })
  })

  it('reads a trace in the browser, and on the service with its token', async () => {
    const page = await browser.newPage()
    const problems: string[] = []
    const elsewhere: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('blob:')) {
        elsewhere.push(request.url())
      }
    })
    const trace = corpus('traces/transformers-bert-small-h100.trace.json.gz')
    const report = page.frameLocator('iframe[title=Report]')
    await page.goto(server.url)
    await page.getByLabel('Trace files').setInputFiles(trace)
    await report.locator('#roofline .chart svg').waitFor({ timeout: 30_000 })

    await page.getByRole('link', { name: 'On the service' }).click()
    await page.locator('input[type=file][required]').setInputFiles(trace)
    await page.getByLabel('Predict on').selectOption('b200_sxm')
    await page.getByRole('button', { name: 'Simulate' }).click()
    await page.getByText('This service asks for its token.').waitFor()
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Simulate' }).click()
    await report.locator('#roofline .chart svg').waitFor({ timeout: 30_000 })
    expect(await page.locator('output').textContent()).toMatch(
      /% of kernel time predicted on b200_sxm; end to end [\d.]+ ms measured, [\d.]+ ms predicted/,
    )
    expect(problems).toEqual([])
    expect(elsewhere).toEqual([])
    const cut = join(folder, 'cut.json')
    writeFileSync(cut, gunzipSync(readFileSync(trace)).subarray(0, -9000))
    await page.locator('input[type=file][required]').setInputFiles(cut)
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save report' }).click()
    expect((await saving).suggestedFilename()).toBe(`${basename(trace)}.report.html`)
    await page.getByRole('button', { name: 'Simulate' }).click()
    await page.getByText('cut.json: ends in the middle').waitFor()
    await page.getByLabel('Keep what is complete of a cut-off file').check()
    await page.getByRole('button', { name: 'Simulate' }).click()
    await page.getByText(/^cut\.json: \d+ % of kernel time/).waitFor()

    const broken = join(folder, 'broken.json')
    writeFileSync(broken, '{"no": "trace"}')
    await page.locator('input[type=file][required]').setInputFiles(broken)
    await page.getByRole('button', { name: 'Simulate' }).click()
    await page.waitForFunction(() =>
      document.querySelector('output')?.value.includes('broken.json:'),
    )
  }, 60_000)
})
