import { describe, expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { prepare } from '../../../../test/prepare.js'
import { simulateFlowsim } from '../engine.js'
import type { GrammarOptions } from './options.js'

const settings = (overrides: Partial<GrammarOptions> = {}): GrammarOptions => ({
  maskNs: 0,
  maskThreads: 1,
  compileNs: 0,
  compileThreads: 1,
  overlapped: false,
  ...overrides,
})

const run = (schemas: readonly (string | null)[], grammars: GrammarOptions | null) =>
  simulateFlowsim(
    schemas.map((grammar, i) => request(i, grammar === null ? {} : { grammar })),
    options([instance({ grammars, kv: { blocks: 400 } })]),
  )

describe('structured output', () => {
  test('takes nothing without the section', () => {
    expect([...run(['s', 's'], null).requests]).toEqual([...run([null, null], null).requests])
  })

  test('a schema is compiled once, before its first request, on so many threads', () => {
    const starts = (compileThreads: number) => {
      const { requests, report } = run(
        ['a', 'b', 'c', 'a'],
        settings({ compileNs: 50e6, compileThreads }),
      )
      expect(report.features!.compiledSchemas).toBe(3)
      return [0, 1, 2, 3].map((i) => Math.floor(requests.record(i).scheduledNs! / 50e6))
    }
    expect(starts(1)).toEqual([1, 2, 3, 1])
    expect(starts(2)).toEqual([1, 1, 2, 1])
  })

  test('every sampled token has a mask: n tokens of m sequences take n m masks of a thread', () => {
    const durationS = (schemas: (string | null)[], maskThreads: number) =>
      run(schemas, settings({ maskNs: 100e3, maskThreads })).report.durationS
    const none = durationS([null, null, null], 1)
    // Five tokens each.
    expect(durationS(['s', 's', null], 1) - none).toBeCloseTo(5 * 2 * 100e-6, 9)
    expect(durationS(['s', 's', null], 2) - none).toBeCloseTo(5 * 100e-6, 9)
  })

  test('masks that are filled while the model runs count where they take longer', () => {
    const durationS = (maskNs: number) =>
      run(['s'], settings({ maskNs, overlapped: true })).report.durationS
    expect(durationS(900e3)).toBe(durationS(0))
    // Steps of 1 ms and a little take 3 ms.
    expect(durationS(3e6)).toBeCloseTo(5 * 3e-3, 9)
  })

  test('the times of its library are those of MaskBench', () => {
    const { assumptions } = prepare(`
workload: { type: synthetic, requests: 2, users: 1, inputTokens: 8, outputTokens: 2, schemas: { count: 3 } }
stepTime: { type: linear, perStepUs: 1000 }
kv: { blocks: 100 }
structuredOutput: { engine: llguidance }
`)
    const value = (name: string) => assumptions.find(({ setting }) => setting === name)?.value
    expect(value('structuredOutput.maskUs')).toBe(49)
    expect(value('structuredOutput.compileMs')).toBe(1.637)
  })
})
