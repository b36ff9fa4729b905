import { describe, expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { prepare } from '../../../../test/prepare.js'
import { simulateFlowsim } from '../engine.js'
import type { AdapterOptions } from './options.js'

const lora = (overrides: Partial<AdapterOptions> = {}): AdapterOptions => ({
  slots: 1,
  hostAdapters: Number.POSITIVE_INFINITY,
  loadNs: 2e6,
  fetchNs: 30e6,
  stepNs: () => 0,
  ...overrides,
})

const run = (names: readonly (string | null)[], adapters: AdapterOptions | null, more = {}) => {
  const requests = names.map((adapter, i) =>
    request(i, { ...(adapter === null ? {} : { adapter }), ...more }),
  )
  return simulateFlowsim(
    requests,
    options([instance({ adapters, scheduler: { maxNumBatchedTokens: 512 }, kv: { blocks: 400 } })]),
  )
}
const started = ({ requests }: ReturnType<typeof run>, i: number) => requests.record(i).scheduledNs!

describe('LoRA adapters on a device', () => {
  test('a run without the section is the run of requests without adapters', () => {
    const { requests, report } = run(['a', 'b', 'a'], null)
    const plain = run([null, null, null], null)
    expect([...requests]).toEqual([...plain.requests])
    expect(report).toEqual(plain.report)
  })

  // vLLM's example of multi-LoRA: with max_loras 1 the second adapter runs after all of the first.
  test('with one place the second adapter waits, and requests of the first and of the model pass it', () => {
    const done = run(['a', 'b', 'a', null], lora())
    expect([2, 3].map((i) => started(done, i))).toEqual([0, 0])
    expect(started(done, 1)).toBe(done.requests.record(0).finishedNs)
    expect(done.report.features!.adapterLoads).toBe(2)
  })

  test('with two places both run at once', () => {
    const done = run(['a', 'b', 'a'], lora({ slots: 2 }))
    expect([0, 1, 2].map((i) => started(done, i))).toEqual([0, 0, 0])
  })

  test('a step waits for what it loads, one after the other', () => {
    const first = (names: string[], loadNs: number) =>
      run(names, lora({ slots: 4, loadNs })).requests.record(0).firstTokenNs!
    for (const names of [['a'], ['a', 'b'], ['a', 'b', 'c', 'a']]) {
      const different = new Set(names).size
      expect(first(names, 3e6) - first(names, 0)).toBe(different * 3e6)
    }
  })

  test('the one not used for the longest time gives way', () => {
    const loads = (names: string[]) => {
      const requests = names.map((adapter, i) => request(i, { adapter, arrivalNs: i * 1e9 }))
      return simulateFlowsim(requests, options([instance({ adapters: lora({ slots: 2 }) })])).report
        .features!.adapterLoads
    }
    expect(loads(['a', 'b', 'a', 'c', 'a'])).toBe(3)
    expect(loads(['a', 'b', 'a', 'c', 'b'])).toBe(4)
  })

  test('a step takes what its tokens and its adapters add', () => {
    const seen: [number, number][] = []
    const stepNs = (tokens: number, adapters: number) => {
      seen.push([tokens, adapters])
      return 7e6
    }
    const plain = run(['a', 'b', null], null).report
    const { report } = run(['a', 'b', null], lora({ slots: 2, loadNs: 0, stepNs }))
    // Prompts of 20 tokens, then four steps of a token each.
    expect(seen).toEqual([[40, 2], ...Array.from({ length: 4 }, () => [2, 2])])
    expect(report.durationS - plain.durationS).toBeCloseTo(5 * 7e-3, 9)
  })
})

describe('LoRA adapters on the host', () => {
  test('what is not there is fetched over one link: the k-th after k times', () => {
    const done = run(['a', 'b', 'c', 'b'], lora({ slots: 4, hostAdapters: 8 }))
    const starts = [0, 1, 2, 3].map((i) => started(done, i) / 30e6)
    expect(starts[0]).toBe(1)
    // A step that runs delays the next by less than itself: 1 ms, 20 tokens and a load.
    for (const [i, turns] of [2, 3, 2].entries()) {
      expect(starts[i + 1]! - turns).toBeGreaterThanOrEqual(0)
      expect(starts[i + 1]! - turns).toBeLessThan(0.15)
    }
    expect(done.report.features!.adapterFetches).toBe(3)
  })

  test('a request that gives up while its adapter is fetched is counted so', () => {
    const done = run(['a'], lora({ hostAdapters: 8 }), { deadlineNs: 1e6 })
    expect(done.report.requests).toEqual({ timed_out: 1 })
  })
})

describe('the section lora', () => {
  const config = (lora: string) => `
workload: { type: synthetic, requests: 2, users: 1, inputTokens: 8, outputTokens: 2, adapters: { count: 3 } }
stepTime: { type: linear, perStepUs: 1000 }
kv: { blocks: 100 }
lora: ${lora}
`
  test('needs the size of an adapter where the step time knows no layers', () => {
    expect(() => prepare(config('{ rank: 8 }'))).toThrow(/lora.megabytes/)
    expect(
      prepare(config('{ megabytes: 80 }')).run().report.features!.adapterLoads,
    ).toBeGreaterThan(0)
  })

  test('the host holds what the devices hold', () => {
    expect(() => prepare(config('{ megabytes: 80, maxLoras: 4, hostAdapters: 2 }'))).toThrow(
      /hostAdapters 2 is below maxLoras 4/,
    )
  })

  test('says its defaults', () => {
    const said = prepare(config('{ megabytes: 80 }')).assumptions.map(({ setting }) => setting)
    expect(said).toEqual(expect.arrayContaining(['lora.maxLoras', 'lora.hostBandwidthGBps']))
  })
})
