// The built app in Chromium, as a static site: what a user does with traces. Needs the built app (`pnpm test`
// builds it).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { kernel, traceText } from '../../../packages/parser/src/testing/make-trace.js'
import { chromiumOptions, describeWithChromium } from '../../../tests/chromium.js'
import { type StaticSite, staticSite } from './testing/static-site.js'

const DEMO = fileURLToPath(
  new URL('../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz', import.meta.url),
)

describeWithChromium('the app in Chromium', () => {
  let site: StaticSite
  let browser: Browser
  let folder: string
  let context: BrowserContext
  let page: Page
  let problems: string[]

  beforeAll(async () => {
    site = await staticSite()
    folder = mkdtempSync(join(tmpdir(), 'flowsim-web-'))
    browser = await chromium.launch(chromiumOptions)
  })
  afterAll(async () => {
    await browser?.close()
    site?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    page = await context.newPage()
    problems = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(site.url) && !url.startsWith('blob:')) problems.push(url)
    })
    await page.goto(site.url)
  })
  afterEach(async () => {
    await context.close()
    expect(problems).toEqual([])
  })

  const report = () => page.frameLocator('iframe[title=Report]')
  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const open = async (...paths: string[]) => {
    await page.getByLabel('Trace files').setInputFiles(paths)
    await report().locator('h1').waitFor()
  }

  it('a trace that is chosen is read here, predicted, and there again after a reload', async () => {
    await open(DEMO)
    const said = page.locator('.bar output')
    expect(await said.textContent()).toMatch(
      /^\d+(\.\d)? % of kernel time predicted on \w+; end to end [\d.]+ ms measured, [\d.]+ ms predicted$/,
    )
    const address = page.url()
    expect(address).toMatch(/\?traces=[0-9a-f-]{36}$/)
    await page.reload()
    await report().locator('h1').waitFor()
    expect(page.url()).toBe(address)
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save report' }).click()
    const html = readFileSync(await (await saving).path(), 'utf8')
    expect(html).toContain('id="flowsim-data"')
    await page.getByRole('button', { name: /^forget/ }).click()
    await page.getByText('Where does the time of this workload go?').waitFor()
    expect(new URL(page.url()).search).toBe('')
  })

  it('dropping a file anywhere opens it', async () => {
    const text = traceText([kernel('gemm_kernel', 1, 5), kernel('copy_kernel', 9, 2)])
    await page.evaluate((content) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([content], 'dropped.json'))
      dispatchEvent(new DragEvent('drop', { dataTransfer: transfer }))
    }, text)
    await report().locator('h1').waitFor()
    expect(await report().locator('h1').textContent()).toBe('dropped.json')
    expect(await page.locator('.bar output').textContent()).toContain('Nothing was predicted')
  })

  it('what if: sliders replay the run, and the scenario can be taken along', async () => {
    await open(DEMO)
    await page.getByRole('button', { name: 'What if' }).click()
    const result = page.locator('.result')
    await result.waitFor()
    expect(await result.textContent()).toMatch(/([\d.]+ ms) → \1 \(\+0 %\)/)
    const slider = page.getByRole('slider').first()
    await slider.focus()
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight')
    expect(await slider.getAttribute('aria-valuetext')).toBe('2.00× faster')
    const comparison = page.frameLocator('iframe[title="What if"]')
    await comparison.getByText('What moved on the critical path').first().waitFor()
    const busy = comparison.locator('.figures div', { hasText: 'Busy' })
    expect(await busy.locator('b').textContent()).toMatch(/^−\d/)
    await page.getByLabel('it ran on').selectOption('b200_sxm')
    await result.getByText('Four in five runs').waitFor()
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save scenario' }).click()
    const { scenarios } = JSON.parse(readFileSync(await (await saving).path(), 'utf8'))
    expect(scenarios[0].changes).toMatchObject([
      { do: 'durations', from: 'b200_sxm/calibrated' },
      { do: 'scale', factor: 0.5 },
    ])
  })

  it('two traces are compared; a file that is not a trace is named with its fault', async () => {
    const slow = file('slow.json', traceText([kernel('gemm_kernel', 1, 9)]))
    const fast = file('fast.json', traceText([kernel('gemm_kernel', 1, 3)]))
    await open(fast)
    await open(slow)
    await page.getByLabel('select fast.json').check()
    await page.getByLabel('select slow.json').check()
    await page.getByRole('button', { name: 'Compare the two' }).click()
    const comparison = page.frameLocator('iframe[title=Comparison]')
    const busy = comparison.locator('#table-0 tr', { hasText: 'busy' })
    await busy.waitFor()
    expect(await busy.locator('td').allTextContents()).toEqual([
      'busy',
      '0.003',
      '0.009',
      '0.006',
      '200.0',
    ])
    await comparison.locator('.verdict').getByText('B takes 6.0 µs longer').waitFor()
    await page.getByRole('button', { name: 'Swap A and B' }).click()
    await comparison.getByText('B takes 6.0 µs less').waitFor()
    await page.getByLabel('Trace files').setInputFiles(file('no.json', '{"no": "trace"}'))
    await page.locator('.messages .fault').waitFor()
    expect(await page.locator('.messages .fault').textContent()).toMatch(/^no\.json: /)
  })

  it('of a file that is cut off, what is complete can be kept', async () => {
    const whole = traceText([kernel('gemm_kernel', 1, 5), kernel('copy_kernel', 9, 2)])
    const cut = file('cut.json', whole.slice(0, whole.lastIndexOf('{') + 9))
    await page.getByLabel('Trace files').setInputFiles(cut)
    const fault = page.locator('.messages .fault')
    await fault.waitFor()
    expect(await fault.textContent()).toMatch(/^cut\.json: ends in the middle/)
    expect(await fault.textContent()).not.toContain('--')
    await fault.getByRole('button', { name: 'Keep what is complete' }).click()
    await report().locator('h1').waitFor()
    expect(await report().locator('#notes').textContent()).toContain('truncated file')
    expect(await fault.count()).toBe(0)
    await page.reload()
    await report().locator('h1').waitFor()
  })

  it('an answer to a former question is not taken for one to this', async () => {
    await page.getByRole('link', { name: 'Serving' }).click()
    const work = page.locator('.work')
    await page.frameLocator('iframe').locator('.verdict').waitFor()
    expect(await work.getAttribute('aria-busy')).toBe('false')
    const saves = page.getByRole('button', { name: 'Save page' })
    await page.getByLabel('Requests', { exact: true }).fill('20000')
    expect(await work.getAttribute('aria-busy')).toBe('true')
    expect(await saves.isDisabled()).toBe(true)
    await page.locator('.work[aria-busy=false]').waitFor()
    expect(await saves.isDisabled()).toBe(false)
  })

  it('a deployment is simulated at each change of the form or of its text', async () => {
    await page.getByRole('link', { name: 'Serving' }).click()
    const verdict = page.frameLocator('iframe[title="Serving report"]').locator('.verdict')
    await verdict.waitFor()
    expect(await verdict.textContent()).toMatch(/^100\.0 % of requests keep their limits/)
    await page.getByLabel('Requests a second').fill('300')
    await page
      .frameLocator('iframe[title="Serving report"]')
      .getByText('More requests arrive than are served')
      .waitFor()
    await page.getByLabel('As flowsim serving run reads it').fill('workload: {')
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toMatch(/^serving\.yaml:\d+:\d+: /)
    expect(await page.locator('iframe').count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Save page' }).isDisabled()).toBe(true)
  })

  it('a plan is found within the limits, and its page, commands and configuration taken along', async () => {
    await page.getByRole('link', { name: 'Plan' }).click()
    await page.getByLabel('Devices at most').fill('2')
    await page.getByLabel('Requests a second').fill('2')
    await page.getByLabel('Simulations at most').fill('6')
    await page.getByRole('button', { name: 'Find the cheapest' }).click()
    const plan = page.frameLocator('iframe[title=Plan]')
    await plan.locator('.verdict').waitFor()
    expect(await plan.locator('.verdict').textContent()).toMatch(
      /^The cheapest that meets the limits: .*\(\d devices?, \$[\d.]+ an hour\)\.$/,
    )
    expect(await plan.getByText(/^vllm serve/).count()).toBe(1)
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save configuration' }).click()
    const [schema, ...rest] = readFileSync(await (await saving).path(), 'utf8').split('\n')
    expect(schema).toMatch(/yaml-language-server: .*serving\.1\.json$/)
    const saved = JSON.parse(rest.join('\n'))
    expect(saved.instances[0].stepTime).toMatchObject({
      model: 'llama-3.1-8b',
      hardware: 'h100_sxm',
    })

    await page.getByLabel('TTFT p99 limit').fill('1')
    expect(await page.locator('iframe').count()).toBe(0)
    await page.getByRole('button', { name: 'Find the cheapest' }).click()
    await page.locator('output.fault').waitFor()
    expect(await page.locator('output.fault').textContent()).toMatch(
      /^none of \d+ layouts can serve this: /,
    )
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`is readable in ${colorScheme}, and fits 400 px and 1280 px`, async () => {
      await page.emulateMedia({ colorScheme })
      const check = async () => {
        await page.evaluate(axe.source)
        const found = await page.evaluate(async () => {
          const here = globalThis as unknown as { axe: typeof axe }
          const { violations } = await here.axe.run(document, {
            iframes: false,
            runOnly: ['wcag2a', 'wcag2aa'],
          })
          return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
        })
        expect(found).toEqual([])
        for (const width of [400, 1280]) {
          await page.setViewportSize({ width, height: 900 })
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          expect(over, `at ${width} px`).toBeLessThanOrEqual(0)
        }
      }
      await check()
      await page.getByRole('link', { name: 'Plan' }).click()
      await check()
      await page.getByRole('link', { name: 'Traces' }).click()
      await open(DEMO)
      await page.getByRole('button', { name: 'What if' }).click()
      await page.locator('.result').waitFor()
      await check()
    })
  }
})
