import { describe, expect, it } from 'vitest'
import { kernel, traceText } from '../testing/make-trace.js'
import { parseMade } from '../testing/samples.js'

describe('time', () => {
  it('is exact to the nanosecond where a double is not', async () => {
    const text = traceText([kernel('a', 0, 1), kernel('b', 0, 1), kernel('c', 0, 1)], {
      displayTimeUnit: 'ns',
    })
    const times = ['1712195495406752.801', '1712195495406752.802', '1712195495406753.000']
    let next = 0
    const { kernels, baseTimeNs } = await parseMade(
      text.replace(/"ts": 0/g, () => `"ts": ${times[next++]}`),
    )
    expect(kernels.map(({ startNs }) => startNs)).toEqual([0, 1, 199])
    expect(baseTimeNs).toBe('1712195495406752801')
  })

  it('counts from baseTimeNanoseconds, which a double cannot hold', async () => {
    const text = traceText([kernel('a', 5, 1)]).replace(
      /\}\s*$/,
      ', "baseTimeNanoseconds": 1751410836000000123}',
    )
    expect((await parseMade(text)).baseTimeNs).toBe('1751410836000005123')
  })

  it.each([
    ['integer microseconds', '12', 12_000],
    ['three decimals', '12.345', 12_345],
    ['six decimals, rounded', '12.345678', 12_346],
    ['an exponent', '1.2e1', 12_000],
    ['text', '"12.5"', 12_500],
  ])('durations in %s', async (_, dur, ns) => {
    const { kernels } = await parseMade(
      traceText([kernel('a', 1, 0)]).replace('"dur": 0', `"dur": ${dur}`),
    )
    expect(kernels[0]!.durationNs).toBe(ns)
  })
})
