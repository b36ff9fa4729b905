import type { WorkloadImage, WorkloadRequest } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { fault, files, prepare } from '../../../../test/prepare.js'
import { bareDeployment } from '../../../step-time/deployment.js'
import { defineStepTime } from '../../../step-time/step-time-kind.js'
import { simulateFlowsim } from '../engine.js'
import type { EncoderOptions } from './options.js'
import { withImageTokens } from './prompt-images.js'

/** 1 ms, and 100 µs for each token of an image. */
const encoder = (overrides: Partial<EncoderOptions> = {}): EncoderOptions => ({
  budgetTokens: 64,
  cacheTokens: 64,
  tokenBytes: 1000,
  encodeNs: (tokens) => 1e6 + tokens.reduce((sum, each) => sum + each * 1e5, 0),
  ...overrides,
})

const shows = (id: number, images: WorkloadImage[], more: Partial<WorkloadRequest> = {}) =>
  withImageTokens(request(id, { images, ...more }), () => 0)

const run = (requests: WorkloadRequest[], settings: EncoderOptions | null, more = {}) =>
  simulateFlowsim(
    requests,
    options([instance({ ...(settings === null ? {} : { encoder: settings }), ...more })]),
  )
const ttftNs = ({ requests }: ReturnType<typeof run>, i = 0) => {
  const { firstTokenNs, arrivalNs } = requests.record(i)
  return firstTokenNs! - arrivalNs
}

describe('images that are encoded in the steps of an instance', () => {
  test('a request alone has its first token after its images and its prompt', () => {
    const done = run([shows(0, [{ tokens: 8 }, { tokens: 4 }])], encoder())
    // Both images at once: 1 ms + 12 · 100 µs; then 1 ms + 20 µs of the prompt, whose tokens they are.
    expect(ttftNs(done)).toBe(1e6 + 12e5 + 1e6 + 20e3)
    expect(done.report.features).toEqual({ encodedImages: 2, encodeS: 2.2e-3, cachedImages: 0 })
  })

  test('without what encodes them a run is that of requests without images', () => {
    const plain = run([request(0), request(1)], null)
    const shown = run([shows(0, [{ tokens: 8 }]), request(1)], null)
    expect([...shown.requests]).toEqual([...plain.requests])
    expect(shown.report).toEqual(plain.report)
  })

  test('a step encodes images of its budget; what is behind the others waits for the next', () => {
    const images = [
      { tokens: 8, after: 0 },
      { tokens: 8, after: 10 },
    ]
    const whole = run([shows(0, images)], encoder())
    const apart = run([shows(0, images)], encoder({ budgetTokens: 10 }))
    // Ten tokens with the first image, then ten with the second: one more step and one more encoding.
    expect(ttftNs(apart) - ttftNs(whole)).toBe(2e6)
    expect(apart.report.steps - whole.report.steps).toBe(1)
  })

  test('an image larger than the budget goes alone', () => {
    const images = [{ tokens: 12 }, { tokens: 6 }]
    const done = run([shows(0, images)], encoder({ budgetTokens: 4, cacheTokens: 4 }))
    expect(ttftNs(done)).toBe(2 * 2e6 + 18e5 + 20e3)
  })

  test('an image that another request has shown is not encoded again', () => {
    const shown = (id: number, group: string) =>
      shows(id, [{ tokens: 8, group }], { arrivalNs: id * 1e9 })
    const done = run([shown(0, 'a'), shown(1, 'a'), shown(2, 'b'), shown(3, 'a')], encoder())
    expect(done.report.features).toMatchObject({ encodedImages: 2, cachedImages: 2 })
    expect(ttftNs(done, 0) - ttftNs(done, 1)).toBe(1e6 + 8e5)
  })

  test('of images that nobody reads the one not used for the longest time gives way', () => {
    const encoded = (names: string) =>
      run(
        [...names].map((group, i) => shows(i, [{ tokens: 8, group }], { arrivalNs: i * 1e9 })),
        encoder({ cacheTokens: 16 }),
      ).report.features!.encodedImages
    expect(encoded('abaca')).toBe(3)
    expect(encoded('abacb')).toBe(4)
  })

  test('embeddings that a prompt under way still needs stay, and others wait for their room', () => {
    // Steps of eight tokens: the first image is read by three of them.
    const done = run(
      [shows(0, [{ tokens: 20 }]), shows(1, [{ tokens: 20 }])],
      encoder({ cacheTokens: 24 }),
      { scheduler: { maxNumBatchedTokens: 8 } },
    )
    expect(done.report.features!.encodedImages).toBe(2)
    const [first, second] = [0, 1].map((i) => done.requests.record(i))
    expect(second!.scheduledNs).toBeGreaterThanOrEqual(first!.firstTokenNs!)
  })

  test('images whose tokens are in the KV cache already are not encoded', () => {
    const rounds = [0, 1].map((round) =>
      shows(round, [{ tokens: 8, after: 0 }], {
        session: 's',
        round,
        inputTokens: 20 + 30 * round,
        thinkNs: 1e9,
      }),
    )
    const done = run(rounds, encoder({ cacheTokens: 1 }))
    expect(done.requests.record(1).cachedTokens).toBeGreaterThan(8)
    expect(done.report.features).toMatchObject({ encodedImages: 1, cachedImages: 0 })
  })

  test.each(['vllm-v0', 'sglang', 'sarathi', 'mixed', 'orca', 'static', 'lightllm'] as const)(
    '%s encodes every image once',
    (policy) => {
      const requests = Array.from({ length: 12 }, (_, i) =>
        shows(i, [{ tokens: 6 }, { tokens: 9 }], { arrivalNs: i * 1e5 }),
      )
      const done = run(requests, encoder({ budgetTokens: 20, cacheTokens: 30 }), {
        scheduler: { policy },
      })
      expect(done.report.requests.completed).toBe(12)
      expect(done.report.features!.encodedImages).toBe(24)
    },
  )
})

