// The page in Chromium: no error, no request, every part of the picture drawn, light and dark.
import { readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { breakdown, byLayer, byModule, collectives, gemmTable, steps } from '@flowsim/analysis'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOptions, describeWithChromium } from '../../../tests/chromium.js'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { madeUpReport } from '../fixtures/made-up.js'
import { renderReport } from './index.js'

describeWithChromium('the page in Chromium', () => {
  const data = madeUpReport()
  let folder: string
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flowsim-report-'))
    await writeFile(join(folder, 'report.html'), renderReport(data))
    browser = await chromium.launch(chromiumOptions)
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true })
  })

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    let page: Page
    const problems: string[] = []
    const requests: string[] = []

    beforeAll(async () => {
      page = await browser.newPage({ colorScheme, viewport: { width: 1300, height: 900 } })
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
          problems.push(message.text())
      })
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('request', (request) => requests.push(request.url()))
      await page.goto(pathToFileURL(join(folder, 'report.html')).href)
      await page.locator('#roofline .chart svg').waitFor()
    })
    afterAll(() => page?.close())

    it('opens from disk with no error and no request but its own file', () => {
      expect(problems).toEqual([])
      expect(requests).toEqual([pathToFileURL(join(folder, 'report.html')).href])
    })

    it('follows the colours of the system', async () => {
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(19, 21, 23)')
    })

    it('says that the trace is not measured, and shows warnings as text', async () => {
      const notices = await page.locator('.notice').allTextContents()
      expect(notices[0]).toBe(
        'Not measured. This trace was generated: made up by the tests of the report.',
      )
      expect(notices[1]).toBe('This is a warning <b>with markup</b>.')
    })

    it('shows the parts of the window, which fill its bar', async () => {
      const widths = await page
        .locator('#summary .budget-bar')
        .first()
        .locator('span')
        .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().width))
      const bar = await page.locator('#summary .budget-bar').first().boundingBox()
      const total = widths.reduce((sum, width) => sum + width, 0)
      expect(total).toBeGreaterThan(bar!.width - 8)
      expect(total).toBeLessThan(bar!.width + 1)
    })

    it('lists the steps with their phases', async () => {
      const phases = await page
        .locator('#summary table[aria-label="Steps"] tbody tr td:nth-child(2)')
        .allTextContents()
      expect(phases).toEqual(['prefill', 'decode', 'decode'])
    })

    it('says what to do next, the most to gain first, with links to the places', async () => {
      const findings = data.findings!
      expect(findings.length).toBeGreaterThan(0)
      const titles = await page.locator('#findings h3').allTextContents()
      expect(titles).toEqual(findings.map(({ title }) => title))
      const timeline = findings.findIndex(({ section }) => section === 'timeline')
      const picture = () =>
        page
          .locator('#timeline canvas')
          .evaluate((element: HTMLCanvasElement) => element.toDataURL())
      const before = await picture()
      await page.locator('#findings li').nth(timeline).getByRole('button').click()
      await expect.poll(picture).not.toBe(before)
      await page.locator('#timeline canvas').press('0')
      const links = await page
        .locator('#findings a')
        .evaluateAll((all) => all.map((link) => document.querySelector(link.getAttribute('href')!)))
      expect(links).not.toContain(null)
    })

    it('draws a bar for every operation, with the prediction across it', async () => {
      expect(await page.locator('#operations .bar').count()).toBe(9)
      expect(await page.locator('#operations .tick').count()).toBe(8)
    })

    it('draws every layer', async () => {
      const columns = await page
        .locator('#layers svg [aria-label="bar"] rect')
        .evaluateAll((bars) => new Set(bars.map((bar) => bar.getAttribute('x'))).size)
      expect(columns).toBe(12)
    })

    it('draws a point for every predicted kernel, and the diagonal', async () => {
      const predicted = data.prediction!.estimates.filter((estimate) => estimate).length
      expect(await page.locator('#accuracy svg [aria-label="dot"] circle').count()).toBe(predicted)
      expect(await page.locator('#accuracy svg [aria-label="line"] path').count()).toBe(3)
      expect(await page.locator('#accuracy tbody tr').count()).toBeGreaterThan(5)
    })

    it('draws the roofs of the device, and kernels below them', async () => {
      const roofs = await page.locator('#roofline svg text').allTextContents()
      expect(roofs).toEqual(
        expect.arrayContaining(['HBM 4.00 TB/s', 'L2 10.0 TB/s', 'bf16 matrix 1.00 PFLOP/s']),
      )
      expect(await page.locator('#roofline svg [aria-label="dot"] circle').count()).toBeGreaterThan(
        5,
      )
    })

    it('draws the timeline in many colours', async () => {
      const colors = await page
        .locator('#timeline canvas')
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data: bytes } = canvas
            .getContext('2d')!
            .getImageData(0, 0, canvas.width, canvas.height)
          const seen = new Set<number>()
          for (let b = 0; b < bytes.length; b += 4) {
            if (bytes[b + 3] === 255)
              seen.add((bytes[b]! << 16) | (bytes[b + 1]! << 8) | bytes[b + 2]!)
          }
          return seen.size
        })
      expect(colors).toBeGreaterThan(8)
    })

    it('shows what lies under the pointer', async () => {
      const canvas = page.locator('#timeline canvas')
      await canvas.scrollIntoViewIfNeeded()
      const box = (await canvas.boundingBox())!
      const row = await canvas.evaluate((element) => element.clientHeight - 40)
      for (let x = 100; x < box.width; x += 6) {
        await page.mouse.move(box.x + x, box.y + row)
        if ((await page.locator('.tooltip').count()) > 0) break
      }
      expect(await page.locator('.tooltip').textContent()).toMatch(/predicted|launched|at /)
      await page.mouse.move(0, 0)
      await page.locator('.tooltip').waitFor({ state: 'detached' })
    })

    it('zooms with keys, and selects the next kernel', async () => {
      const canvas = page.locator('#timeline canvas')
      const picture = () => canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL())
      await canvas.focus()
      const before = await picture()
      await page.keyboard.press('+')
      await page.waitForTimeout(50)
      const zoomed = await picture()
      expect(zoomed).not.toBe(before)
      await page.keyboard.press('ArrowRight')
      await page.waitForTimeout(50)
      expect(await picture()).not.toBe(zoomed)
      await page.keyboard.press(']')
      await page.locator('.inspector').waitFor()
      await page.keyboard.press('Escape')
      await page.locator('.inspector').waitFor({ state: 'detached' })
      await canvas.press('0')
    })

    it('zooms with the wheel once it has the focus', async () => {
      const canvas = page.locator('#timeline canvas')
      const picture = () => canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL())
      await canvas.focus()
      await canvas.hover({ position: { x: 500, y: 80 } })
      const before = await picture()
      await page.mouse.wheel(0, -600)
      await page.waitForTimeout(50)
      expect(await picture()).not.toBe(before)
      await canvas.press('0')
    })

    it('holds only the rows in view, and finds by search, family and "unknown"', async () => {
      const rows = page.locator('#kernels tbody tr[aria-rowindex]')
      const total = data.trace.kernels.length
      const shown = () => page.locator('#kernels output').textContent()
      expect(await rows.count()).toBeLessThan(40)
      expect(await shown()).toContain(`${total} of ${total}`)

      await page.getByLabel('Search activities').fill('rmsnorm')
      expect(await shown()).toContain(`72 of ${total}`)
      await page.getByLabel('Search activities').fill('no such kernel')
      expect(await page.locator('#kernels .empty').textContent()).toBe('Nothing matches.')
      await page.getByLabel('Search activities').fill('')

      await page.locator('#kernels .chips').getByRole('button', { name: 'attention' }).click()
      expect(await shown()).toContain(`36 of ${total}`)
      await page.locator('#kernels .chips').getByRole('button', { name: 'attention' }).click()

      await page.getByRole('button', { name: 'unknown only' }).click()
      expect(await shown()).toContain(`36 of ${total}`)
      expect(await rows.first().textContent()).toContain('unknown')
      await page.getByRole('button', { name: 'unknown only' }).click()
    })

    it('sorts by a column, scrolls, and tells all of a kernel', async () => {
      const head = page.locator('#kernels th', { hasText: 'Duration' }).getByRole('button')
      await head.click()
      const durations = await page
        .locator('#kernels tbody tr[aria-rowindex] td:nth-child(4)')
        .evaluateAll((cells) => cells.map((cell) => Number(cell.textContent!.replaceAll(',', ''))))
      expect(durations).toEqual([...durations].sort((a, b) => b - a))
      await page.locator('#kernels .grid').evaluate((grid) => grid.scrollTo({ top: 5000 }))
      await page.locator('#kernels tbody tr[aria-rowindex="200"]').click()
      const inspector = page.locator('.inspector')
      expect(await inspector.textContent()).toContain('Predicted')
      expect(await inspector.locator('summary').textContent()).toBe('Call stack')
      await page.keyboard.press('Escape')
    })

    it('shows figures for one step alone', async () => {
      const figure = page.locator('#summary .figures div', { hasText: /^Busy/ }).locator('b')
      const whole = await figure.textContent()
      await page.getByLabel('Show').selectOption('All decode steps')
      expect(await figure.textContent()).not.toBe(whole)
      await page.getByLabel('Show').selectOption('Whole trace')
      expect(await figure.textContent()).toBe(whole)
    })

    it('lists unknown kernels, repairs, products and collectives', async () => {
      expect(await page.locator('#unknown tbody').textContent()).toContain(
        'my_custom_kernel</script><b>x',
      )
      expect(await page.locator('#repairs tbody').textContent()).toContain('bare literal')
      expect(await page.locator('table[aria-label="Matrix products"] tbody tr').count()).toBe(8)
      expect(await page.locator('table[aria-label="Collectives"] tbody tr').count()).toBe(2)
    })

    it('has no error after all of this', () => {
      expect(problems).toEqual([])
      expect(requests).toHaveLength(1)
    })
  })

  describe.each(['light', 'dark'] as const)('%s, wide and narrow', (colorScheme) => {
    it.each([1440, 400])('%s pixels: text is readable, and nothing is cut off', async (width) => {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 700 } })
      await page.goto(pathToFileURL(join(folder, 'report.html')).href)
      await page.locator('#roofline .chart svg').waitFor()
      expect(await page.evaluate(beyondTheWindow)).toEqual([])
      await page.evaluate(axe.source)
      expect(await page.evaluate(unreadable)).toEqual([])

      const canvas = page.locator('#timeline canvas')
      // With the last row at the lower edge of the window, then with it at the upper one.
      for (const block of ['end', 'start'] as const) {
        await canvas.evaluate((element, block) => element.scrollIntoView({ block }), block)
        expect(await tipsSeen(page, colorScheme)).toEqual({ shown: true, least: 1 })
      }
      await page.close()
    })
  })

  it('compares devices, not errors, when the prediction is for another device', async () => {
    const path = join(folder, 'other-device.html')
    const prediction = { ...data.prediction!, sameDevice: false }
    await writeFile(path, renderReport({ ...data, prediction }))
    const page = await browser.newPage()
    await page.goto(pathToFileURL(path).href)
    await page.locator('#accuracy table').waitFor()
    expect(await page.locator('#accuracy h2').textContent()).toBe('Predicted for Test GPU')
    const heads = await page.locator('#accuracy th[class="right"]').allTextContents()
    expect(heads).toContain('Median ratio')
    expect(heads).not.toContain('MAPE')
    expect(await page.locator('#summary .figures dt').allTextContents()).not.toContain(
      'Error per kernel',
    )
    await page.close()
  })

  describeWithCorpus('reports of real traces', () => {
    const names = readdirSync(corpus('traces')).filter((name) => name.endsWith('.json.gz'))
    it.each(names)('%s', async (name) => {
      const html = await reportOf(corpus(`traces/${name}`))
      expect(html.length).toBeLessThan(2e6)
      const path = join(folder, `${name}.html`)
      await writeFile(path, html)
      const page = await browser.newPage({ viewport: { width: 1300, height: 900 } })
      const problems: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text())
      })
      page.on('pageerror', (error) => problems.push(error.message))
      await page.goto(pathToFileURL(path).href)
      await page.locator('#kernels tbody tr[aria-rowindex]').first().waitFor()
      await page.locator('#operations .bar').first().waitFor()
      expect(problems).toEqual([])
      await page.close()
    })
  })

  it('draws 100,000 kernels in a few milliseconds a frame', async () => {
    const large = madeUpReport([512, ...Array<number>(320).fill(16)], 32)
    expect(large.trace.kernels.length).toBeGreaterThan(100_000)
    const path = join(folder, 'large.html')
    await writeFile(path, renderReport(large))
    const page = await browser.newPage({ viewport: { width: 1300, height: 900 } })
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(pathToFileURL(path).href)
    const canvas = page.locator('#timeline canvas')
    await canvas.waitFor()
    await canvas.focus()
    const frames = await canvas.evaluate(async (element) => {
      // From the begin of a frame to the end of its drawing, which was asked for before our callback.
      const times: number[] = []
      for (let f = 0; f < 20; f++) {
        element.dispatchEvent(new KeyboardEvent('keydown', { key: f % 2 ? '-' : '+' }))
        await new Promise<void>((resolve) => {
          requestAnimationFrame((begun) => {
            times.push(performance.now() - begun)
            resolve()
          })
        })
      }
      return times.sort((a, b) => a - b)
    })
    expect(problems).toEqual([])
    // Measured: 4 ms, drawn in software beside other work.
    expect(frames[10]!).toBeLessThan(50)
    await page.close()
  })
})

