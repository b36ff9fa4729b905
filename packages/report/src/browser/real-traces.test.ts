// Reports of the corpus's traces in Chromium: they open without an error and are drawn.
import { readdirSync } from 'node:fs'
import { breakdown, byLayer, byModule, collectives, gemmTable, steps } from '@flowsim/analysis'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { expect, it } from 'vitest'
import { describeWithChromium } from '../../../../tests/chromium.js'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { inChromium } from '../../fixtures/in-chromium.js'
import { renderReport } from '../index.js'

describeWithChromium('reports in Chromium', () => {
  const open = inChromium()

  describeWithCorpus('reports of real traces', () => {
    const names = readdirSync(corpus('traces')).filter((name) => name.endsWith('.json.gz'))
    it.each(names)('%s', async (name) => {
      const html = await reportOf(corpus(`traces/${name}`))
      expect(html.length).toBeLessThan(2e6)
      const { page, problems } = await open(html)
      await page.locator('#kernels tbody tr[aria-rowindex]').first().waitFor()
      await page.locator('#operations .bar').first().waitFor()
      expect(problems).toEqual([])
      await page.close()
    })
  })
})

/** The report of a trace file, predicted with the roofline of a device of the catalogue. */
async function reportOf(path: string): Promise<string> {
  const trace = await parseFile(path)
  const operations = classifyTrace(trace)
  const hardware = findHardware('h100_sxm')
  const layers = byLayer(trace, operations)
  return renderReport({
    generator: 'test',
    trace,
    operations,
    device: hardware,
    breakdown: breakdown(trace, operations),
    layers,
    steps: steps(trace, operations, { layers }),
    modules: byModule(trace, { by: 'class' }),
    gemms: gemmTable(trace, operations, { hardware }),
    collectives: collectives(trace, operations),
    prediction: {
      hardware,
      model: 'roofline',
      sameDevice: false,
      estimates: operations.map(({ call }) =>
        call && roofline.supports(call, hardware) ? roofline.estimate(call, hardware) : null,
      ),
    },
  })
}