describe('images of a configuration', () => {
  const text = (stepTime: string, more = '', images = 'width: 64, height: 32') => `
workload: { type: synthetic, requests: 3, users: 1, inputTokens: 8, outputTokens: 2, images: { ${images} } }
stepTime: ${stepTime}
kv: { blocks: 100 }
${more}`
  const linear = '{ type: linear, perStepUs: 1000 }'
  /** An image has a token for each 256 pixels, and takes a millisecond. */
  const seeing = (vision: 'none' | 'tower') => ({
    ...files(),
    stepTimes: [
      defineStepTime({
        type: 'seeing',
        fields: {},
        deploy: () =>
          bareDeployment(
            { name: 'seeing', stepNs: (batch) => 1e6 + 1e3 * batch.tokens },
            {
              vision:
                vision === 'none'
                  ? vision
                  : {
                      tokensOf: ({ width, height }) => (width * height) / 256,
                      encodeNs: (tokens) => tokens.length * 1e6,
                      tokenBytes: 8192,
                    },
            },
          ),
      }),
    ],
  })

  test('tokens of an image follow from its size by the rule of the model, and are of the prompt', () => {
    const done = prepare(text('{ type: seeing }'), seeing('tower')).run()
    expect(done.requests.record(0).inputTokens).toBe(8 + 8)
    expect(done.report.features).toMatchObject({ encodedImages: 3, encodeS: 3e-3 })
    expect(done.report.ttft!.maxS).toBeCloseTo(1e-3 + 1e-3 + 16e-6, 9)
  })

  test('budget and cache are the tokens of a step, and the run says so', () => {
    const { assumptions } = prepare(text('{ type: seeing }'), seeing('tower'))
    for (const field of ['budgetTokens', 'cacheTokens']) {
      expect(assumptions.find(({ setting }) => setting === `encoder.${field}`)).toMatchObject({
        value: 8192,
        source: expect.stringMatching(/vLLM/),
      })
    }
  })

  test('what has no time, no rule or no tower is refused in one line', () => {
    expect(fault(text('{ type: seeing }'), seeing('none'))).toMatch(
      /^run.yaml:3.*the model has no vision tower, and there are images to encode; choose/,
    )
    expect(fault(text(linear))).toMatch(/state encoder.encodeMs or encoder.encodeUsPerToken/)
    expect(fault(text(linear, 'encoder: { encodeMs: 5 }'))).toMatch(
      /an image of 64 × 32 is to the model; state tokens/,
    )
    expect(fault(text(linear, '', 'width: 64'))).toMatch(/either width and height, or tokens/)
  })

  test('stated times are those of images one after the other', () => {
    const stated = 'encoder: { encodeMs: 5, encodeUsPerToken: 10 }'
    const { report } = prepare(text(linear, stated, 'count: 2, tokens: 100')).run()
    expect(report.inputTokens).toBe(3 * 208)
    expect(report.features!.encodeS).toBeCloseTo(3 * 2 * 6e-3, 9)
    expect(report.ttft!.maxS).toBeCloseTo(1e-3 + 12e-3, 9)
  })

  test('a conversation shows its images again, at their places', () => {
    const { requests } = prepare(`
workload:
  type: synthetic
  requests: 2
  users: 1
  inputTokens: 10
  outputTokens: 5
  prefix: { tokens: 7 }
  sessions: { rounds: 2, thinkS: 0 }
  images: { tokens: 4 }
stepTime: ${linear}
encoder: { encodeMs: 1 }
kv: { blocks: 100 }
`)
    expect(requests[1]).toMatchObject({
      inputTokens: 7 + (4 + 10 + 5) + 4 + 10,
      images: [
        { tokens: 4, after: 7 },
        { tokens: 4, after: 26 },
      ],
    })
    expect(requests[1]!.images![0]).toEqual(requests[0]!.images![0])
  })
})
