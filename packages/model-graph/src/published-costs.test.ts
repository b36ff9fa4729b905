import { opWork } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { buildStep } from './build.js'
import { findModel } from './catalogue/catalogue.js'
import { memoryUse } from './memory.js'
import published from './testing/published-costs.json' with { type: 'json' }

it.each(published.kv)('$model keeps its published bytes of KV for a token', (figure) => {
  const { kvBytesPerToken } = memoryUse(findModel(figure.model), { dtypes: { kv: 'bf16' } })
  expect(Math.abs(kvBytesPerToken / figure.bytes - 1)).toBeLessThanOrEqual(figure.within)
})

it.each(published.training)(
  '$model takes its published operations to train on a token',
  (figure) => {
    const model = findModel(figure.model)
    const { ops } = buildStep(model, { batch: [{ newTokens: 4096 }] })
    const forward = ops.reduce((sum, { count, call }) => sum + count * opWork(call).flops, 0) / 4096
    // A step has logits of its last token only, training of each; backward twice the operations of forward.
    const gflops = (3 * (forward + 2 * model.hidden * model.vocab)) / 1e9
    expect(Math.abs(gflops / figure.gflops - 1)).toBeLessThanOrEqual(figure.within)
  },
)
