import { describe, expect, it } from 'vitest'
import { traceText } from '../testing/make-trace.js'
import { faulty, parseMade } from '../testing/samples.js'

describe('faults', () => {
  it.each([
    [
      'bare literals',
      '{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":5,"dur":1,"args":{"a":NaN,"b":-inf,"c":N/A}}',
      'bare_literal',
      3,
    ],
    [
      'raw control characters',
      '{"ph":"X","cat":"kernel","name":"a\u0001\nb","pid":0,"tid":7,"ts":5,"dur":1}',
      'control_character',
      1,
    ],
    [
      'quotes that were not escaped',
      '{"ph":"X","cat":"kernel","name":"a "b" c","pid":0,"tid":7,"ts":5,"dur":1}',
      'unescaped_quote',
      1,
    ],
    [
      'a missing duration',
      '{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":5}',
      'missing_duration',
      1,
    ],
  ])('%s are mended', async (_, event, kind, count) => {
    const text = faulty(event)
    const { kernels, repairs } = await parseMade(text)
    expect(kernels).toHaveLength(3)
    expect(repairs).toEqual([{ kind, count, firstByte: expect.any(Number) }])
    const { firstByte } = repairs[0]!
    expect(firstByte).toBeGreaterThan(text.indexOf(event) - 1)
    expect(firstByte).toBeLessThan(text.indexOf(event) + event.length)
  })

  it.each([
    ['a value that is no JSON', '{"ph":"X","cat":"kernel","name":"k","ts":5,"dur":oops}'],
    ['a key without a value', '{"ph":"X","cat"}'],
    ['a missing brace', '{"ph":"X","cat":"cpu_op","name":"k","ts":5,"dur":1,"args":{"a":[1,2}'],
    ['text between events', 'garbage'],
  ])('%s is skipped, counted and located', async (_, event) => {
    const text = faulty(event)
    const { kernels, repairs } = await parseMade(text)
    expect(kernels.map(({ name }) => name)).toEqual(['first', 'last'])
    expect(repairs).toEqual([{ kind: 'malformed_event', count: 1, firstByte: text.indexOf(event) }])
  })

  it.each(['[1,2]', '[[]]', '["a"]', '{"traceEvents":[1,2]}', ' [null]\n'])(
    'an array of what are not events is not a trace, nor called cut off: %s',
    async (text) => {
      await expect(parseMade(text)).rejects.toMatchObject({
        code: 'not_a_trace',
        message: expect.stringContaining('holds no events'),
      })
    },
  )

  it('a whole text that ends in what cannot be read is not called cut off', async () => {
    const [event] = JSON.parse(faulty('{}')).traceEvents
    const text = JSON.stringify({ traceEvents: [event, 5] })
    await expect(parseMade(text)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(parseMade(text.slice(0, -2))).rejects.toMatchObject({ code: 'truncated' })
  })

  it('an event without a timestamp is skipped', async () => {
    const { kernels, repairs } = await parseMade(
      faulty('{"ph":"X","cat":"kernel","name":"k","dur":1}'),
    )
    expect(kernels).toHaveLength(2)
    expect(repairs).toMatchObject([{ kind: 'missing_timestamp', count: 1 }])
  })

  it('args that are null are not a fault', async () => {
    const { kernels, repairs } = await parseMade(
      faulty('{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":5,"dur":1,"args":null}'),
    )
    expect(kernels).toHaveLength(3)
    expect(repairs).toEqual([])
  })

  it('begins without an end, and ends without a begin, are counted', async () => {
    const { repairs } = await parseMade(
      traceText([
        { ph: 'B', cat: 'cpu_op', name: 'open', pid: 1, tid: 1, ts: 1 },
        { ph: 'E', pid: 1, tid: 2, ts: 1 },
      ]),
    )
    expect(repairs.map(({ kind }) => kind).sort()).toEqual(['unclosed_begin', 'unmatched_end'])
  })
})
