import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { randomSource } from '../random/random.js'
import { type ArrivalSpec, arrivalTimes } from './arrivals.js'
import { changeTrace } from './change-trace.js'
import { type LengthSpec, lengthSampler } from './lengths.js'
import { readTrace } from './read-trace.js'
import { syntheticRequests } from './synthetic.js'

const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('lengths', () => {
  const draw = (spec: LengthSpec, count = 20_000) => {
    const sample = lengthSampler(spec, randomSource(5))
    return Array.from({ length: count }, sample)
  }

  test.each<[string, LengthSpec, number]>([
    ['fixed', 128, 128],
    ['uniform', { distribution: 'uniform', min: 10, max: 30 }, 20],
    ['normal', { distribution: 'normal', mean: 500, stdev: 50 }, 500],
    ['lognormal', { distribution: 'lognormal', mean: 300, stdev: 200 }, 300],
    ['exponential', { distribution: 'exponential', mean: 200 }, 200],
    ['empirical', { distribution: 'empirical', tokens: [1, 2, 6] }, 3],
  ])('%s has its mean', (_, spec, mean) => {
    expect(Math.abs(meanOf(draw(spec)) / mean - 1)).toBeLessThan(0.02)
  })

  test('are integers within their limits', () => {
    const limits = { min: 20, max: 60 }
    for (const spec of [
      { distribution: 'normal', mean: 40, stdev: 60, ...limits },
      { distribution: 'lognormal', mean: 40, stdev: 60, ...limits },
      { distribution: 'exponential', mean: 40, ...limits },
      { distribution: 'zipf', theta: 1, ...limits },
      { distribution: 'uniform', ...limits },
    ] satisfies LengthSpec[]) {
      for (const tokens of draw(spec, 2000)) {
        expect(Number.isInteger(tokens)).toBe(true)
        expect(tokens).toBeGreaterThanOrEqual(20)
        expect(tokens).toBeLessThanOrEqual(60)
      }
    }
  })

  test('zipf: the first is as much likelier than the second as it says', () => {
    const counts = draw({ distribution: 'zipf', min: 1, max: 100, theta: 1 }, 50_000)
    const ones = counts.filter((count) => count === 1).length
    const twos = counts.filter((count) => count === 2).length
    expect(Math.abs(ones / twos - 2)).toBeLessThan(0.15)
  })

  test('an empty range is an error', () => {
    expect(() => draw({ distribution: 'uniform', min: 5, max: 4 })).toThrow('min 5 is above max 4')
  })
})

describe('arrivals', () => {
  const take = (spec: ArrivalSpec, count: number) => {
    const times = arrivalTimes(spec, randomSource(9))
    return Array.from({ length: count }, () => times.next().value as number)
  }

  test.each<[string, ArrivalSpec, number]>([
    ['constant', { process: 'constant', ratePerS: 50 }, 0],
    ['poisson', { process: 'poisson', ratePerS: 50 }, 1],
    ['gamma', { process: 'gamma', ratePerS: 50, cv: 2 }, 2],
    ['weibull', { process: 'weibull', ratePerS: 50, shape: 2 }, 0.5227],
  ])('%s has its rate and its burstiness', (_, spec, cv) => {
    const times = take(spec, 40_000)
    const gaps = times.slice(1).map((time, i) => time - times[i]!)
    const mean = meanOf(gaps)
    const deviation = Math.sqrt(meanOf(gaps.map((gap) => (gap - mean) ** 2)))
    expect(Math.abs(mean / 2e7 - 1)).toBeLessThan(0.03)
    expect(Math.abs(deviation / mean - cv)).toBeLessThan(0.05)
  })

  test('bursts come together', () => {
    expect(take({ process: 'bursts', ratePerS: 10, size: 3 }, 7)).toEqual([
      0, 0, 0, 3e8, 3e8, 3e8, 6e8,
    ])
  })

  test('stages have their rates and end', () => {
    const stages = [
      { durationS: 10, ratePerS: 100 },
      { durationS: 10, ratePerS: 0 },
      { durationS: 10, ratePerS: 20 },
    ]
    const times = [...arrivalTimes({ process: 'stages', stages }, randomSource(1))]
    const within = (from: number, to: number) =>
      times.filter((time) => time >= from * 1e9 && time < to * 1e9).length
    expect(within(10, 20)).toBe(0)
    expect(Math.abs(within(0, 10) - 1000)).toBeLessThan(120)
    expect(Math.abs(within(20, 30) - 200)).toBeLessThan(60)
  })
})

