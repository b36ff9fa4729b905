// What FlashAttention-2 takes, as its successor's paper measured it, as rows to fit on.
import { readFileSync } from 'node:fs'
import { findHardware } from '@flowsim/perf-model/hardware'

const { device, tokens, width, lengths, rows } = JSON.parse(
  readFileSync(new URL('./flash-attention-2.json', import.meta.url), 'utf8'),
)

/** Rows of the paper's figure. */
export function flashAttentionRows() {
  return rows.flatMap(({ headDim, causal, tflops }) =>
    lengths.map((length, i) => {
      const heads = width / headDim
      const flops = (4 * tokens * length * width) / (causal ? 2 : 1)
      return {
        call: {
          op: 'attention',
          phase: 'prefill',
          batch: tokens / length,
          queryLen: length,
          kvLen: length,
          heads,
          kvHeads: heads,
          headDim,
          causal,
          dtype: 'bf16',
        },
        latencyUs: flops / tflops[i] / 1e6,
        hardware: findHardware(device),
        options: { source: 'pytorch' },
      }
    }),
  )
}
