import type { WorkloadImage, WorkloadRequest } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { fault, prepare } from '../../../../test/prepare.js'
import { simulateFlowsim } from '../engine.js'
import type { InstanceOptions } from '../options.js'
import type { EncoderOptions } from './options.js'
import { withImageTokens } from './prompt-images.js'

/** 1 ms, and 100 µs for each token of an image; a token is 25 kB, which is 1 µs of a link. */
const encoder = (overrides: Partial<EncoderOptions> = {}): EncoderOptions => ({
  budgetTokens: 32,
  cacheTokens: 64,
  tokenBytes: 25_000,
  encodeNs: (tokens) => 1e6 + tokens.reduce((sum, each) => sum + each * 1e5, 0),
  ...overrides,
})

const shows = (id: number, images: WorkloadImage[], more: Partial<WorkloadRequest> = {}) =>
  withImageTokens(request(id, { images, ...more }), () => 0)

const run = (
  requests: WorkloadRequest[],
  settings: Partial<EncoderOptions> = {},
  { count = 1, instances = [instance()], timeoutNs = Number.POSITIVE_INFINITY } = {},
) => {
  const encoders = Array.from({ length: count }, (_, i) => ({
    name: `e${i}`,
    devices: 1,
    replicas: 1,
    device: null,
    encoder: encoder(settings),
  }))
  return simulateFlowsim(requests, options(instances, { encoders, timeoutNs }))
}
const ttftNs = ({ requests }: ReturnType<typeof run>, i = 0) => {
  const { firstTokenNs, arrivalNs } = requests.record(i)
  return firstTokenNs! - arrivalNs
}

describe('images that are encoded apart', () => {
  test('a request alone: TTFT is encoding, transfer and prefill, one after the other', () => {
    const done = run([shows(0, [{ tokens: 8 }, { tokens: 4 }])])
    const encodeNs = 1e6 + 12e5
    // 300 kB over 25 GB/s, and 1 µs.
    const transferNs = 12e3 + 1e3
    const prefillNs = 1e6 + 20e3
    expect(ttftNs(done)).toBe(encodeNs + transferNs + prefillNs)
    expect(done.report.features).toEqual({
      encodedImages: 2,
      encodeS: 2.2e-3,
      cachedImages: 0,
      embeddingBytes: 300_000,
    })
  })

  test('requests without images do not pass encode instances', () => {
    const plain = simulateFlowsim([request(0), request(1)], options([instance()]))
    expect([...run([request(0), request(1)]).requests]).toEqual([...plain.requests])
  })

  test.each([
    [1, 32, 4],
    [2, 32, 4],
    [1, 16, 2],
  ])(
    '%i saturated with a budget of %i tokens encode %i images a batch',
    (count, budgetTokens, each) => {
      const images = 96
      const requests = Array.from({ length: images }, (_, i) => shows(i, [{ tokens: 8 }]))
      const fast: InstanceOptions = instance({
        stepTime: { name: 'fast', stepNs: () => 1 },
        scheduler: { maxNumSeqs: 1000, maxNumBatchedTokens: 10_000 },
        kv: { blocks: 10_000 },
      })
      const { report, requests: table } = run(
        requests,
        { budgetTokens, tokenBytes: 0 },
        {
          count,
          instances: [fast],
        },
      )
      const batchS = 1e-3 + each * 8e-4
      const batches = images / each / count
      expect(report.features!.encodeS).toBeCloseTo(count * batches * batchS, 9)
      const last = Math.max(...[...table].map(({ firstTokenNs }) => firstTokenNs!))
      // Throughput: images of a batch over its time, of each instance.
      expect(images / (last / 1e9) / ((count * each) / batchS)).toBeCloseTo(1, 3)
    },
  )

  test('embeddings wait for the links of the instance that they go to', () => {
    // Two requests of one batch: the second is sent when the first is through.
    const done = run([shows(0, [{ tokens: 16 }]), shows(1, [{ tokens: 16 }])], {
      tokenBytes: 25e6,
    })
    // 16 ms each.
    expect(done.requests.record(1).scheduledNs! - done.requests.record(0).scheduledNs!).toBe(16e6)
  })

  test('an image that was encoded is not encoded again, on the instance that has it', () => {
    const requests = ['a', 'a', 'b', 'a'].map((group, i) =>
      shows(i, [{ tokens: 8, group }], { arrivalNs: i * 1e9 }),
    )
    const done = run(requests)
    expect(done.report.features).toMatchObject({ encodedImages: 2, cachedImages: 2 })
    expect(ttftNs(done, 0) - ttftNs(done, 1)).toBe(1e6 + 8e5)
  })

  test('before prefill and decode that are apart too', () => {
    const pools = [instance({ role: 'prefill' }), instance({ name: 'd', role: 'decode' })]
    const requests = Array.from({ length: 10 }, (_, i) =>
      shows(i, [{ tokens: 8 }], { arrivalNs: i * 1e5 }),
    )
    const { report } = run(requests, {}, { instances: pools })
    expect(report.requests.completed).toBe(10)
    expect(report.features!.encodedImages).toBe(10)
  })

  test('clients that give up while their images wait leave', () => {
    const requests = Array.from({ length: 20 }, (_, i) => shows(i, [{ tokens: 32 }]))
    const { report } = run(requests, {}, { timeoutNs: 10e6 })
    // 4.2 ms each: two are encoded in time, one of which ends in time, and one more is under way.
    expect(report.features!.encodedImages).toBe(3)
    expect(report.requests).toEqual({ completed: 1, timed_out: 19 })
  })
})

describe('the role encode', () => {
  const text = (roles: string[], more = '') => `
workload: { type: synthetic, requests: 4, users: 1, inputTokens: 8, outputTokens: 2, images: { tokens: 100 } }
stepTime: { type: linear, perStepUs: 1000 }
kv: { blocks: 100 }
instances: [${roles.map((role) => `{ role: ${role} }`).join(', ')}]
transfer: { bandwidthGBps: 1, latencyUs: 0 }
${more}`
  const stated = 'encoder: { encodeMs: 5, bytesPerToken: 10000 }'

  test('encodes for those that prefill: 5 ms, 1 ms on the link, 1 ms', () => {
    const prepared = prepare(text(['both', 'encode'], stated))
    expect(prepared.devices).toBe(2)
    const { report } = prepared.run()
    expect(report.ttft!.maxS).toBeCloseTo(7e-3, 9)
    expect(report.features).toMatchObject({ encodedImages: 4, embeddingBytes: 4e6 })
  })

  test('what it needs is said', () => {
    expect(fault(text(['encode'], stated))).toMatch(/all instances only encode images; add some/)
    expect(fault(text(['both', 'encode'], 'encoder: { encodeMs: 5 }'))).toMatch(
      /state encoder.bytesPerToken/,
    )
    expect(fault(text(['both', 'encode'], 'encoder: { bytesPerToken: 5 }'))).toMatch(
      /state encoder.encodeMs or/,
    )
    expect(fault(text(['prefill', 'encode'], stated))).toMatch(/no instance has the role decode/)
  })
})
