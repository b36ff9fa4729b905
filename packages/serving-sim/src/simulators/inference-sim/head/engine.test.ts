import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../../tests/corpus.js'
import { readCsv, readJson } from '../../../../test/csv.js'
import { llama } from '../../../../test/llama.js'
import { guideLlmRequests } from '../guidellm.js'
import type { InferenceSimHardware, InferenceSimModel } from '../latency/model.js'
import { inferenceSimModel } from '../latency/model.js'
import { inferenceSimPhysics, TRAINED_PHYSICS } from '../latency/physics.js'
import { inferenceSimRoofline } from '../latency/roofline.js'
import { HEAD_ADMISSIONS } from './admission.js'
import type { HeadRequest } from './client.js'
import { simulateHead } from './engine.js'
import type { HeadMetrics } from './metrics.js'
import { type GivenHeadOptions, HEAD_DEFAULTS } from './options.js'

/** Model and device of the program's golden test; a missing width is four times the hidden one. */
const goldenModel: InferenceSimModel = { ...llama, intermediate: 0 }
const goldenDevice: InferenceSimHardware = {
  TFlopsPeak: 989,
  TFlopsFP8: 0,
  BwPeakTBs: 3.35,
  mfuPrefill: 0.55,
  mfuDecode: 0.3,
  MemoryGiB: 80,
}

function expectMetrics(got: HeadMetrics, expected: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(expected)) {
    if (typeof value !== 'number') continue
    const mine = got[name as keyof HeadMetrics] as number
    expect(Math.abs(mine - value), `${name}: ${mine}, not ${value}`).toBeLessThanOrEqual(
      1e-9 * Math.abs(value),
    )
  }
}

