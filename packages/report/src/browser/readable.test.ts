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
        await page.close()
      },
    )
  })
})

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
