// The threads of the host in the timeline in Chromium.
import { expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inBothThemes, timelinePicture } from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
import { renderReport } from '../index.js'

describeWithChromium('the host in the timeline in Chromium', () => {
  inBothThemes(
    () => renderReport(madeUpReport()),
    '#timeline canvas',
    (opened) => {
      const height = () =>
        opened.page.locator('#timeline canvas').evaluate((canvas) => canvas.clientHeight)
      it('shows operators and calls at first, Python on demand, nothing where it is put away', async () => {
        const operators = await height()
        await opened.page.getByRole('button', { name: 'Python too' }).click()
        // A row more: the function around all launches.
        await expect.poll(async () => (await height()) - operators).toBe(15)
        await opened.page.getByRole('button', { name: 'No host' }).click()
        // Two rows, and the gap below the thread.
        await expect.poll(async () => operators - (await height())).toBe(36)
        await opened.page.getByRole('button', { name: 'Operators and calls' }).click()
        await expect.poll(height).toBe(operators)
      })

      it('says what a span of the host is, and selects the kernel that a call launched', async () => {
        const canvas = opened.page.locator('#timeline canvas')
        await canvas.focus()
        await opened.page.mouse.move(0, 0)
        for (let n = 0; n < 8; n++) await opened.page.keyboard.press('+')
        await timelinePicture(opened.page)
        const box = (await canvas.boundingBox())!
        const tip = opened.page.locator('.tooltip')
        const hover = async (y: number, words: RegExp) => {
          for (let x = 100; x < box.width; x += 4) {
            await opened.page.mouse.move(box.x + x, box.y + y)
            if (words.test((await tip.textContent({ timeout: 50 }).catch(() => '')) ?? ''))
              return true
          }
          return false
        }
        const calls = await canvas.evaluate((element) => element.clientHeight - 2 * 27 - 2 - 6 - 8)
        expect(await hover(calls - 15, /aten::op: operator, 4\.00 µs/)).toBe(true)
        expect(await hover(calls, /cudaLaunchKernel: runtime call, 3\.50 µs/)).toBe(true)
        await opened.page.mouse.down()
        await opened.page.mouse.up()
        await opened.page.locator('.inspector').waitFor()
        const marked = await timelinePicture(opened.page)
        await opened.page.keyboard.press('Escape')
        await opened.page.locator('.inspector').waitFor({ state: 'detached' })
        // Without the kernel's frame and the arrow from its launch.
        expect(await timelinePicture(opened.page)).not.toBe(marked)
        await canvas.press('0')
      })

      it('says what it did in each of the longest gaps', async () => {
        const cells = await opened.page
          .locator('table[aria-label="Longest idle gaps"] tbody td:last-child')
          .allTextContents()
        expect(cells).toHaveLength(5)
        for (const cell of cells) expect(cell).toMatch(/^(.+ \d+ %)(, .+ \d+ %)*$/)
      })

      it('has no error after all of this', () => {
        expect(opened.problems).toEqual([])
      })
    },
  )
})
