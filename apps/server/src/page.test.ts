// The page in Chromium: a trace is sent and its report shown.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOptions, hasChromium } from '../../../tests/chromium.js'
import { corpus, hasCorpus } from '../../../tests/corpus.js'
import { type RunningServer, startServer } from './server.js'
import { bundle } from './testing/built.js'

describe.skipIf(!hasChromium || !hasCorpus)('the page in Chromium', () => {
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

  it('asks for the token, simulates a trace and shows its report', async () => {
    const page = await browser.newPage()
    const problems: string[] = []
    const elsewhere: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('blob:')) {
        elsewhere.push(request.url())
      }
    })
    await page.goto(server.url)
    await page.locator('#token').fill(token)
    await page.locator('#token').blur()
    await page.locator('#model option').first().waitFor({ state: 'attached' })
    expect(await page.locator('#model').inputValue()).toBe('calibrated')
    await page
      .locator('#file')
      .setInputFiles(corpus('traces/transformers-bert-small-h100.trace.json.gz'))
    await page.locator('#hardware').selectOption('b200_sxm')
    await page.locator('button').click()
    const report = page.frameLocator('iframe[title=Report]')
    await report.locator('#roofline .chart svg').waitFor({ timeout: 30_000 })
    expect(
      await page
        .locator('#state')
        .inputValue()
        .catch(() => page.locator('#state').textContent()),
    ).toMatch(/^Measured [\d.]+ ms, predicted [\d.]+ ms on b200_sxm/)
    expect(problems).toEqual([])
    expect(elsewhere).toEqual([])
    const broken = join(folder, 'broken.json')
    writeFileSync(broken, '{"no": "trace"}')
    await page.locator('#file').setInputFiles(broken)
    await page.locator('button').click()
    await page.waitForFunction(() =>
      document.querySelector('output')?.value.includes('broken.json:'),
    )
  }, 60_000)
})
