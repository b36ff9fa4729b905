import type { KernelTrace } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { bytesOf, inChunks, traceText } from '../testing/make-trace.js'
import { MALFORMED, parseMade, TRICKY } from '../testing/samples.js'

const essence = ({ kernels, repairs, eventCount }: KernelTrace) => ({
  kernels,
  repairs,
  eventCount,
})

describe('other layouts of the same events', () => {
  const events = TRICKY

  const expected = parseMade(traceText(events))

  it.each([
    ['minified', traceText(events, {}, 'minified')],
    ['CR LF', traceText(events).replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${traceText(events)}`],
    ['a bare array', JSON.stringify(events)],
    ['a bare array without its end', `${JSON.stringify(events).slice(0, -1)},\n`],
    [
      'keys in another order',
      traceText(events.map((event) => Object.fromEntries(Object.entries(event).reverse()))),
    ],
    ['tabs', JSON.stringify({ traceEvents: events }, null, '\t')],
  ])('%s', async (name, text) => {
    const { kernels, eventCount } = await parseMade(text)
    expect(kernels).toEqual((await expected).kernels)
    expect(eventCount).toBe(events.length)
    expect(name).toBeTruthy()
  })

  it('events in any order', async () => {
    const reference = (await expected).kernels
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...events], { minLength: events.length }),
        async (shuffled) => {
          const { kernels } = await parseMade(traceText(shuffled))
          const plain = (list: typeof kernels) => list.map(({ opInstance: _, ...rest }) => rest)
          expect(plain(kernels)).toEqual(plain(reference))
        },
      ),
      { numRuns: 30 },
    )
  })

  it('begin and end instead of complete events', async () => {
    const halves = events.flatMap((event) => {
      if (event.ph !== 'X') return [{ event, at: Number(event.ts), order: 1 }]
      const { dur, ...rest } = event
      const end = Number(event.ts) + Number(dur)
      const { ph: _, args: __, name: ___, cat: ____, ...place } = rest
      return [
        { event: { ...rest, ph: 'B' }, at: Number(event.ts), order: 1 },
        { event: { ...place, ph: 'E', ts: end }, at: end, order: 0 },
      ]
    })
    const text = traceText(
      halves.sort((a, b) => a.at - b.at || a.order - b.order).map(({ event }) => event),
    )
    const { kernels, repairs } = await parseMade(text)
    expect(kernels).toEqual((await expected).kernels)
    expect(repairs).toEqual([])
  })

  it('chunk boundaries anywhere give the same result', async () => {
    const texts = [traceText(events), traceText(events, {}, 'minified'), MALFORMED].map(bytesOf)
    const whole = await Promise.all(texts.map((text) => parseTrace([text], { salvage: true })))
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: texts.length - 1 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
        async (which, sizes) => {
          const chunks = inChunks(texts[which]!, sizes)
          const trace = await parseTrace(chunks, { salvage: true })
          expect(essence(trace)).toEqual(essence(whole[which]!))
        },
      ),
      { numRuns: 300 },
    )
  })
})
