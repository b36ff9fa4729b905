import { describe, expect, it } from 'vitest'
import { describeRepair } from '../repairs.js'
import { argsOf, named, steps } from '../testing/made-steps.js'
import { host, kernel, traceText } from '../testing/make-trace.js'
import { parseMade } from '../testing/samples.js'

describe('times', () => {
  it('a timestamp of 0 among others of years is left out, and no nanosecond is lost', async () => {
    const events = steps(10)
    const text = traceText(events).replace('1754000000003030', '0')
    const { kernels, repairs } = await parseMade(text)
    expect(kernels.map(({ name }) => name)).not.toContain('k3')
    expect(kernels).toHaveLength(9)
    expect(kernels.every(({ durationNs }) => durationNs === 200_000)).toBe(true)
    expect(repairs).toMatchObject([{ kind: 'timestamp_outside', count: 1 }])
    expect(repairs[0]!.firstByte).toBe(text.lastIndexOf('{', text.indexOf('"k3"')))
  })

  it('an early event does not cost nanoseconds where the profiler writes them', async () => {
    const kernels = Array.from({ length: 5 }, (_, i) =>
      kernel('k', `1752830083335869.${String(20 * i).padStart(3, '0')}`, 0.01),
    )
    for (const early of ['0', '1', '0.001', '-5', '1e3', '3000000000000000']) {
      const boot = { ...host('user_annotation', 'boot', early, 1) }
      const text = traceText([boot, ...kernels]).replace(/"(ts|dur)": "([^"]+)"/g, '"$1": $2')
      const trace = await parseMade(text)
      expect(trace.kernels.map(({ startNs }) => startNs)).toEqual([0, 20, 40, 60, 80])
      expect(named(trace.repairs)).toEqual(['timestamp_outside'])
    }
  })

  it('a trace whose times begin at 0 is whole', async () => {
    const { kernels, repairs } = await parseMade(traceText(steps(10, 0)))
    expect(kernels).toHaveLength(10)
    expect(repairs).toEqual([])
    const long = [host('user_annotation', 'run', 0, 3e9), ...steps(10, 2e9)]
    expect((await parseMade(traceText(long))).annotations).toHaveLength(1)
  })

  it('an event longer than a day is left out', async () => {
    const events = steps(10)
    events[8]!.dur = 1e12
    const { kernels, repairs } = await parseMade(traceText(events))
    expect(kernels).toHaveLength(9)
    expect(repairs).toMatchObject([{ kind: 'duration_outside', count: 1 }])
  })

  it('a kernel that overruns later ones of its stream is named and left out', async () => {
    const events = steps(20)
    events[3 * 5 + 2]!.dur = 3_400_000
    const { kernels, repairs } = await parseMade(traceText(events))
    expect(kernels).toHaveLength(19)
    expect(Math.max(...kernels.map(({ durationNs }) => durationNs))).toBe(200_000)
    expect(repairs).toMatchObject([
      { kind: 'overrun', count: 1, what: 'k5 on stream 7 of device 0' },
    ])
    expect(describeRepair(repairs[0]!)).toMatch(/^1 kernels that run on .* \(k5 on stream 7 /)
  })

  it('a kernel that stands in the file again is counted once; one of another launch overruns', async () => {
    const events = steps(5)
    const other = { ...events[5]!, args: { ...argsOf(events[5]!), correlation: 99 } }
    const { kernels, repairs } = await parseMade(traceText([...events, ...events, other]))
    expect(kernels).toHaveLength(5)
    expect(repairs).toMatchObject([
      { kind: 'repeated_kernel', count: 5, what: 'k0 on stream 7 of device 0' },
      { kind: 'overrun', count: 1 },
    ])
  })

  it('many that start together are each compared with all of them', async () => {
    const events = Array.from({ length: 4000 }, (_, i) => {
      const made = kernel(`k${i % 7}`, 1000, 5)
      return { ...made, args: { ...argsOf(made), correlation: 1 + (i % 3000) } }
    })
    const { repairs } = await parseMade(traceText(events))
    // Of launch 1 + i, a kernel comes again 3,000 later with another name: 3,000 is no multiple of 7.
    expect(repairs.find(({ kind }) => kind === 'repeated_kernel')).toBeUndefined()
    const again = await parseMade(traceText([...events, ...events]))
    expect(again.repairs).toMatchObject([{ kind: 'repeated_kernel', count: 4000 }])
  })

  it('an early start of the next kernel is not an overrun, nor is work on another stream', async () => {
    const events = steps(5)
    events[2]!.dur = 1000.3
    argsOf(events[5]!).stream = 9
    events[5]!.dur = 100_000
    const { kernels, repairs } = await parseMade(traceText(events))
    expect(kernels).toHaveLength(5)
    expect(repairs).toEqual([])
  })

  it('where many overlap the stream holds several queues: said, and nothing is left out', async () => {
    const events = steps(40)
    for (let i = 0; i < 40; i += 2) events[3 * i + 2]!.dur = 1500
    const { kernels, repairs } = await parseMade(traceText(events))
    expect(kernels).toHaveLength(40)
    expect(repairs).toMatchObject([{ kind: 'stream_overlap', count: 20 }])
  })
})
