// Pages of results in Chromium: they can be read, sort, are taken along, and take names for text.
import { readFile } from 'node:fs/promises'
import { diffTraces } from '@flowsim/analysis'
import { expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { inBothThemes, inChromium } from '../../fixtures/in-chromium.js'
import { madeUpTrace } from '../../fixtures/made-up.js'
import { faultsToTheEye } from '../../fixtures/readable.js'
import { diffPage, jobPage, renderPage } from '../index.js'

const A = { ...madeUpTrace([512, 16], 12), name: 'before</script><b>.json' }
const B = { ...madeUpTrace([512, 16, 16], 12), name: 'after.json' }

/** Two ranks that meet in every collective, the second always a little late. */
const RANKS = [0, 1].map((rank) => {
  const { trace, operations } = madeUpTrace([512, 16], 4)
  let calls = 0
  const kernels = trace.kernels.map((kernel) => {
    if (kernel.kind !== 'collective') return kernel
    const late = rank === 0 ? 0 : 3000
    const { startNs, durationNs } = kernel
    const collective = {
      kind: 'all_reduce' as const,
      groupName: 'tensor_<0>',
      groupSize: 2,
      ranks: [0, 1],
      sequence: calls++,
      inElements: 65_536,
      outElements: 65_536,
      dtype: 'bf16' as const,
    }
    return { ...kernel, collective, startNs: startNs + late, durationNs: durationNs - late }
  })
  return {
    rank,
    trace: { ...trace, rank, worldSize: 2, kernels },
    operations,
    name: `rank${rank}.json`,
    href: `rank${rank}.report.html`,
  }
})

const PAGES = {
  job: renderPage(jobPage(RANKS, { generator: 'flowsim 0.0.0' })),
  comparison: renderPage(diffPage(diffTraces(A, B), { a: A, b: B, generator: 'flowsim 0.0.0' })),
}

describeWithChromium.each(Object.entries(PAGES))('the page of a %s in Chromium', (_, html) => {
  inBothThemes(
    () => html,
    'main table',
    (opened, colorScheme) => {
      it('opens from disk with no error and no request but its own file', () => {
        expect(opened.problems).toEqual([])
        expect(opened.requests).toEqual([opened.address])
      })

      it.each([1440, 1280, 400])('can be read at %s pixels', async (width) => {
        await opened.page.setViewportSize({ width, height: 800 })
        expect(await faultsToTheEye(opened.page)).toEqual([])
      })

      it('changes its colours', async () => {
        const { page } = opened
        const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
        const before = await paper()
        for (let i = 0; i < (colorScheme === 'light' ? 1 : 2); i++) {
          await page.getByRole('button', { name: /^Colours/ }).click()
        }
        expect(await paper()).not.toBe(before)
      })
    },
  )
})

describeWithChromium('a page of results', () => {
  const open = inChromium()

  it('sorts by a column of numbers, the unknown last; all rows are taken along whole', async () => {
    const { page } = await open(PAGES.comparison)
    const table = page.locator('#table-1 table')
    await table.getByRole('button', { name: 'B ms', exact: true }).click()
    const values = await table
      .locator('tbody tr td:nth-child(6)')
      .evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.value)))
    expect(values).toEqual(values.toSorted((a, b) => b - a))
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as CSV: Operations' }).click()
    const lines = (await readFile(await (await saving).path(), 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(values.length + 1)
    expect(lines[1]).toContain(String(values[0]))
    await page.close()
  })

  it('leads from its evidence to the row', async () => {
    const { page } = await open(PAGES.comparison)
    await page.getByRole('link', { name: 'Show' }).first().click()
    expect(await page.locator('tr:target').count()).toBe(1)
    await page.close()
  })

  it('says which rank others wait for, and leads to its page', async () => {
    const { page } = await open(PAGES.job)
    expect(await page.locator('.findings').textContent()).toMatch(/waited for rank 1: last to/)
    expect(await page.getByRole('link', { name: 'rank1.json' }).getAttribute('href')).toBe(
      'rank1.report.html',
    )
    await page.close()
  })

  it('takes names for text', async () => {
    const { page, problems } = await open(PAGES.comparison)
    expect(await page.locator('h1').textContent()).toBe(
      'before</script><b>.json against after.json',
    )
    expect(problems).toEqual([])
    await page.close()
  })
})
