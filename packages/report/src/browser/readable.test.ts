// The page can be read: contrast of WCAG AA, names for screen readers, nothing beyond the window, tips whole.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inChromium } from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
import { faultsToTheEye } from '../../fixtures/readable.js'
import { renderReport } from '../index.js'

describeWithChromium('the page can be read', () => {
  const html = renderReport(madeUpReport())
  const open = inChromium()

  describe.each(['light', 'dark'] as const)('%s, wide and narrow', (colorScheme) => {
    it.each([1440, 1280, 400])(
      '%s pixels: text is readable, and nothing is cut off',
      async (width) => {
        const { page } = await open(html, { colorScheme, viewport: { width, height: 700 } })
        await page.locator('#roofline .chart svg').waitFor()
        expect(await faultsToTheEye(page)).toEqual([])

        const canvas = page.locator('#timeline canvas')
        // With the last row at the lower edge of the window, then with it at the upper one.
        for (const block of ['end', 'start'] as const) {
          await canvas.evaluate((element, block) => element.scrollIntoView({ block }), block)
          expect(await tipsSeen(page, colorScheme)).toEqual({ shown: true, least: 1 })
        }
        for (const part of ['accuracy', 'roofline']) {
          const { shown, beyondPx } = await chartTips(page, part)
          expect(shown).toBeGreaterThan(0)
          expect(beyondPx).toBeLessThanOrEqual(0)
        }
        await page.close()
      },
    )
  })
})

/** Moves the pointer over a chart: how many tips it shows, and how far the worst reaches beyond the window. */
async function chartTips(page: Page, part: string): Promise<{ shown: number; beyondPx: number }> {
  const chart = page.locator(`#${part} .chart`).first()
  await chart.evaluate((element) => element.scrollIntoView({ block: 'center' }))
  let shown = 0
  let beyondPx = -1
  // Points near both edges and between.
  const places = await chart.locator('circle').evaluateAll((points) =>
    points
      .map((point) => point.getBoundingClientRect())
      .map(({ x, y, width, height }) => [x + width / 2, y + height / 2] as const)
      .sort((a, b) => a[0] - b[0]),
  )
  for (const [x, y] of [0, 0.5, 1].map((q) => places[Math.floor(q * (places.length - 1))]!)) {
    await page.mouse.move(x, y)
    const beyond = await chart.evaluate(async (element) => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
      const tip = element.querySelector('[aria-label="tip"] text')?.closest('g')
      const { left, right } = tip?.getBoundingClientRect() ?? { left: 0, right: 0 }
      return tip ? Math.max(-left, right - innerWidth) : null
    })
    if (beyond === null) continue
    shown++
    beyondPx = Math.max(beyondPx, beyond)
  }
  return { shown, beyondPx }
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
