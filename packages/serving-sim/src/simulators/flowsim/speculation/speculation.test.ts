import type { StepBatch } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { drafting, instance, options, request, stepTime } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'
import type { InstanceOptions, SchedulerOptions } from '../options.js'
import { SCHEDULER_POLICIES } from '../schedulers/index.js'
import { meanTokensOf } from './acceptance.js'
import type { SpeculationOptions } from './options.js'

const room = { blocks: 4000 }

function run(
  speculation: SpeculationOptions | null,
  requests = [request(0)],
  more: Parameters<typeof instance>[0] = {},
) {
  return simulateFlowsim(requests, options([instance({ speculation, kv: room, ...more })]))
}

/** Whatever is drafted is accepted, or nothing is. */
const always = drafting({ reach: [1, 1, 1] })
const never = drafting({ reach: [0, 0, 0] })

describe('a lone request', () => {
  test('gets all drafted tokens and one more a step where all are accepted', () => {
    const { batches, report, requests } = run(always, [request(0, { outputTokens: 10 })])
    // The prefill samples one; then 4 + 4 + 1, the rest of the last draft being beyond the end.
    expect(
      batches!.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens]),
    ).toEqual([
      [20, 0],
      [0, 4],
      [0, 4],
      [0, 4],
    ])
    expect(requests.record(0)).toMatchObject({ outputTokens: 10, state: 'completed' })
    expect(report.speculation).toEqual({
      draftedTokens: 9,
      acceptedTokens: 9,
      tokensPerStep: 4,
      acceptedByPosition: [1, 1, 1],
    })
  })

  test('takes as many steps as without drafts where none is accepted, and longer', () => {
    const plain = run(null)
    const drafted = run(never)
    expect(drafted.report.steps).toBe(plain.report.steps)
    expect(drafted.report.e2e!.meanS).toBeGreaterThan(plain.report.e2e!.meanS)
    expect(drafted.report.speculation!.tokensPerStep).toBe(1)
    expect(plain.report.speculation).toBeUndefined()
  })

  test('waits for the step of the model and each pass of the drafter', () => {
    const { batches } = run(never, [request(0, { outputTokens: 2 })])
    const prefillNs = 1e6 + 20e3
    // The first pass reads the prompt, the others a token each after it.
    const pass = (context: number) => (1e6 + 1e3 + context * 10) / 10
    expect(batches![0]!.durationNs).toBe(prefillNs + prefillNs / 10 + 2 * pass(20))
    // The model and the first pass read the last token and three drafts, after 20 of context.
    const verifyNs = 1e6 + 4e3 + 200
    expect(batches![1]!.durationNs).toBe(verifyNs + verifyNs / 10 + 2 * pass(24))
  })

  test('is as fast as its drafts: n-grams take the time of the host only', () => {
    const ngram = { method: 'ngram', drafter: null, passes: [], hostNs: 500 }
    const { batches } = run(drafting({ ...ngram, reach: [0, 0, 0] }))
    expect(batches![1]!.durationNs).toBe(1e6 + 4e3 + 200 + 500)
  })

  test('waits for what the host does with a draft, though other work of the host is hidden behind steps', () => {
    const ngram = drafting({ method: 'ngram', drafter: null, passes: [], hostNs: 500 })
    const { batches } = run({ ...ngram, reach: [0, 0, 0] }, [request(0, { outputTokens: 4 })], {
      cpuOverhead: { perStepNs: 0, perSequenceNs: 0, overlapped: true },
    })
    expect(batches![2]!.durationNs).toBe(1e6 + 4e3 + 210 + 500)
  })

  test('gets on average the tokens a step that its law gives', () => {
    const speculation = drafting()
    const { report } = run(speculation, [request(0, { outputTokens: 20_000 })], {
      kv: { blocks: 6000 },
    })
    const mean = meanTokensOf(speculation.reach)
    expect(report.steps).toBeGreaterThan((0.98 * 20_000) / mean)
    expect(report.steps).toBeLessThan((1.02 * 20_000) / mean)
    const { acceptedByPosition, tokensPerStep } = report.speculation!
    expect(tokensPerStep).toBeCloseTo(mean, 1)
    for (const [i, share] of speculation.reach.entries()) {
      expect(acceptedByPosition[i]).toBeCloseTo(share, 1)
    }
  })

  test('gets a draft in a share of its steps, where n-grams find none in the others', () => {
    const { report } = run(drafting({ draftedShare: 0.25, reach: [0, 0, 0] }), [
      request(0, { outputTokens: 4000 }),
    ])
    expect(report.speculation!.draftedTokens / 3 / 4000).toBeCloseTo(0.25, 1)
  })
})

describe('gaps between tokens', () => {
  test('are shared by those that come together, so that their mean is that of TPOT', () => {
    const { report } = run(always, [request(0, { outputTokens: 9 })])
    expect(report.itl!.count).toBe(8)
    expect(report.itl!.meanS).toBeCloseTo(report.tpot!.meanS, 12)
  })
})

