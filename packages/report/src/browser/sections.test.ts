// The sections of the page in Chromium: each part of the picture drawn, light and dark, with no error and no request.
import { expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inBothThemes, inChromium, timelinePicture } from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
import { renderReport } from '../index.js'

/** In the page: the lengths of bars of operations, where their predictions stand, and predicted over measured time. */
function barsAndTicks(): { bar: number; tick: number; ratio: number }[] {
  return [...document.querySelectorAll('#operations tbody tr')].flatMap((row) => {
    const [bar, tick] = [row.querySelector('.bar'), row.querySelector('.tick:not(.beyond)')]
    if (!bar || !tick || row.querySelector('sup')) return []
    const cells = [...row.querySelectorAll('td')].map(({ textContent }) => Number(textContent))
    const { left, width } = bar.getBoundingClientRect()
    const place = tick.getBoundingClientRect()
    const [, measured, , , predicted] = cells as [number, number, number, number, number]
    return [
      { bar: width, tick: (place.left + place.right) / 2 - left, ratio: predicted / measured },
    ]
  })
}

describeWithChromium('the sections of the page in Chromium', () => {
  const data = madeUpReport()

  inBothThemes(
    () => renderReport(data),
    '#roofline .chart svg',
    (opened, colorScheme) => {
      it('opens from disk with no error and no request but its own file', () => {
        expect(opened.problems).toEqual([])
        expect(opened.requests).toEqual([opened.address])
      })

      it('follows the colours of the system', async () => {
        const background = await opened.page.evaluate(
          () => getComputedStyle(document.body).backgroundColor,
        )
        expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(19, 21, 23)')
      })

      it('says that the trace is not measured, and shows warnings as text', async () => {
        const notices = await opened.page.locator('.notice').allTextContents()
        expect(notices[0]).toBe(
          'Not measured. This trace was generated: made up by the tests of the report.',
        )
        expect(notices[1]).toBe('This is a warning <b>with markup</b>.')
      })

      it('shows the parts of the window, which fill its bar', async () => {
        const widths = await opened.page
          .locator('#summary .budget-bar')
          .first()
          .locator('span')
          .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().width))
        const bar = await opened.page.locator('#summary .budget-bar').first().boundingBox()
        const total = widths.reduce((sum, width) => sum + width, 0)
        expect(total).toBeGreaterThan(bar!.width - 8)
        expect(total).toBeLessThan(bar!.width + 1)
      })

      it('lists the steps with their phases', async () => {
        const phases = await opened.page
          .locator('#summary table[aria-label="Steps"] tbody tr td:nth-child(2)')
          .allTextContents()
        expect(phases).toEqual(['prefill', 'decode', 'decode'])
      })

      it('says what to do next, the most to gain first, with links to the places', async () => {
        const findings = data.findings!
        expect(findings.length).toBeGreaterThan(0)
        const titles = await opened.page.locator('#findings h3').allTextContents()
        expect(titles).toEqual(findings.map(({ title }) => title))
        const timeline = findings.findIndex(({ section }) => section === 'timeline')
        const picture = () => timelinePicture(opened.page)
        const before = await picture()
        await opened.page.locator('#findings li').nth(timeline).getByRole('button').click()
        await expect.poll(picture).not.toBe(before)
        await opened.page.locator('#timeline canvas').press('0')
        const links = await opened.page
          .locator('#findings a')
          .evaluateAll((all) =>
            all.map((link) => document.querySelector(link.getAttribute('href')!)),
          )
        expect(links).not.toContain(null)
      })

      it('draws a bar for every operation, with the prediction across it', async () => {
        expect(await opened.page.locator('#operations .bar').count()).toBe(9)
        expect(await opened.page.locator('#operations .tick').count()).toBe(8)
        const rows = await opened.page.evaluate(barsAndTicks)
        expect(rows.length).toBeGreaterThan(2)
        for (const { bar, tick, ratio } of rows) {
          expect(tick).toBeCloseTo(bar * ratio, -0.5)
        }
      })

      it('draws every layer', async () => {
        const columns = await opened.page
          .locator('#layers svg [aria-label="bar"] rect')
          .evaluateAll((bars) => new Set(bars.map((bar) => bar.getAttribute('x'))).size)
        expect(columns).toBe(12)
      })

      it('draws a point for every predicted kernel, and the diagonal', async () => {
        const predicted = data.prediction!.estimates.filter((estimate) => estimate).length
        expect(await opened.page.locator('#accuracy svg [aria-label="dot"] circle').count()).toBe(
          predicted,
        )
        expect(await opened.page.locator('#accuracy svg [aria-label="line"] path').count()).toBe(3)
        expect(await opened.page.locator('#accuracy tbody tr').count()).toBeGreaterThan(5)
      })

      it('draws the roofs of the device, and kernels below them', async () => {
        const roofs = await opened.page.locator('#roofline svg text').allTextContents()
        expect(roofs).toEqual(
          expect.arrayContaining(['HBM 4.00 TB/s', 'L2 10.0 TB/s', 'bf16 matrix 1.00 PFLOP/s']),
        )
        expect(
          await opened.page.locator('#roofline svg [aria-label="dot"] circle').count(),
        ).toBeGreaterThan(5)
      })

      it('shows figures for one step alone', async () => {
        const figure = opened.page
          .locator('#summary .figures div', { hasText: /^Busy/ })
          .locator('b')
        const whole = await figure.textContent()
        await opened.page.getByLabel('Show').selectOption('All decode steps')
        expect(await figure.textContent()).not.toBe(whole)
        await opened.page.getByLabel('Show').selectOption('Whole trace')
        expect(await figure.textContent()).toBe(whole)
      })

      it('lists unknown kernels, repairs, products and collectives', async () => {
        expect(await opened.page.locator('#unknown tbody').textContent()).toContain(
          'my_custom_kernel</script><b>x',
        )
        expect(await opened.page.locator('#repairs tbody').textContent()).toContain('bare literal')
        expect(
          await opened.page.locator('table[aria-label="Matrix products"] tbody tr').count(),
        ).toBe(8)
        expect(await opened.page.locator('table[aria-label="Collectives"] tbody tr').count()).toBe(
          2,
        )
      })

      it('has no error after all of this', () => {
        expect(opened.problems).toEqual([])
        expect(opened.requests).toEqual([opened.address])
      })
    },
  )

  const open = inChromium()

  it('compares devices, not errors, when the prediction is for another device', async () => {
    const prediction = { ...data.prediction!, sameDevice: false }
    const { page } = await open(renderReport({ ...data, prediction }))
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
})
