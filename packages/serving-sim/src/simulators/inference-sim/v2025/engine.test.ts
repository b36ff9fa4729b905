import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { corpus, describeWithCorpus } from '../../../../../../tests/corpus.js'
import { numeric, readCsv, readJson } from '../../../../test/csv.js'
import { type GuideLlmSpec, guideLlmRequests } from '../guidellm.js'
import { type Result2025, simulate2025 } from './engine.js'
import type { Options2025 } from './options.js'

/** The command in inference-sim's README. */
const README: Options2025 = {
  maxNumRunningReqs: 8192,
  totalKvBlocks: 64173,
  maxNumScheduledTokens: 4096,
  blockSizeInTokens: 16,
  longPrefillTokenThreshold: 0,
  regressionCoeffs: [0.006857138483067575, 3.82496271961672e-5, 5.517393223466091e-5],
  queuingCoeffs: [4.87273847, 8956.34427],
  finishedCoeffs: [0.0470950911, 1297.25103],
  horizonUs: Number.MAX_SAFE_INTEGER,
  ratePerS: 10,
}

function guideLlm(path: string): GuideLlmSpec {
  const { seed, rate, data } = parse(readFileSync(path, 'utf8'))
  const lengths = (name: string) => ({
    mean: data[name],
    stdev: data[`${name}_stdev`],
    min: data[`${name}_min`],
    max: data[`${name}_max`],
  })
  return {
    seed,
    ratePerS: rate.rate,
    maxRequests: rate['max-requests'],
    promptTokens: lengths('prompt_tokens'),
    outputTokens: lengths('output_tokens'),
    prefixTokens: data.prefix_tokens,
  }
}

/** Every field of every request against the program's. */
function expectRequests(result: Result2025, path: string): void {
  const rows = readCsv(path)
  expect(result.requests.length).toBe(rows.length)
  const perMs = (us: number | null) => (us === null ? null : us / 1000)
  for (const [i, row] of rows.entries()) {
    const request = result.requests[i]!
    expect({
      id: request.id,
      arrivalUs: request.arrivalUs,
      input: request.inputTokens,
      output: request.outputTokens,
      state: request.state,
      ttftMs: perMs(request.ttftUs),
      e2eMs: perMs(request.e2eUs),
      scheduledStep: request.scheduledStep,
      finishedStep: request.finishedStep,
    }).toEqual({
      id: row.id,
      arrivalUs: Number(row.arrival_us),
      input: Number(row.input_tokens_incl_prefix),
      output: Number(row.output_tokens),
      state: row.state,
      ttftMs: numeric(row.ttft_ms),
      e2eMs: numeric(row.e2e_ms),
      scheduledStep: Number(row.scheduled_step),
      finishedStep: Number(row.finished_step),
    })
    if (row.tpot_ms !== '') expect(request.tpotUs! / 1000).toBeCloseTo(Number(row.tpot_ms), 9)
  }
}

describeWithCorpus('inference-sim of 2025', () => {
  const folder = corpus('serving/blis')

  test('the scenario of its README, request by request and as printed', () => {
    const spec = guideLlm(`${folder}/old-seed-scenario.requestgenconfig.yaml`)
    const result = simulate2025(guideLlmRequests(spec), README)
    expectRequests(result, `${folder}/old-seed-scenario.requests.csv`)
    const { total } = result
    expect(total.completedRequests).toBe(1284)
    expect(total.requestRatePerS).toBe(10)
    expect(total.totalInputTokens).toBe(5282504)
    expect(total.totalOutputTokens).toBe(327058)
    expect(total.estimatedDurationS.toFixed(3)).toBe('199.921')
    expect(total.throughputPerS.toFixed(3)).toBe('6.423')
    expect(total.meanE2eMs.toFixed(3)).toBe('30550.837')
    expect(total.medianE2eMs.toFixed(3)).toBe('28328.736')
    expect(total.p99E2eMs.toFixed(3)).toBe('74076.961')
    expect(total.meanActiveSteps.toFixed(3)).toBe('255.143')
    expect(total.simEndedUs).toBe(199920995)
    expect(total.averageKvBlocks.toFixed(3)).toBe('29241.280')
    expect(total.peakKvBlocks).toBe(64008)
    expect(total.throughputToArrivalRatio.toFixed(3)).toBe('0.642')
    expect(total.steps).toBe(2582)
    expect(total.waiting).toBe(716)
    // Where the README's second output has a rate of 0 and +Inf, the replica has the same numbers.
    expect(result.replicas).toEqual([total])
  })

  test.each([
    's1-fixed-lengths',
    's2-chunked-prefill',
    's3-shared-prefix',
    's4-kv-pressure',
    's5-max-running',
    's6-horizon',
  ])('%s, request by request and step by step', (name) => {
    const expected = readJson<{
      flags: Record<string, number & string>
      summary: Record<string, number>
      wait_queue_len_per_step: number[]
      running_len_per_step: number[]
    }>(`${folder}/old/${name}.expected.json`)
    const flags = expected.flags
    const coefficients = (flag: string) => String(flags[flag]).split(',').map(Number)
    const spec = guideLlm(`${folder}/old/${name}.requestgenconfig.yaml`)
    const horizonUs = Number(flags.horizon)
    const result = simulate2025(guideLlmRequests(spec, horizonUs), {
      maxNumRunningReqs: flags['max-num-running-reqs']!,
      totalKvBlocks: flags['total-kv-blocks']!,
      maxNumScheduledTokens: flags['max-num-scheduled-tokens']!,
      blockSizeInTokens: flags['block-size-in-tokens']!,
      longPrefillTokenThreshold: flags['long-prefill-token-threshold']!,
      regressionCoeffs: coefficients('regression-coeffs') as [number, number, number],
      queuingCoeffs: coefficients('queuing-coeffs') as [number, number],
      finishedCoeffs: coefficients('finished-coeffs') as [number, number],
      horizonUs,
      ratePerS: spec.ratePerS,
    })
    expectRequests(result, `${folder}/old/${name}.requests.csv`)
    expect(result.waitingPerStep).toEqual(expected.wait_queue_len_per_step)
    expect(result.runningPerStep).toEqual(expected.running_len_per_step)
    const { summary } = expected
    expect(result.total.averageKvBlocks).toBeCloseTo(summary.avg_kv!, 9)
    expect(result.total.peakKvBlocks).toBe(summary.peak_kv)
    expect(result.total.simEndedUs).toBe(summary.sim_ended_us)
    expect(result.total.p99TtftMs).toBeCloseTo(summary.p99_ttft_ms!, 9)
    expect(result.total.meanTtftMs).toBeCloseTo(summary.mean_ttft_ms!, 9)
    expect(result.total.totalOutputTokens).toBe(summary.total_output)
  })
})

