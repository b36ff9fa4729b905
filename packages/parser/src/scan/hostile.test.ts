import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TraceParseError } from '../errors.js'
import { parseTrace } from '../parse-trace.js'
import { bytesOf, kernel, traceText } from '../testing/make-trace.js'
import { LAUNCHED, parseMade } from '../testing/samples.js'

describe('hostile input', () => {
  it('random damage never crashes, hangs or loses the faults', async () => {
    const text = bytesOf(traceText([...LAUNCHED, ...LAUNCHED, ...LAUNCHED]))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 0, max: 255 })), {
          maxLength: 12,
        }),
        fc.nat(text.length),
        async (changes, end) => {
          const damaged = text.slice()
          for (const [at, byte] of changes) damaged[at] = byte
          try {
            const trace = await parseTrace([damaged.subarray(0, end)], { salvage: true })
            for (const { startNs, durationNs } of trace.kernels) {
              expect(Number.isSafeInteger(startNs) && Number.isSafeInteger(durationNs)).toBe(true)
            }
          } catch (error) {
            expect(error).toBeInstanceOf(TraceParseError)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('an event of endless length is skipped in bounded memory', async () => {
    const chunks = (function* () {
      yield bytesOf('{"traceEvents": [{"ph": "X", "cat": "kernel", "name": "')
      const filler = bytesOf('x'.repeat(1 << 20))
      for (let i = 0; i < 40; i++) yield filler
      yield bytesOf(`"}, ${JSON.stringify(kernel('last', 1, 1))}]}`)
    })()
    const { kernels, repairs } = await parseTrace(chunks)
    expect(kernels.map(({ name }) => name)).toEqual(['last'])
    expect(repairs).toMatchObject([{ kind: 'oversized_event', count: 1 }])
  })

  it('deep nesting does not recurse', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const text = `{"deep": ${deep}, "traceEvents": [{"ph":"X","cat":"kernel","name":"k","ts":1,"dur":1,"args":{"a":${deep}}}]}`
    const { kernels } = await parseMade(text)
    expect(kernels).toHaveLength(1)
  })
})