describe('a batch', () => {
  const many = Array.from({ length: 6 }, (_, i) => request(i, { outputTokens: 40 }))

  test('larger than maxBatch runs as if nothing were drafted', () => {
    const plain = run(null, many)
    const off = run(drafting({ maxBatch: 0 }), many)
    expect(off.batches).toEqual(plain.batches)
    expect(off.report.speculation).toMatchObject({ draftedTokens: 0, tokensPerStep: null })
  })

  test('falls below maxBatch when requests end, and then is drafted for', () => {
    const mixed = many.map((each, i) => ({ ...each, outputTokens: i < 4 ? 5 : 40 }))
    const { batches } = run(drafting({ maxBatch: 3 }), mixed)
    const drafted = batches!.filter(({ size, decodeTokens }) => decodeTokens > size)
    expect(drafted.length).toBeGreaterThan(0)
    for (const { size } of drafted) expect(size).toBeLessThanOrEqual(3)
  })

  test('does not change what is accepted of a request', () => {
    const steps = (result: ReturnType<typeof run>, id: number) => {
      const { firstTokenNs, finishedNs } = result.requests.record(id)
      return Math.round((finishedNs! - firstTokenNs!) / 1e6)
    }
    // A step takes one millisecond whatever is in it.
    const flat: Partial<InstanceOptions> = { stepTime: { name: 'flat', stepNs: () => 1e6 } }
    const speculation = drafting({ drafter: null, passes: [] })
    const alone = run(speculation, [many[0]!], flat)
    const together = run(speculation, many, flat)
    expect(steps(together, 0)).toBe(steps(alone, 0))
  })

  test('that fills a graph is filled with sequences of as many tokens as the others', () => {
    const seen: Pick<StepBatch, 'decodes' | 'padding'>[] = []
    run(always, many.slice(0, 3), {
      graphs: {
        decodeGraphs: [1, 2, 4, 8],
        prefillGraphs: { upTo: Number.POSITIVE_INFINITY },
        padsToGraph: true,
      },
      stepTime: {
        name: 'seen',
        stepNs(batch) {
          if (batch.prefills === 0) seen.push({ decodes: batch.decodes, padding: batch.padding })
          return stepTime.stepNs(batch)
        },
      },
    })
    expect(seen[0]).toEqual({ decodes: 3, padding: 4 })
  })
})

describe('the KV cache', () => {
  test('has room for drafts while they are verified, and keeps those that are accepted', () => {
    // 20 tokens of prompt fill 5 blocks; the token sampled and three drafts fill the sixth.
    const { report } = run(never, [request(0, { outputTokens: 2 })], {
      kv: { blocks: 6, prefixCaching: false },
    })
    expect(report.kvBlocks!.peak).toBe(6)
    expect(report.speculation!.draftedTokens).toBe(3)
  })

  test('without room for a draft still holds the request', () => {
    const { requests, report } = run(always, [request(0, { inputTokens: 22, outputTokens: 3 })], {
      kv: { blocks: 6, prefixCaching: false },
    })
    expect(requests.record(0)).toMatchObject({ state: 'completed', outputTokens: 3 })
    expect(report.speculation!.draftedTokens).toBe(0)
  })

  test('drafts end where the longest sequence does', () => {
    const { requests } = run(always, [request(0, { outputTokens: 50 })], {
      scheduler: { maxModelLen: 30 },
    })
    expect(requests.record(0)).toMatchObject({ state: 'length_capped', outputTokens: 10 })
  })
})

describe('schedulers', () => {
  test.each(SCHEDULER_POLICIES)('%s verifies drafts, and needs fewer steps for it', (policy) => {
    const scheduler: Partial<SchedulerOptions> = { policy }
    const requests = Array.from({ length: 5 }, (_, i) => request(i, { outputTokens: 30 }))
    const plain = run(null, requests, { scheduler })
    const drafted = run(drafting(), requests, { scheduler })
    expect(drafted.report.requests).toEqual({ completed: 5 })
    expect(drafted.report.outputTokens).toBe(150)
    expect(drafted.report.steps).toBeLessThan(0.7 * plain.report.steps)
  })

  test.each(['vllm-v1', 'sarathi', 'mixed'] as const)('%s leaves drafts out first', (policy) => {
    const short = { inputTokens: 3, outputTokens: 30 }
    const { batches, requests } = run(always, [request(0, short), request(1, short)], {
      scheduler: { policy, maxNumBatchedTokens: 7 },
    })
    expect(batches!.some(({ decodeTokens }) => decodeTokens === 7)).toBe(true)
    for (const { prefillTokens, decodeTokens } of batches!) {
      expect(prefillTokens + decodeTokens).toBeLessThanOrEqual(7)
    }
    expect([...requests].map(({ outputTokens }) => outputTokens)).toEqual([30, 30])
  })
})

describe('prefill apart from decode', () => {
  test('the prompts are read by the drafter, and drafts are made where tokens are decoded', () => {
    const requests = Array.from({ length: 4 }, (_, i) => request(i, { outputTokens: 21 }))
    const split = (speculation: SpeculationOptions | null) =>
      simulateFlowsim(
        requests,
        options([
          instance({
            name: 'p',
            role: 'prefill',
            kv: room,
            speculation: speculation === null ? null : { ...speculation, passes: [] },
          }),
          instance({ name: 'd', role: 'decode', kv: room, speculation }),
        ]),
      )
    const plain = split(null)
    const drafted = split(always)
    const [prefill, decode] = drafted.instances
    expect(drafted.report.requests).toEqual({ completed: 4 })
    expect(prefill!.speculation!.draftedTokens).toBe(0)
    expect(decode!.speculation!.tokensPerStep).toBe(4)
    expect(decode!.steps).toBeLessThan(0.4 * plain.instances[1]!.steps)
    // Both wait for steps of the other side. The drafter's pass over the prompt, a tenth of the model's, comes before the first token.
    expect(drafted.report.ttft!.meanS).toBeGreaterThan(1.02 * plain.report.ttft!.meanS)
  })
})
