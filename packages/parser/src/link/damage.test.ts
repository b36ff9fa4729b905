// Records that cannot be true are counted and never believed; the others stay as they are.
import type { KernelEvent } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { TraceParseError } from '../errors.js'
import { parseFile } from '../parse-file.js'
import { describeRepair, isLoss } from '../repairs.js'
import { host, kernel, type MadeEvent, traceText } from '../testing/make-trace.js'
import { parseMade, refusal } from '../testing/samples.js'

/** Operators, launches and kernels, 1 ms apart; the kernels take 200 µs each. */
function steps(count: number, baseUs = 1_754_000_000_000_000): MadeEvent[] {
  return Array.from({ length: count }, (_, i): MadeEvent[] => {
    const at = (us: number) => baseUs + 1000 * i + us
    return [
      host('cpu_op', 'aten::mm', at(0), 20, { 'External id': i + 1 }),
      host('cuda_runtime', 'cudaLaunchKernel', at(5), 5, { correlation: i + 1 }),
      kernel(`k${i}`, at(30), 200, {
        correlation: i + 1,
        grid: [132, 1, 1],
        block: [256, 1, 1],
        'External id': i + 1,
      }),
    ]
  }).flat()
}

const named = (repairs: { kind: string }[]) => repairs.map(({ kind }) => kind)
const argsOf = (event: MadeEvent) => event.args as MadeEvent

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

describe('launches and kernels', () => {
  it('launches without kernels are counted by call, and told by their starts', async () => {
    const events = steps(10).filter((event, i) => event.cat !== 'kernel' || i % 2 === 0)
    events.push(
      host('cuda_runtime', 'cudaGraphLaunch', 1_754_000_000_020_000, 5, { correlation: 99 }),
    )
    const trace = await parseMade(traceText(events))
    expect(trace.repairs).toMatchObject([
      { kind: 'launch_without_kernel', count: 5, of: 10, what: 'cudaLaunchKernel' },
      { kind: 'launch_without_kernel', count: 1, of: 1, what: 'cudaGraphLaunch' },
    ])
    expect(describeRepair(trace.repairs[0]!)).toBe(
      '5 of 10 launches have no kernel: the trace is incomplete (cudaLaunchKernel)',
    )
    expect(trace.lostLaunchesNs).toHaveLength(6)
  })

  it('copies, fills and host functions are not missed', async () => {
    const calls = ['cudaMemcpyAsync', 'cudaMemsetAsync', 'cudaLaunchHostFunc'].map((api, i) =>
      host('cuda_runtime', api, 100 + i, 0.5, { correlation: 50 + i }),
    )
    expect((await parseMade(traceText([...calls, ...steps(3, 1000)]))).repairs).toEqual([])
  })

  it('launches of a capture are not missed; a trace of nothing else is said to be one', async () => {
    const capture = (from: number) => [
      host('cuda_runtime', 'cudaStreamBeginCapture', from, 1),
      host('cuda_runtime', 'cudaLaunchKernel', from + 2, 1, { correlation: 900 + from }),
      host('cuda_runtime', 'cudaStreamEndCapture', from + 4, 1),
    ]
    expect((await parseMade(traceText([...steps(5, 1000), ...capture(1)]))).repairs).toEqual([])
    const { repairs } = await parseMade(traceText([...capture(1), ...capture(11), ...capture(21)]))
    expect(repairs).toMatchObject([{ kind: 'captured_launch', count: 3, of: 3 }])
    expect(describeRepair(repairs[0]!)).toContain('give it with --capture')
  })

  it('kernels before the first launched one of their stream are older than the trace, later ones lost theirs', async () => {
    const events = steps(10).filter((event, i) => event.cat !== 'cuda_runtime' || i / 3 > 2)
    expect((await parseMade(traceText(events))).repairs).toEqual([])
    const gap = steps(10).filter(
      (event, i) => event.cat !== 'cuda_runtime' || i / 3 < 4 || i / 3 > 6,
    )
    expect((await parseMade(traceText(gap))).repairs).toMatchObject([
      { kind: 'kernel_without_launch', count: 2, of: 10 },
    ])
  })
})

