// What can be taken from the page in Chromium: tables, charts, a link, a trace for Perfetto.
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inChromium, type OpenPage, timelinePicture } from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
import { renderReport } from '../index.js'

describeWithChromium('taking along from the page in Chromium', () => {
  const data = madeUpReport()
  const html = renderReport(data)
  const open = inChromium()
  let opened: OpenPage
  let page: Page

  beforeAll(async () => {
    opened = await open(html)
    page = opened.page
    await page.locator('#roofline .chart svg').waitFor()
  })
  afterAll(() => page?.close())

  const saved = async (button: string, from = page) => {
    const [download] = await Promise.all([
      from.waitForEvent('download'),
      from.getByRole('button', { name: button, exact: true }).click(),
    ])
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
  }

  it('saves every table as CSV, all of its rows', async () => {
    const buttons = page.locator('button[aria-label^="Save as CSV: "]')
    const names = await buttons.evaluateAll((all) =>
      all.map((button) => button.getAttribute('aria-label')!),
    )
    expect(names.length).toBeGreaterThan(7)
    // Parts of the window are the only tables that are not of the kind: bars show them.
    const tables = await page.locator('main table:not(.budget):not(.layer-rows)').count()
    expect(names.length).toBeGreaterThanOrEqual(tables - 3)
    const texts = new Map<string, string>()
    // Chromium lets a page save ten files before it asks.
    const other = await open(html)
    await other.page.locator('#roofline .chart svg').waitFor()
    for (const button of names) {
      const { name, bytes } = await saved(button, other.page)
      expect(name).toMatch(/^made-up-[\w.-]+\.csv$/)
      texts.set(button, bytes.toString())
    }
    for (const text of texts.values()) expect(text.split('\n').length).toBeGreaterThan(2)
    expect(other.problems).toEqual([])
    await other.page.close()
    const activities = texts.get('Save as CSV: Activities')!
    expect(activities.trimEnd().split('\n')).toHaveLength(data.trace.kernels.length + 1)
    expect(activities.split('\n')[0]).toMatch(/^start ms,operation,shape,duration us,predicted us/)
  })

  it('copies a table between tabs', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy table: Collectives' }).click()
    await page.getByText('Copied').waitFor()
    const text = await page.evaluate(() => navigator.clipboard.readText())
    const lines = text.split('\n').map((line) => line.split('\t'))
    expect(lines[0]!.slice(0, 3)).toEqual(['Collective', 'By', 'Ranks'])
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1)
  })

  it('saves charts as SVG in the colours of the page, and as PNG', async () => {
    const label = 'Predicted time over measured time, both logarithmic'
    const svg = (await saved(`Save as SVG: ${label}`)).bytes.toString()
    expect(svg).toMatch(/^<svg/)
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"')
    expect(/fill: rgb\(\d+, \d+, \d+\)/.test(svg)).toBe(true)
    for (const button of [`Save as PNG: ${label}`, 'Save the timeline as PNG']) {
      const { bytes } = await saved(button)
      expect(bytes.subarray(1, 4).toString()).toBe('PNG')
      // Of one colour it would be far smaller.
      expect(bytes.length).toBeGreaterThan(5000)
    }
  })

  it('has a link to what it shows', async () => {
    await page.getByLabel('Search activities').fill('attention')
    await page.getByLabel('Show').selectOption('All decode steps')
    await page.locator('#timeline canvas').press('w')
    await page.locator('#kernels tbody tr[aria-rowindex="3"]').click()
    await expect
      .poll(() => new URL(page.url()).hash)
      .toMatch(/scope=pdecode.*q=attention.*kernel=.*view=/)
    await page.locator('#timeline canvas').focus()
    const shown = await timelinePicture(page)
    await page.reload()
    await page.locator('.inspector').waitFor()
    expect(await page.getByLabel('Search activities').inputValue()).toBe('attention')
    expect(await page.getByLabel('Show').inputValue()).toBe('pdecode')
    await page.locator('#timeline canvas').focus()
    await expect.poll(() => timelinePicture(page)).toBe(shown)
  })

  it('hands a trace of all kernels to Perfetto once that answers', async () => {
    const posted = await page.evaluate(
      () =>
        new Promise<{ address: string; title: string; text: string }>((resolve) => {
          let address = ''
          const tab = new BroadcastChannel('unused') as unknown as Window
          tab.postMessage = ((message: unknown) => {
            if (message === 'PING') {
              const event = new MessageEvent('message', { data: 'PONG' })
              Object.defineProperty(event, 'source', { value: tab })
              dispatchEvent(event)
              return
            }
            const { perfetto } = message as { perfetto: { buffer: ArrayBuffer; title: string } }
            resolve({
              address,
              title: perfetto.title,
              text: new TextDecoder().decode(perfetto.buffer),
            })
          }) as Window['postMessage']
          window.open = (url) => {
            address = String(url)
            return tab
          }
          const buttons = [...document.querySelectorAll('button')]
          buttons.find(({ textContent }) => textContent === 'Open in Perfetto')!.click()
        }),
    )
    expect(posted).toMatchObject({
      address: 'https://ui.perfetto.dev',
      title: 'made-up.trace.json.gz',
    })
    const { traceEvents } = JSON.parse(posted.text) as {
      traceEvents: { ph: string; pid: number }[]
    }
    const measured = traceEvents.filter(({ ph, pid }) => ph === 'X' && pid === 1)
    expect(measured).toHaveLength(data.trace.kernels.length)
    expect((await saved('Save trace')).bytes.toString()).toBe(posted.text)
  })

  it('has no error after all of this', () => {
    expect(opened.problems).toEqual([])
    expect(opened.requests.filter((request) => !request.startsWith('blob:'))).toEqual([
      opened.address,
      expect.stringContaining(opened.address),
    ])
  })
})
