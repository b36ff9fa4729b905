// The timeline of a measured run and its replay in Chromium.
import { expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inChromium } from '../../fixtures/in-chromium.js'
import { madeUpReport } from '../../fixtures/made-up.js'
import { renderReport } from '../index.js'

describeWithChromium('the timeline of a replay in Chromium', () => {
  const open = inChromium()

  it('lies below the measured streams, and can be put away', async () => {
    const data = madeUpReport()
    const { kernels } = data.trace
    const startNs = kernels.map((kernel) => 2 * kernel.startNs)
    const replay = { firstStartNs: startNs[0]!, startNs }
    const prediction = { ...data.prediction!, sameDevice: false, replay }
    const { page, problems } = await open(renderReport({ ...data, prediction }))
    const height = () => page.locator('#timeline canvas').evaluate((canvas) => canvas.clientHeight)
    const both = await height()
    await page.getByRole('button', { name: 'Measured', exact: true }).click()
    const streams = new Set(kernels.map(({ stream }) => stream)).size
    // A row for each stream, 27 pixels with the gap below it.
    await expect.poll(async () => both - (await height())).toBe(27 * streams)
    await page.getByRole('button', { name: 'Measured and predicted' }).click()
    await expect.poll(height).toBe(both)
    expect(problems).toEqual([])
  })
})
