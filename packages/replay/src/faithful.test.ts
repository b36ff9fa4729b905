import { readdirSync } from 'node:fs'
import { parseFile } from '@flowsim/parser/node'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../tests/corpus.js'
import { buildGraph } from './build-graph.js'
import { criticalPath, slack } from './critical-path.js'
import { replay } from './replay.js'

/**
 * Samples of a training job: kernels start tens of milliseconds after their launches, for waits that were not
 * recorded (docs/replay.md). How many of their starts are met, and all of the other traces'.
 */
const MET: Record<string, number> = { 'ddp-sampled-rank0': 0.55, 'ddp-sampled-rank1': 0.6 }

const traces = hasCorpus
  ? readdirSync(corpus('traces')).filter((name) => name.endsWith('.json.gz'))
  : []

describeWithCorpus('real traces', () => {
  it.each(traces)(
    '%s replays as it was measured, and nearly so with typical lags',
    async (name) => {
      const trace = await parseFile(corpus(`traces/${name}`), { hostCalls: true, stacks: 'none' })
      const graph = buildGraph(trace)
      const result = replay(graph)
      const first = trace.kernels[0]!.startNs
      const window =
        trace.kernels.reduce((end, k) => Math.max(end, k.startNs + k.durationNs), 0) - first
      expect(Math.abs(result.endToEndNs - window)).toBeLessThanOrEqual(0.01 * window)
      // Stricter than 5 µs or 1 % of the window: what made up the measured times is kept exactly.
      trace.kernels.forEach(({ startNs, durationNs }, k) => {
        expect(Math.abs(result.startNs[k]! - startNs)).toBeLessThan(1)
        expect(Math.abs(result.durationNs[k]! - durationNs)).toBeLessThan(1)
      })
      expect(graph.report.faultCount).toBe(0)
      const { kinds, segments } = criticalPath(graph, result)
      expect(Object.values(kinds).reduce((a, b) => a + b, 0)).toBeCloseTo(window, 0)
      let at = first
      for (const { startNs, durationNs } of segments) {
        expect(startNs).toBeCloseTo(at, 3)
        at += durationNs
      }
      expect(slack(graph, result).every((ns) => ns > -1)).toBe(true)

      // With usual launches, gaps and wake-ups in place of the measured ones, what is right is what the graph explains.
      const typical = replay(graph, { lags: 'typical' })
      expect(Math.abs(typical.endToEndNs - window)).toBeLessThanOrEqual(0.01 * window)
      const within = Math.max(5000, 0.01 * window)
      const met = trace.kernels.filter(
        ({ startNs }, k) =>
          Math.abs(typical.startNs[k]! - typical.startNs[0]! - (startNs - first)) <= within,
      ).length
      expect(met / trace.kernels.length).toBeGreaterThanOrEqual(MET[name.split('.')[0]!] ?? 1)
    },
  )
})