describeWithChromium('the timeline of a replay in Chromium', () => {
  it('lies below the measured streams, and can be put away', async () => {
    const data = madeUpReport()
    const { kernels } = data.trace
    const startNs = kernels.map((kernel) => 2 * kernel.startNs)
    const folder = await mkdtemp(join(tmpdir(), 'flowsim-report-'))
    const path = join(folder, 'report.html')
    const replay = { firstStartNs: startNs[0]!, startNs }
    const prediction = { ...data.prediction!, sameDevice: false, replay }
    await writeFile(path, renderReport({ ...data, prediction }))
    const browser = await chromium.launch(chromiumOptions)
    try {
      const page = await browser.newPage({ viewport: { width: 1300, height: 900 } })
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      await page.goto(pathToFileURL(path).href)
      const height = () =>
        page.locator('#timeline canvas').evaluate((canvas) => canvas.clientHeight)
      const both = await height()
      await page.getByRole('button', { name: 'Measured', exact: true }).click()
      const streams = new Set(kernels.map(({ stream }) => stream)).size
      // A row for each stream, 27 pixels with the gap below it.
      await expect.poll(async () => both - (await height())).toBe(27 * streams)
      await page.getByRole('button', { name: 'Measured and predicted' }).click()
      await expect.poll(height).toBe(both)
      expect(problems).toEqual([])
    } finally {
      await browser.close()
      await rm(folder, { recursive: true })
    }
  })
})

