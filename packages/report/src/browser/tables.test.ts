// The table of activities in Chromium: search, filters, sorting, selection.
import { expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inBothThemes } from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
import { renderReport } from '../index.js'

describeWithChromium('the table of activities in Chromium', () => {
  const data = madeUpReport()

  inBothThemes(
    () => renderReport(data),
    '#roofline .chart svg',
    (opened) => {
      it('holds only the rows in view, and finds by search, family and "unknown"', async () => {
        const rows = opened.page.locator('#kernels tbody tr[aria-rowindex]')
        const total = data.trace.kernels.length
        const shown = () => opened.page.locator('#kernels output').textContent()
        expect(await rows.count()).toBeLessThan(40)
        expect(await shown()).toContain(`${total} of ${total}`)

        await opened.page.getByLabel('Search activities').fill('rmsnorm')
        expect(await shown()).toContain(`72 of ${total}`)
        await opened.page.getByLabel('Search activities').fill('no such kernel')
        expect(await opened.page.locator('#kernels .empty').textContent()).toBe('Nothing matches.')
        await opened.page.getByLabel('Search activities').fill('-rmsnorm /nvjet|flash_fwd/')
        expect(await shown()).toContain(`180 of ${total}`)
        await opened.page.getByLabel('Search activities').fill('')

        await opened.page
          .locator('#kernels .chips')
          .getByRole('button', { name: 'attention' })
          .click()
        expect(await shown()).toContain(`36 of ${total}`)
        await opened.page
          .locator('#kernels .chips')
          .getByRole('button', { name: 'attention' })
          .click()

        await opened.page.getByRole('button', { name: 'unknown only' }).click()
        expect(await shown()).toContain(`36 of ${total}`)
        expect(await rows.first().textContent()).toContain('unknown')
        await opened.page.getByRole('button', { name: 'unknown only' }).click()
      })

      it('sorts by a column, scrolls, and tells all of a kernel', async () => {
        const head = opened.page.locator('#kernels th', { hasText: 'Duration' }).getByRole('button')
        await head.click()
        const durations = await opened.page
          .locator('#kernels tbody tr[aria-rowindex] td:nth-child(4)')
          .evaluateAll((cells) =>
            cells.map((cell) => Number(cell.textContent!.replaceAll(',', ''))),
          )
        expect(durations).toEqual([...durations].sort((a, b) => b - a))
        await opened.page.locator('#kernels .grid').evaluate((grid) => grid.scrollTo({ top: 5000 }))
        await opened.page.locator('#kernels tbody tr[aria-rowindex="200"]').click()
        const inspector = opened.page.locator('.inspector')
        expect(await inspector.textContent()).toContain('Predicted')
        expect(await inspector.locator('summary').textContent()).toBe('Call stack')
        await opened.page.keyboard.press('Escape')
      })

      it('has no error after all of this', () => {
        expect(opened.problems).toEqual([])
        expect(opened.requests).toEqual([opened.address])
      })
    },
  )
})
