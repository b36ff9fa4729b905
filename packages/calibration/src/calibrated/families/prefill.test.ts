import { findHardware } from '@flowsim/perf-model/hardware'
import { expect, it } from 'vitest'
import { noTime } from '../family.js'
import { traitsOf } from '../traits.js'
import { prefill } from './prefill.js'

const parameters = Object.fromEntries(prefill.parameters.map(({ name, start }) => [name, start]))

/** Microseconds of the matrix units for sequences under a causal mask, many enough to fill the device. */
function compute(kind: string, length: number): number {
  const time = noTime()
  prefill.core(traitsOf(findHardware('h100_sxm')), kind, parameters).time(
    {
      batch: 256,
      queryLen: length,
      kvLen: length,
      heads: 16,
      kvHeads: 16,
      dim: 64,
      dimV: 64,
      window: 0,
      causal: true,
      pairs: (256 * length * (length + 1)) / 2,
      latent: false,
      warm: false,
    },
    time,
  )
  return time.compute
}

it("FlashAttention-2's last block of queries takes as long with one query as with all", () => {
  const ratio = compute('bf16/pytorch', 513) / compute('bf16/pytorch', 640)
  expect(ratio).toBeGreaterThan(0.97)
  expect(ratio).toBeLessThanOrEqual(1)
})

it('kernels of engines are charged with the pairs that count and half a block on the diagonal', () => {
  expect(compute('bf16/sglang', 513) / compute('bf16/sglang', 640)).toBeLessThan(0.8)
})
