// What holds of every model in the list, whatever the operation, its element types and the device.
import { PerfModelError } from '@flowsim/perf-model'
import { findHardware, listHardware } from '@flowsim/perf-model/hardware'
import type { Dtype, OpCall } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyCall, SAMPLES } from '../../perf-model/src/testing/calls.js'
import { MODELS } from './models.js'

const DTYPES: readonly Dtype[] = ['bf16', 'fp16', 'fp32', 'fp64', 'fp8_e4m3', 'fp4_e2m1', 'int8']

/** A call of any operation and element type. */
const typedCall = fc
  .tuple(anyCall(), fc.constantFrom(...DTYPES))
  .map(([call, dtype]) => ('dtype' in call ? { ...call, dtype } : call) as OpCall)

describe.each(Object.entries(MODELS))('%s', (_, model) => {
  it('answers with a time within its bounds, positive where there is work, or says in one code why it cannot', () => {
    fc.assert(
      fc.property(
        typedCall,
        fc.constantFrom(...listHardware()),
        fc.constantFrom('warm', 'cold'),
        (call, hardware, l2) => {
          let estimate: ReturnType<typeof model.estimate>
          try {
            estimate = model.estimate(call, hardware, { l2 })
          } catch (error) {
            expect(error).toBeInstanceOf(PerfModelError)
            expect((error as PerfModelError).code).toMatch(/^(unsupported_|invalid_)/)
            return
          }
          const { latencyS, p10S, p90S, parts, flops, bytes } = estimate
          // A barrier of one device, say, has nothing to do.
          if (flops + bytes > 0) expect(p10S).toBeGreaterThan(0)
          expect(p10S).toBeGreaterThanOrEqual(0)
          expect(p10S).toBeLessThanOrEqual(latencyS)
          expect(p90S).toBeGreaterThanOrEqual(latencyS)
          for (const value of [p90S, flops, bytes, ...Object.values(parts)]) {
            expect(Number.isFinite(value) && value >= 0).toBe(true)
          }
          expect(model.supports(call, hardware)).toBe(true)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('comes to an end with the largest numbers that there are', () => {
    for (const [op, example] of Object.entries(SAMPLES)) {
      const largest = Object.entries(example).map(([field, value]) => [
        field,
        typeof value === 'number' ? Number.MAX_SAFE_INTEGER : value,
      ])
      const most = { ...Object.fromEntries(largest), op } as OpCall
      const experts = Object.assign({}, most, { experts: 65_536, topk: 65_536, groups: 65_536 })
      for (const call of [most, experts]) {
        try {
          model.estimate(call, findHardware('h100_sxm'))
        } catch (error) {
          expect(error).toBeInstanceOf(PerfModelError)
        }
      }
    }
  })
})
