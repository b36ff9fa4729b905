import { expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'

test('under pressure the last admitted is preempted, and finds its own blocks again', () => {
  const tight = (preemption: 'recompute' | 'swap') =>
    simulateFlowsim(
      [
        request(0, { inputTokens: 60, outputTokens: 40 }),
        request(1, { inputTokens: 60, outputTokens: 40 }),
      ],
      options([
        instance({
          scheduler: { maxNumBatchedTokens: 256, preemption },
          kv: { blocks: 40, swapBlocks: 40 },
        }),
      ]),
    )
  const recomputed = tight('recompute')
  expect([...recomputed.requests].map(({ preemptions }) => preemptions)).toEqual([0, 1])
  expect(recomputed.report.requests).toEqual({ completed: 2 })
  const swapped = tight('swap')
  expect(swapped.report.preemptions).toBe(1)
  const prefilled = (run: typeof swapped) =>
    run.batches!.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0)
  expect(prefilled(swapped)).toBe(120)
  expect(prefilled(recomputed)).toBeGreaterThan(120)
})