describe('syntheticRequests', () => {
  test('is in order, as many as asked for, and the same from the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0 }), (requests, seed) => {
        const spec = {
          requests,
          seed,
          arrival: { process: 'poisson', ratePerS: 5 } as const,
          inputTokens: { distribution: 'normal', mean: 100, stdev: 30 } as const,
          outputTokens: 10,
          prefix: { tokens: 50, groups: 4, skew: 1 },
        }
        const list = syntheticRequests(spec)
        expect(list.length).toBe(requests)
        for (let i = 1; i < list.length; i++) {
          expect(list[i]!.arrivalNs).toBeGreaterThanOrEqual(list[i - 1]!.arrivalNs)
        }
        for (const { inputTokens, prefixTokens } of list) {
          expect(prefixTokens).toBe(50)
          expect(inputTokens).toBeGreaterThan(50)
        }
        expect(syntheticRequests(spec)).toEqual(list)
      }),
      { numRuns: 30 },
    )
  })

  test('a conversation repeats what was said', () => {
    const list = syntheticRequests({
      requests: 6,
      seed: 1,
      arrival: { process: 'constant', ratePerS: 1 },
      inputTokens: 10,
      outputTokens: 4,
      sessions: { rounds: 3, thinkS: 2 },
    })
    expect(list.map(({ session, round, inputTokens }) => [session, round, inputTokens])).toEqual([
      ['session-0', 0, 10],
      ['session-0', 1, 24],
      ['session-0', 2, 38],
      ['session-1', 0, 10],
      ['session-1', 1, 24],
      ['session-1', 2, 38],
    ])
    expect(list[1]!.thinkNs).toBe(2e9)
  })

  test('users in a closed loop share the requests', () => {
    const list = syntheticRequests({
      requests: 10,
      users: 4,
      seed: 1,
      inputTokens: 10,
      outputTokens: 4,
    })
    expect(list.length).toBe(10)
    expect(new Set(list.map(({ session }) => session)).size).toBe(4)
    expect(list.every(({ inputTokens }) => inputTokens === 10)).toBe(true)
  })

  test('a user begins a new conversation after its rounds', () => {
    const list = syntheticRequests({
      requests: 10,
      users: 2,
      seed: 1,
      inputTokens: 10,
      outputTokens: 4,
      sessions: { rounds: 2, thinkS: 1 },
    })
    const first = list.filter(({ session }) => session === 'user-0')
    expect(first.map(({ round, inputTokens, thinkNs }) => [round, inputTokens, thinkNs])).toEqual([
      [0, 10, 0],
      [1, 24, 1e9],
      [0, 10, 1e9],
      [1, 24, 1e9],
      [0, 10, 1e9],
    ])
  })

  test('classes have their shares', () => {
    const list = syntheticRequests({
      requests: 4000,
      seed: 2,
      arrival: { process: 'at-once' },
      inputTokens: 1,
      outputTokens: 1,
      classes: [
        { name: 'chat', share: 3, priority: 0 },
        { name: 'batch', share: 1, priority: 5, timeoutS: 10 },
      ],
    })
    const batch = list.filter(({ sloClass }) => sloClass === 'batch')
    expect(Math.abs(batch.length / 1000 - 1)).toBeLessThan(0.1)
    expect(batch[0]).toMatchObject({ priority: 5, deadlineNs: 10e9 })
  })
})

