// The page can be read: contrast of WCAG AA, names for screen readers, nothing beyond the window, tips whole.
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inChromium } from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
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
      },
    )
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