describeWithCorpus('inference-sim at its head', () => {
  const folder = corpus('serving/blis/head')

  test.each([0, 1, 2, 3, 4])('golden case %i, request by request', (index) => {
    type Case = Record<string, number> & {
      metrics: Record<string, number>
      'alpha-coeffs': number[]
    }
    const golden = readJson<{ tests: Case[] }>(`${folder}/goldendataset.json`).tests[index]!
    const lengths = (name: string) => ({
      mean: golden[name]!,
      stdev: golden[`${name}_stdev`]!,
      min: golden[`${name}_min`]!,
      max: golden[`${name}_max`]!,
    })
    const requests = guideLlmRequests({
      seed: golden.seed!,
      ratePerS: golden.rate!,
      maxRequests: golden['num-requests']!,
      promptTokens: lengths('prompt_tokens'),
      outputTokens: lengths('output_tokens'),
      prefixTokens: golden.prefix_tokens!,
    })
    const [alpha0, alpha1, alpha2] = golden['alpha-coeffs'] as [number, number, number]
    const result = simulateHead(requests, {
      latency: {
        stepUs: inferenceSimRoofline(goldenModel, goldenDevice, golden.tp!),
        queueingUs: (inputTokens) => alpha0 + alpha1 * inputTokens,
        tokenUs: alpha2,
        postDecodeUs: 0,
      },
      totalKvBlocks: golden['total-kv-blocks']!,
      maxNumSeqs: golden['max-num-seqs']!,
      maxNumBatchedTokens: golden['max-num-batched-tokens']!,
    })
    const rows = readCsv(`${folder}/goldendataset-${index}.requests.csv`)
    expect(result.requests.length).toBe(rows.length)
    for (const [i, row] of rows.entries()) {
      const request = result.requests[i]!
      expect([request.id, request.inputTokens, request.outputTokens, request.ttftUs]).toEqual([
        row.id,
        Number(row.input_tokens_incl_prefix),
        Number(row.output_tokens),
        Number(row.ttft_us),
      ])
      expect([request.e2eUs, request.schedulingDelayUs, request.completionUs]).toEqual([
        Number(row.e2e_us),
        Number(row.scheduling_delay_us),
        Number(row.completion_us),
      ])
      expect(request.meanItlUs).toBeCloseTo(Number(row.mean_itl_us), 9)
    }
    expectMetrics(result.cluster, golden.metrics)
  })

  test.each([
    'h1-roofline-single',
    'h2-trained-single',
    'h3-trained-tp4-70b',
    'h4-chunked-prefill',
    'h5-kv-pressure',
    'h7-cluster4-round-robin',
  ])('%s, request by request', (name) => {
    const expected = readJson<{
      flags: string[]
      aggregate: Record<string, unknown>
      requests: {
        requestID: string
        ttft_ms: number
        e2e_ms: number
        itl_ms: number
        scheduling_delay_ms: number
        handled_by: string
      }[]
    }>(`${folder}/${name}.expected.json`)
    const flag = (key: string, otherwise: string) => {
      const at = expected.flags.indexOf(`--${key}`)
      return at < 0 ? otherwise : expected.flags[at + 1]!
    }
    const file = flag('model', '').split('/')[1]!
    const model = inferenceSimModel(readJson(corpus(`models/${file}.json`)))
    const devices = readJson<Record<string, InferenceSimHardware>>(`${folder}/hardware_config.json`)
    const device = devices[flag('hardware', '')]!
    const tensorParallel = Number(flag('tp', '1'))
    const roofline = flag('latency-model', '') === 'roofline'
    const [alpha0, alpha1, alpha2] = TRAINED_PHYSICS.alpha
    const requests = readCsv(`${folder}/${name}.requests.csv`).map(
      (row): HeadRequest => ({
        id: `request_${row.id}`,
        arrivalUs: Number(row.arrival_us),
        inputTokens: Number(row.prefix_tokens) + Number(row.input_tokens_excl_prefix),
        outputTokens: Number(row.output_tokens),
        prefixTokens: Number(row.prefix_tokens),
        ...(row.prefix_group ? { prefixGroup: row.prefix_group } : {}),
      }),
    )
    const result = simulateHead(requests, {
      latency: roofline
        ? {
            stepUs: inferenceSimRoofline(model, device, tensorParallel),
            queueingUs: () => 0,
            tokenUs: 0,
            postDecodeUs: 0,
          }
        : {
            stepUs: inferenceSimPhysics(model, device, { tensorParallel }),
            queueingUs: () => alpha0,
            tokenUs: alpha2,
            postDecodeUs: alpha1,
          },
      totalKvBlocks: Number(flag('total-kv-blocks', '100000')),
      maxNumBatchedTokens: Number(flag('max-num-batched-tokens', '2048')),
      longPrefillTokenThreshold: Number(flag('long-prefill-token-threshold', '0')),
      numInstances: Number(flag('num-instances', '1')),
    })
    expect(result.requests.length).toBe(expected.requests.length)
    for (const [i, row] of expected.requests.entries()) {
      const request = result.requests[i]!
      expect([request.id, `instance_${request.instance}`]).toEqual([row.requestID, row.handled_by])
      expect(request.ttftUs! / 1000).toBe(row.ttft_ms)
      expect(request.e2eUs! / 1000).toBe(row.e2e_ms)
      expect(request.schedulingDelayUs! / 1000).toBe(row.scheduling_delay_ms)
      expect(request.meanItlUs! / 1000).toBeCloseTo(row.itl_ms, 9)
    }
    expectMetrics(result.cluster, expected.aggregate)
    const printed = readFileSync(`${folder}/${name}.stdout.txt`, 'utf8')
      .split('=== Simulation Metrics ===')
      .slice(1)
      .map((part) => JSON.parse(part.split('===')[0]!) as Record<string, unknown>)
    const all = printed.length > 1 ? [...result.instances, result.cluster] : [result.cluster]
    for (const [i, metrics] of printed.entries()) expectMetrics(all[i]!, metrics)
  })
})