describe('readTrace', () => {
  test('knows formats by their headers', () => {
    const cases: [string, string, number, number, number][] = [
      [
        'azure',
        'TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 23:59:59.9000000,7,2\r\n2023-11-17 00:00:00.4000001,8,3\r\n',
        500_000_100,
        8,
        3,
      ],
      [
        'azure',
        'TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 23:59:59.909930+00:00,7,2\n2024-05-11 00:00:01.009931+00:00,8,3\n',
        1_100_001_000,
        8,
        3,
      ],
      [
        'azure',
        'TIMESTAMP,NumImages,ContextTokens,GeneratedTokens\n2024-10-15 00:00:00.000000+00:00,1,7,2\n2024-10-15 00:00:00.250000+00:00,0,8,3\n',
        250_000_000,
        8,
        3,
      ],
      [
        'burstgpt',
        'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18,490,Conversation log\n45,ChatGPT,1087,230,1317,Conversation log\n',
        45_000_000_000,
        1087,
        230,
      ],
      [
        'burstgpt',
        'Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n5270400.5,a,1.5,GPT-4,417,276,693,API log\n5270402,a,2,GPT-4,300,0,300,API log\n',
        1_500_000_000,
        300,
        0,
      ],
      [
        'splitwise',
        'request_id,request_type,application_id,arrival_timestamp,batch_size,prompt_size,token_size\n0,2,0,0.5,1,7,2\n1,2,0,1.25,1,8,3\n',
        1_250_000_000,
        8,
        3,
      ],
      ['lengths', 'num_prefill_tokens,num_decode_tokens\n7,2\n8,3\n', 0, 8, 3],
      [
        'mooncake',
        '{"timestamp": 0, "input_length": 7, "output_length": 2, "hash_ids": [1]}\n{"timestamp": 3000, "input_length": 8, "output_length": 3, "hash_ids": [1, 2]}\n',
        3_000_000_000,
        8,
        3,
      ],
      [
        'sharegpt',
        '[{"prompt_len": 7, "output_len": 2}, {"prompt_len": 8, "output_len": 3}]',
        0,
        8,
        3,
      ],
      [
        'testbed',
        'request_id,arrival_time_ns,num_prefill_tokens,num_decode_tokens\n0,0,7,2\n1,9,8,3\n',
        9,
        8,
        3,
      ],
    ]
    for (const [format, text, arrivalNs, inputTokens, outputTokens] of cases) {
      const trace = readTrace(text, { source: 'trace' })
      expect(trace.format).toBe(format)
      expect(trace.requests[1]).toMatchObject({ arrivalNs, inputTokens, outputTokens })
    }
    const [, hashed] = cases.find(([format]) => format === 'mooncake')!
    expect(readTrace(hashed, { source: 't' }).requests[1]).toMatchObject({
      blockHashes: [1, 2],
      blockHashTokens: 512,
    })
  })

  test('times since an epoch start at the first request', () => {
    const text = 'arrival_timestamp,prompt_size,token_size\n1700000000.5,7,2\n1700000001.5,8,3\n'
    expect(readTrace(text, { source: 't' }).requests.map(({ arrivalNs }) => arrivalNs)).toEqual([
      0, 1e9,
    ])
  })

  test('faults are told with file and line', () => {
    const header = 'arrival_timestamp,prompt_size,token_size\n'
    expect(() => readTrace(`${header}0,7,2\n1,x,3\n`, { source: 'a.csv' })).toThrow(
      'a.csv:3: prompt_size is "x"; it must be a number',
    )
    expect(() => readTrace(`${header}0,0,2\n`, { source: 'a.csv' })).toThrow(
      'a.csv:2: prompt_size is "0"; it must be an integer of at least 1',
    )
    expect(() => readTrace(`${header}-1,4,2\n`, { source: 'a.csv' })).toThrow(
      'a.csv:2: arrival_timestamp is "-1"',
    )
    expect(() => readTrace('a,b\n1,2\n', { source: 'a.csv' })).toThrow(
      'a.csv:1: no known trace has the header',
    )
    expect(() =>
      readTrace('{"timestamp": 1}\n', { source: 'a.jsonl', format: 'mooncake' }),
    ).toThrow('a.jsonl:1: it has no count of tokens: input_length')
    expect(() => readTrace('{"input_length": 4\n', { source: 'a.jsonl' })).toThrow(
      'a.jsonl:1: not JSON',
    )
  })

  test('is changed in time, in size and in number', () => {
    const { requests } = readTrace(
      'arrival_timestamp,prompt_size,token_size\n0,70,20\n1,80,30\n2,90,40\n',
      { source: 't' },
    )
    expect(
      changeTrace(requests, { limit: 2, timeScale: 0.5, inputScale: 0.5, maxTokens: 60 }),
    ).toMatchObject([
      { arrivalNs: 0, inputTokens: 35, outputTokens: 20 },
      { arrivalNs: 5e8, inputTokens: 30, outputTokens: 30 },
    ])
    expect(changeTrace(requests, { ratePerS: 4 }).map(({ arrivalNs }) => arrivalNs)).toEqual([
      0, 25e7, 5e8,
    ])
  })
})

describeWithCorpus('recorded workloads', () => {
  test("Azure's traces have the counts and means that they are described with", () => {
    for (const [name, count, input, output] of [
      ['code', 8819, 2047.8, 27.9],
      ['conv', 19366, 1154.7, 211.1],
    ] as const) {
      const file = `serving/azure/AzureLLMInferenceTrace_${name}.csv`
      const { requests } = readTrace(readFileSync(corpus(file), 'utf8'), { source: file })
      expect(requests.length).toBe(count)
      expect(meanOf(requests.map(({ inputTokens }) => inputTokens))).toBeCloseTo(input, 0)
      expect(meanOf(requests.map(({ outputTokens }) => outputTokens))).toBeCloseTo(output, 0)
      expect(requests[0]!.arrivalNs).toBe(0)
    }
  })
})