/** Texts whose contrast is below that of WCAG AA, and fields without a name. */
async function unreadable(): Promise<string[]> {
  const here = globalThis as unknown as { axe: typeof axe }
  const rules = ['color-contrast', 'label', 'select-name', 'button-name', 'link-name']
  const { violations } = await here.axe.run(document, { runOnly: rules })
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** Elements that reach beyond the window and are not inside of something that scrolls. */
function beyondTheWindow(): string[] {
  const scrolls = (element: Element | null): boolean =>
    element !== null &&
    (/auto|scroll|hidden/.test(getComputedStyle(element).overflowX) ||
      scrolls(element.parentElement))
  return [...document.querySelectorAll('body *')]
    .filter(({ parentElement }) => !scrolls(parentElement))
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
    .map(({ outerHTML }) => outerHTML.slice(0, 80))
}

/** Moves the pointer over the last row of the timeline: the least share of a tip that is seen, and with what. */
async function tipsSeen(page: Page, colorScheme: 'light' | 'dark') {
  const canvas = page.locator('#timeline canvas')
  const box = (await canvas.boundingBox())!
  let shown = false
  let least = 1
  for (let x = 96; x < box.width; x += box.width / 40) {
    await page.mouse.move(box.x + x, box.y + box.height - 20)
    const seen = await page.evaluate(
      () =>
        new Promise<{ share: number; paper: string } | null>((resolve) => {
          const tip = document.querySelector('.tooltip')
          if (tip === null) return resolve(null)
          new IntersectionObserver(([entry], observer) => {
            observer.disconnect()
            resolve({
              share: entry!.intersectionRatio,
              paper: getComputedStyle(tip).backgroundColor,
            })
          }).observe(tip)
        }),
    )
    if (seen === null) continue
    shown = true
    least = Math.min(least, seen.share)
    expect(seen.paper).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(19, 21, 23)')
  }
  return { shown, least }
}

/** The report of a trace file, predicted with the roofline of a device of the catalogue. */
async function reportOf(path: string): Promise<string> {
  const trace = await parseFile(path)
  const operations = classifyTrace(trace)
  const hardware = findHardware('h100_sxm')
  const layers = byLayer(trace, operations)
  return renderReport({
    generator: 'test',
    trace,
    operations,
    device: hardware,
    breakdown: breakdown(trace, operations),
    layers,
    steps: steps(trace, operations, { layers }),
    modules: byModule(trace, { by: 'class' }),
    gemms: gemmTable(trace, operations, { hardware }),
    collectives: collectives(trace, operations),
    prediction: {
      hardware,
      model: 'roofline',
      sameDevice: false,
      estimates: operations.map(({ call }) =>
        call && roofline.supports(call, hardware) ? roofline.estimate(call, hardware) : null,
      ),
    },
  })
}