describe('several replicas', () => {
  test('each has whole, finite metrics, and they add up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 20 })), {
          maxLength: 30,
        }),
        (numReplicas, lengths) => {
          const requests = lengths.map(([inputTokens, outputTokens], i) => ({
            id: `r${i}`,
            arrivalUs: i * 1000,
            inputTokens,
            outputTokens,
          }))
          const { replicas, total } = simulate2025(requests, {
            ...README,
            totalKvBlocks: 100,
            numReplicas,
          })
          expect(replicas.length).toBe(numReplicas)
          for (const metrics of [...replicas, total]) {
            for (const value of Object.values(metrics)) {
              expect(typeof value === 'boolean' || Number.isFinite(value)).toBe(true)
            }
          }
          const sum = (of: 'completedRequests' | 'totalOutputTokens' | 'steps') =>
            replicas.reduce((all, metrics) => all + metrics[of], 0)
          expect(total.completedRequests).toBe(sum('completedRequests'))
          expect(total.totalOutputTokens).toBe(sum('totalOutputTokens'))
          expect(total.steps).toBe(sum('steps'))
        },
      ),
    )
  })
})

describe('laws', () => {
  const anyRequests = fc.array(
    fc.record({
      gapUs: fc.integer({ min: 0, max: 200_000 }),
      inputTokens: fc.integer({ min: 1, max: 150 }),
      outputTokens: fc.integer({ min: 0, max: 40 }),
    }),
    { maxLength: 25 },
  )
  const anyOptions = fc.record({
    maxNumRunningReqs: fc.integer({ min: 1, max: 30 }),
    maxNumScheduledTokens: fc.integer({ min: 1, max: 600 }),
    longPrefillTokenThreshold: fc.constantFrom(0, 16, 100),
    numReplicas: fc.integer({ min: 1, max: 3 }),
  })
  const simulated = (
    given: { gapUs: number; inputTokens: number; outputTokens: number }[],
    options: Partial<Options2025>,
  ) => {
    let arrivalUs = 0
    const requests = given.map(({ gapUs, ...lengths }, i) => {
      arrivalUs += gapUs
      return { id: `r${i}`, arrivalUs, ...lengths }
    })
    return { requests, result: simulate2025(requests, { ...README, ...options }) }
  }

  const isInOrder = ({ ttftUs, e2eUs }: Result2025['requests'][number]) =>
    e2eUs === null || (ttftUs !== null && ttftUs > 0 && e2eUs >= ttftUs)

  // With a budget or a cap, its fault leaves who waits when the last running request has finished.
  test('where there is room for all every request ends, its times in order', () => {
    const replicas = fc.integer({ min: 1, max: 3 })
    fc.assert(
      fc.property(anyRequests, replicas, (given, numReplicas) => {
        const { requests, result } = simulated(given, { numReplicas })
        expect(result.requests.map(({ id, state, arrivalUs }) => [id, state, arrivalUs])).toEqual(
          requests.map(({ id, arrivalUs }) => [id, 'completed', arrivalUs]),
        )
        expect(result.requests.every((each) => each.e2eUs !== null && isInOrder(each))).toBe(true)
        expect(result.total.completedRequests).toBe(requests.length)
      }),
    )
  })

  test('whatever the pressure it comes to an end, and tells of each request once', () => {
    const blocks = fc.integer({ min: 1, max: 60 })
    fc.assert(
      fc.property(anyRequests, anyOptions, blocks, (given, options, totalKvBlocks) => {
        const { requests, result } = simulated(given, { ...options, totalKvBlocks })
        expect(result.requests.map(({ id }) => id)).toEqual(requests.map(({ id }) => id))
        expect(result.requests.every(isInOrder)).toBe(true)
        expect(result.total.completedRequests).toBeLessThanOrEqual(requests.length)
        // No step is without a token of someone, and a preempted request begins anew.
        const tokens = requests.reduce((sum, each) => sum + each.inputTokens + each.outputTokens, 0)
        expect(result.total.steps).toBeLessThanOrEqual(4 * (tokens + requests.length))
      }),
    )
  })
})
