// The timeline in Chromium: drawn, and moved by keys, wheel and pointer.
import { expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import {
  inBothThemes,
  inChromium,
  type OpenPage,
  timelinePicture,
} from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
import { renderReport } from '../index.js'

describeWithChromium('the timeline in Chromium', () => {
  const data = madeUpReport()

  inBothThemes(
    () => renderReport(data),
    '#roofline .chart svg',
    (opened) => {
      it('draws the timeline in many colours', async () => {
        const colors = await opened.page
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
        const canvas = opened.page.locator('#timeline canvas')
        await canvas.scrollIntoViewIfNeeded()
        const box = (await canvas.boundingBox())!
        const row = await canvas.evaluate((element) => element.clientHeight - 40)
        for (let x = 100; x < box.width; x += 6) {
          await opened.page.mouse.move(box.x + x, box.y + row)
          if ((await opened.page.locator('.tooltip').count()) > 0) break
        }
        expect(await opened.page.locator('.tooltip').textContent()).toMatch(
          /predicted|launched|at /,
        )
        await opened.page.mouse.move(0, 0)
        await opened.page.locator('.tooltip').waitFor({ state: 'detached' })
      })

      it('zooms with keys, and selects the next kernel', async () => {
        const canvas = opened.page.locator('#timeline canvas')
        const picture = () => canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL())
        await canvas.focus()
        const before = await picture()
        await opened.page.keyboard.press('+')
        await opened.page.waitForTimeout(50)
        const zoomed = await picture()
        expect(zoomed).not.toBe(before)
        await opened.page.keyboard.press('ArrowRight')
        await opened.page.waitForTimeout(50)
        expect(await picture()).not.toBe(zoomed)
        await opened.page.keyboard.press(']')
        await opened.page.locator('.inspector').waitFor()
        await opened.page.keyboard.press('Escape')
        await opened.page.locator('.inspector').waitFor({ state: 'detached' })
        await canvas.press('0')
      })

      it('zooms with the wheel once it has the focus', async () => {
        const canvas = opened.page.locator('#timeline canvas')
        const picture = () => canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL())
        await canvas.focus()
        await canvas.hover({ position: { x: 500, y: 80 } })
        const before = await picture()
        await opened.page.mouse.wheel(0, -600)
        await opened.page.waitForTimeout(50)
        expect(await picture()).not.toBe(before)
        await canvas.press('0')
      })

      it('moves and zooms with W, A, S and D as with the arrows', async () => {
        const canvas = opened.page.locator('#timeline canvas')
        await canvas.focus()
        await opened.page.mouse.move(0, 0)
        for (const [letter, arrow] of ['wW', 'aA', 'dD', 'sS']
          .map((pair) => [...pair])
          .flatMap((pair) =>
            pair.map((letter) => [letter, ARROWS[letter.toLowerCase()]!] as const),
          )) {
          const pictures: string[] = []
          for (const key of [letter, arrow]) {
            await canvas.press('0')
            await canvas.press('+')
            const before = await timelinePicture(opened.page)
            await canvas.press(key)
            pictures.push(await timelinePicture(opened.page))
            expect(pictures.at(-1)).not.toBe(before)
          }
          expect(pictures[0]).toBe(pictures[1])
        }
        await canvas.press('0')
      })

      it('sums what a drag marks: all of it from end to end, and fits it on demand', async () => {
        const canvas = opened.page.locator('#timeline canvas')
        await canvas.scrollIntoViewIfNeeded()
        const box = (await canvas.boundingBox())!
        const row = box.y + box.height - 20
        const drag = async (from: number, to: number) => {
          await opened.page.mouse.move(box.x + from, row)
          await opened.page.mouse.down()
          await opened.page.mouse.move(box.x + to, row, { steps: 3 })
          await opened.page.mouse.up()
        }
        await drag(94, box.width - 2)
        const panel = opened.page.getByRole('status', { name: 'Marked stretch' })
        const { kernels } = data.trace
        expect(await panel.textContent()).toContain(`: ${kernels.length} activities, `)
        await drag(300, 400)
        const part = /: ([\d,]+) activities/.exec((await panel.textContent())!)![1]!
        expect(Number(part.replace(',', ''))).toBeLessThan(kernels.length / 4)
        const before = await timelinePicture(opened.page)
        await panel.getByRole('button', { name: 'Zoom to it' }).click()
        await expect.poll(() => timelinePicture(opened.page)).not.toBe(before)
        await opened.page.getByRole('button', { name: 'Whole window' }).click()
        await expect.poll(() => timelinePicture(opened.page)).toBe(before)
        await panel.getByRole('button', { name: 'Clear' }).click()
        await panel.waitFor({ state: 'detached' })
      })

      it('shows in full colour only what the search finds', async () => {
        const search = opened.page.getByLabel('Search the timeline')
        const product = () => pixelsOf(opened.page, '--family-gemm')
        await expect.poll(product).toBeGreaterThan(100)
        await search.fill('attention')
        await expect.poll(product).toBe(0)
        expect(await opened.page.locator('#timeline .search').textContent()).toBe('36 found')
        await search.fill('-attention /^nvjet/')
        await expect.poll(product).toBeGreaterThan(100)
        expect(await opened.page.locator('#timeline .search').textContent()).toBe('144 found')
        await search.fill('/(/')
        expect(await opened.page.locator('#timeline .search').textContent()).toBe(
          '/(/ is not a regular expression',
        )
        await search.fill('')
      })

      it('has no error after all of this', () => {
        expect(opened.problems).toEqual([])
        expect(opened.requests).toEqual([opened.address])
      })
    },
  )

  const open = inChromium()

  it('scrolls its rows where there are many, and shows all of them on demand', async () => {
    const kernels = data.trace.kernels.map((kernel, i) => ({ ...kernel, stream: i % 30 }))
    const { page } = await open(renderReport({ ...data, trace: { ...data.trace, kernels } }))
    const place = page.locator('#timeline .timeline')
    const hidden = () => place.evaluate((element) => element.scrollHeight - element.clientHeight)
    expect(await hidden()).toBeGreaterThan(200)
    await page.getByRole('button', { name: 'Full height' }).click()
    await expect.poll(hidden).toBe(0)
    await page.close()
  })
})

const ARROWS: Record<string, string> = {
  w: 'ArrowUp',
  a: 'ArrowLeft',
  s: 'ArrowDown',
  d: 'ArrowRight',
}

/** Pixels of the timeline that have a colour of the style exactly. */
function pixelsOf(page: OpenPage['page'], property: string): Promise<number> {
  return page.locator('#timeline canvas').evaluate((canvas: HTMLCanvasElement, property) => {
    const probe = document.createElement('i')
    probe.style.color = `var(${property})`
    document.body.append(probe)
    const [r, g, b] = getComputedStyle(probe).color.match(/\d+/g)!.map(Number)
    probe.remove()
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let p = 0; p < data.length; p += 4) {
      if (data[p] === r && data[p + 1] === g && data[p + 2] === b) count++
    }
    return count
  }, property)
}
