// Records that cannot be true are counted and never believed; the others stay as they are.
import type { KernelEvent } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { TraceParseError } from '../errors.js'
import { parseFile } from '../parse-file.js'
import { describeRepair, isLoss } from '../repairs.js'
import { argsOf, named, steps } from '../testing/made-steps.js'
import { traceText } from '../testing/make-trace.js'
import { parseMade, refusal } from '../testing/samples.js'

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
