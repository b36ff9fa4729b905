import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { fileText } from '../node.js'
import { parseSource } from '../parse-trace.js'
import { bytesOf, host, kernel, type MadeEvent, traceText } from '../testing/make-trace.js'

/** The trace with all its frames kept, with those only that a second reading finds, and with them packed. */
async function ways(open: () => AsyncIterable<Uint8Array>, mostOpened = 1) {
  let opened = 0
  const counted = () => {
    opened++
    return open()
  }
  const whole = await parseSource({ source: 't', open, isRepeatable: false }, {})
  const limited = { source: 't', open: counted, isRepeatable: true, frameLimit: 1 }
  const again = await parseSource({ ...limited, packedLimit: 0 }, {})
  expect(opened).toBe(2)
  opened = 0
  const packed = await parseSource(limited, {})
  expect(opened).toBeLessThanOrEqual(mostOpened)
  return { whole, again, packed }
}

describe('frames beyond the limit are packed or read once more', () => {
  const time = fc.integer({ min: 0, max: 200 })
  const frame = fc.record({
    at: time,
    length: fc.integer({ min: 0, max: 120 }),
    tid: fc.constantFrom(1, 2, 'main'),
    isSplit: fc.boolean(),
  })

  it('and give the same stacks, however they lie', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(frame, { minLength: 3, maxLength: 25 }),
        fc.array(time, { minLength: 1, maxLength: 8 }),
        async (frames, launches) => {
          const events: MadeEvent[] = frames.flatMap(({ at, length, tid, isSplit }, i) => {
            const event = host('python_function', `f${i}`, at, length, {}, tid)
            if (!isSplit) return [event]
            const { dur: _, ...begin } = event
            return [
              { ...begin, ph: 'B' },
              { ph: 'E', pid: event.pid, tid, ts: at + length },
            ]
          })
          launches.forEach((at, correlation) => {
            const tid = correlation % 2 === 0 ? 1 : 'main'
            events.push(
              host('cuda_runtime', 'cudaLaunchKernel', at, 1, { correlation }, tid),
              kernel(`k${correlation}`, 1000 + correlation, 1, { correlation }),
            )
          })
          // As many complete frames as the limit allows, and one more.
          for (let i = 0; i < 2; i++) events.unshift(host('python_function', 'other', 0, 0, {}, 9))
          const bytes = bytesOf(traceText(events))
          // Begins cannot be packed.
          const mostOpened = frames.some(({ isSplit }) => isSplit) ? 2 : 1
          const { whole, again, packed } = await ways(async function* () {
            yield bytes
          }, mostOpened)
          expect(again).toEqual(whole)
          expect(packed).toEqual(whole)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describeWithCorpus('on a real trace', () => {
  it.each([['sglang-deepseek-h200-tp4-rank0'], ['vllm-piecewise-cudagraph-execution']])(
    '%s',
    async (name) => {
      const path = corpus(`traces/${name}.trace.json.gz`)
      const { whole, again, packed } = await ways(() => fileText(path))
      expect(again).toEqual(whole)
      expect(packed).toEqual(whole)
      expect(again.kernels.some(({ callStack }) => callStack !== undefined)).toBe(true)
    },
  )
})