describe('grid and block', () => {
  const one = (grid: unknown, block: unknown, header: MadeEvent = {}) => {
    const events = steps(1)
    Object.assign(argsOf(events[2]!), { grid, block })
    return parseMade(traceText(events, header))
  }

  it('a block of more than 1,024 threads is the grid', async () => {
    const { kernels, repairs } = await one([256, 1, 1], [4096, 2, 1])
    expect(kernels[0]).toMatchObject({ grid: [4096, 2, 1], block: [256, 1, 1] })
    expect(repairs).toMatchObject([{ kind: 'swapped_grid' }])
  })

  it('rocprofiler-sdk counts work items, in all kernels of a trace', async () => {
    const events = steps(2)
    Object.assign(argsOf(events[2]!), { grid: [256, 1, 1], block: [262144, 2, 1] })
    Object.assign(argsOf(events[5]!), { grid: [256, 1, 1], block: [256, 1, 1] })
    const { kernels, repairs } = await parseMade(
      traceText(events, { 'rocprofiler-sdk_version': 1.0 }),
    )
    expect(kernels).toMatchObject([
      { grid: [1024, 2, 1], block: [256, 1, 1] },
      { grid: [1, 1, 1], block: [256, 1, 1] },
    ])
    expect(repairs).toMatchObject([{ kind: 'swapped_grid', count: 2 }])
  })

  it.each([
    [
      [0, 1, 1],
      [256, 1, 1],
    ],
    [
      [1, 1, 1],
      [-256, 1, 1],
    ],
    [
      [2048, 1, 1],
      [2048, 1, 1],
    ],
    ['many', [256, 1, 1]],
    [
      [1, 1],
      [256, 1, 1],
    ],
  ])('%j and %j are left out', async (grid, block) => {
    const { kernels, repairs } = await one(grid, block)
    expect(kernels[0]).not.toHaveProperty('grid')
    expect(kernels[0]).not.toHaveProperty('block')
    expect(repairs).toMatchObject([{ kind: 'impossible_geometry' }])
  })
})

describe('events and documents', () => {
  it('an event without a phase is complete where it has times', async () => {
    const events = steps(3)
    delete events[2]!.ph
    events[5]!.ph = '?'
    const { kernels, repairs } = await parseMade(traceText(events))
    expect(kernels).toHaveLength(3)
    expect(repairs).toMatchObject([{ kind: 'missing_phase', count: 2 }])
  })

  it('another document behind the trace is refused, other bytes are counted', async () => {
    const text = traceText(steps(2))
    const error = await refusal(() => parseMade(`${text}\n${text}`))
    expect(error).toMatchObject({ code: 'corrupt', at: { byte: text.length + 1 } })
    expect(error.message).toContain('another document follows the trace at byte')
    for (const input of [`${text}\n${text}`, `${text} more`]) {
      const { kernels, repairs } = await parseMade(input, { salvage: true })
      expect(kernels).toHaveLength(2)
      expect(repairs).toMatchObject([{ kind: 'trailing_bytes' }])
    }
    expect((await parseMade(`${text} more`)).repairs).toMatchObject([{ kind: 'trailing_bytes' }])
    expect((await parseMade(`${text}\n \0\0`)).repairs).toEqual([])
  })
})

