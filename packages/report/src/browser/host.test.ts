// The threads of the host in the timeline in Chromium.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inChromium, type OpenPage, timelinePicture } from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
import { renderReport } from '../index.js'

describeWithChromium('the host in the timeline in Chromium', () => {
  const open = inChromium()

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    let opened: OpenPage
    let page: OpenPage['page']
    const height = () => page.locator('#timeline canvas').evaluate((canvas) => canvas.clientHeight)

    beforeAll(async () => {
      opened = await open(renderReport(madeUpReport()), { colorScheme })
      page = opened.page
      await page.locator('#timeline canvas').scrollIntoViewIfNeeded()
    })
    afterAll(() => page?.close())

    it('shows operators and calls at first, Python on demand, nothing where it is put away', async () => {
      const operators = await height()
      await page.getByRole('button', { name: 'Python too' }).click()
      // A row more: the function around all launches.
      await expect.poll(async () => (await height()) - operators).toBe(15)
      await page.getByRole('button', { name: 'No host' }).click()
      // Two rows, and the gap below the thread.
      await expect.poll(async () => operators - (await height())).toBe(36)
      await page.getByRole('button', { name: 'Operators and calls' }).click()
      await expect.poll(height).toBe(operators)
    })

    it('says what a span of the host is, and selects the kernel that a call launched', async () => {
      const canvas = page.locator('#timeline canvas')
      await canvas.focus()
      await page.mouse.move(0, 0)
      for (let n = 0; n < 8; n++) await page.keyboard.press('+')
      await timelinePicture(page)
      const box = (await canvas.boundingBox())!
      const tip = page.locator('.tooltip')
      const hover = async (y: number, words: RegExp) => {
        for (let x = 100; x < box.width; x += 4) {
          await page.mouse.move(box.x + x, box.y + y)
          if (words.test((await tip.textContent({ timeout: 50 }).catch(() => '')) ?? ''))
            return true
        }
        return false
      }
      const calls = await canvas.evaluate((element) => element.clientHeight - 2 * 27 - 2 - 6 - 8)
      expect(await hover(calls - 15, /aten::op: operator, 4\.00 µs/)).toBe(true)
      expect(await hover(calls, /cudaLaunchKernel: runtime call, 3\.50 µs/)).toBe(true)
      await page.mouse.down()
      await page.mouse.up()
      await page.locator('.inspector').waitFor()
      const marked = await timelinePicture(page)
      await page.keyboard.press('Escape')
      await page.locator('.inspector').waitFor({ state: 'detached' })
      // Without the kernel's frame and the arrow from its launch.
      expect(await timelinePicture(page)).not.toBe(marked)
      await canvas.press('0')
    })

    it('says what it did in each of the longest gaps', async () => {
      const cells = await page
        .locator('table[aria-label="Longest idle gaps"] tbody td:last-child')
        .allTextContents()
      expect(cells).toHaveLength(5)
      for (const cell of cells) expect(cell).toMatch(/^(.+ \d+ %)(, .+ \d+ %)*$/)
    })

    it('has no error after all of this', () => {
      expect(opened.problems).toEqual([])
    })
  })
})