describe('laws', () => {
  const options = (extra: Partial<GivenHeadOptions>): GivenHeadOptions => ({
    latency: {
      stepUs: (batch) => 100 + batch.prefillTokenSum + batch.decodes,
      queueingUs: () => 5,
      tokenUs: 1,
      postDecodeUs: 2,
    },
    totalKvBlocks: 40,
    blockSize: 4,
    maxNumBatchedTokens: 32,
    ...extra,
  })
  const workload = fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 500 }),
      inputTokens: fc.integer({ min: 1, max: 200 }),
      outputTokens: fc.integer({ min: 0, max: 60 }),
      prefixTokens: fc.integer({ min: 0, max: 20 }),
      deadline: fc.option(fc.integer({ min: 1, max: 20_000 })),
      sloClass: fc.constantFrom('critical', 'batch', 'standard'),
    }),
    { maxLength: 25 },
  )
  type Item = typeof workload extends fc.Arbitrary<(infer T)[]> ? T : never
  const requestsOf = (items: readonly Item[]) => {
    let arrivalUs = 0
    return items.map((item, i): HeadRequest => {
      arrivalUs += item.gap
      return {
        id: `r${i}`,
        arrivalUs,
        inputTokens: item.inputTokens,
        outputTokens: item.outputTokens,
        prefixTokens: Math.min(item.prefixTokens, item.inputTokens),
        prefixGroup: 'p',
        sloClass: item.sloClass,
        ...(item.deadline === null ? {} : { deadlineUs: arrivalUs + item.deadline }),
      }
    })
  }

  test('every request ends in one counted state, whatever the pressure', () => {
    fc.assert(
      fc.property(
        workload,
        fc.constantFrom('fcfs' as const, 'priority-fcfs' as const, 'sjf' as const),
        fc.constantFrom('fcfs' as const, 'priority' as const),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(0, 64),
        fc.constantFrom(...HEAD_ADMISSIONS),
        fc.constantFrom('round-robin' as const, 'least-loaded' as const, 'weighted' as const),
        fc.constantFrom(0, 2000),
        (
          items,
          scheduler,
          preemptionPolicy,
          numInstances,
          maxModelLen,
          policy,
          routingPolicy,
          staleUs,
        ) => {
          const requests = requestsOf(items)
          const run = () =>
            simulateHead(
              requests,
              options({
                scheduler,
                preemptionPolicy,
                numInstances,
                maxModelLen,
                admission: { ...HEAD_DEFAULTS.admission, policy, capacity: 500 },
                routingPolicy,
                snapshotRefreshUs: staleUs,
                cacheSignalDelayUs: staleUs,
              }),
            )
          const result = run()
          const { cluster } = result
          expect(
            cluster.completed_requests +
              cluster.still_queued +
              cluster.still_running +
              cluster.dropped_unservable +
              cluster.timed_out_requests +
              result.requests.filter(({ state }) => state === 'rejected').length,
          ).toBe(requests.length)
          expect(cluster.still_queued + cluster.still_running).toBe(0)
          for (const request of result.requests) {
            if (request.e2eUs === null) continue
            expect(request.ttftUs).toBeGreaterThan(request.schedulingDelayUs!)
            expect(request.e2eUs).toBeGreaterThanOrEqual(request.ttftUs!)
          }
          expect(run()).toEqual(result)
        },
      ),
    )
  })

  test('a round of a session starts when the one before has ended and the user has thought', () => {
    const requests: HeadRequest[] = [0, 1, 2].map((round) => ({
      id: `s${round}`,
      arrivalUs: 10,
      inputTokens: 20,
      outputTokens: 5,
      session: 's',
      thinkUs: 1000,
    }))
    const { requests: got } = simulateHead(requests, options({}))
    for (const round of [1, 2]) {
      const before = got[round - 1]!
      // A step's tokens are there at its end; the client has them a little later.
      const stepEnd = before.completionUs! - 5 * 1 - 2
      expect(got[round]!.arrivalUs).toBe(stepEnd + 1000)
    }
  })
})