describe('any field of any event', () => {
  const replaced = fc.oneof(
    fc.constantFrom<unknown>(0, -1, -200, 1e9, 1e15, 9e15, 1e300, -1e300, '', 'text', null, {}, []),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(undefined),
  )
  const FIELDS = [
    'ph',
    'cat',
    'name',
    'pid',
    'tid',
    'ts',
    'dur',
    'args',
    'correlation',
    'device',
    'stream',
    'grid',
    'block',
    'External id',
  ]

  it('may be 0, negative, huge, missing or text: what is not kept is counted, the rest stays', async () => {
    const whole = await parseMade(traceText(steps(8)))
    await fc.assert(
      fc.asyncProperty(
        fc.nat(23),
        fc.constantFrom(...FIELDS),
        replaced,
        async (at, field, value) => {
          const events = structuredClone(steps(8))
          const event = events[at]!
          if (field in event) event[field] = value
          else if (field in argsOf(event)) argsOf(event)[field] = value
          const { kernels, repairs, eventCount } = await parseMade(traceText(events))
          expect(eventCount).toBe(24)
          const damagedKernel = event.cat === 'kernel' || at % 3 === 2 ? `k${(at - 2) / 3}` : ''
          const fixed = damagedKernel === 'k7' ? 'k6' : 'k7'
          const after = (all: KernelEvent[], name: string) =>
            all.find((each) => each.name === name)!.startNs -
            all.find((each) => each.name === fixed)!.startNs
          for (const { name, durationNs } of whole.kernels) {
            if (name === damagedKernel) continue
            expect(kernels.find((each) => each.name === name)?.durationNs).toBe(durationNs)
            expect(after(kernels, name)).toBe(after(whole.kernels, name))
          }
          for (const { startNs, durationNs } of kernels) {
            expect(Number.isSafeInteger(startNs) && Number.isSafeInteger(durationNs)).toBe(true)
            expect(durationNs).toBeGreaterThanOrEqual(0)
          }
          const lost = repairs.filter(({ kind }) => isLoss(kind))
          const isSkipped = at % 3 === 2 && (field === 'cat' || field === 'ph')
          if (kernels.length < 8 && !isSkipped) expect(lost).not.toEqual([])
        },
      ),
      { numRuns: 400 },
    )
  })
})

describeWithCorpus('cases after public reports', () => {
  const read = (name: string) => parseFile(corpus(`cases/${name}`))

  it('parca#23: the kernel with the time 0 is left out, the window is that of the others', async () => {
    const { kernels, repairs } = await read('parca23_zero_ts_unix.json')
    expect(kernels).toHaveLength(9)
    expect(kernels[0]!.startNs).toBeGreaterThan(0)
    expect(kernels.at(-1)!.startNs + kernels.at(-1)!.durationNs - kernels[0]!.startNs).toBe(9.2e6)
    expect(named(repairs)).toEqual(['negative_duration', 'timestamp_outside'])
  })

  it('hyperloom#1116: a kernel of 3.4 s over others of its stream', async () => {
    const { kernels, repairs } = await read('hyperloom1116_impossible.json')
    expect(kernels).toHaveLength(19)
    expect(repairs).toMatchObject([{ kind: 'overrun', count: 1 }])
  })

  it('pytorch#192021: half of the kernels are lost', async () => {
    const { repairs, lostLaunchesNs } = await read('pytorch192021_dropped.json')
    expect(describeRepair(repairs[0]!)).toMatch(/^25 of 50 launches have no kernel/)
    expect(lostLaunchesNs).toHaveLength(25)
  })

  it('rocprofiler-sdk: grid and block are swapped back', async () => {
    const { kernels, repairs } = await read('rocprofsdk_swapped_grid.json')
    expect(kernels).toMatchObject([{ grid: [1024, 1, 1], block: [256, 1, 1] }])
    expect(named(repairs)).toEqual(['swapped_grid'])
  })

  it('one early event does not change busy time or window', async () => {
    const ok = await read('files/ts-ok.json')
    const early = await read('files/ts0-first.json')
    expect(early.kernels).toEqual(ok.kernels)
    expect(named(early.repairs)).toEqual(['timestamp_outside'])
  })

  it('pytorch#194854: kernels of an annotated graph have the module and shapes in their own args', async () => {
    const { kernels } = await read('pytorch194854_annotated_graph.json')
    expect(kernels.length).toBeGreaterThan(3)
    for (const { modules, tensors, shapesFrom } of kernels) {
      expect(modules).toEqual([
        expect.stringMatching(/^model\.layers\.\d+\.mlp\.(?:down|gate_up)_proj$/),
      ])
      expect(tensors).toEqual([{ shape: [32, 4096] }, { shape: [4096, 8192] }])
      expect(shapesFrom).toBe('profiler')
    }
  })

  it.each(['two-docs.json', 'gz-two-docs.json.gz'])('%s holds two traces', async (name) => {
    await expect(read(`files/${name}`)).rejects.toThrow(TraceParseError)
    await expect(read(`files/${name}`)).rejects.toThrow(/another document follows/)
  })
})
