import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { readJson } from '../../test/csv.js'
import { ServingError } from '../errors.js'
import { prepareServing } from './prepare.js'
import type { PrepareOptions } from './prepare-context.js'

const files = (texts: Record<string, string> = {}): PrepareOptions => ({
  readText(path) {
    const text = texts[path]
    if (text === undefined) throw new Error(`no file ${path}`)
    return text
  },
})

const prepare = (text: string, options: PrepareOptions = files()) =>
  prepareServing(text, 'run.yaml', options)

/** The message of the error that a configuration gives. */
function fault(text: string, options?: PrepareOptions): string {
  try {
    prepare(text, options).run()
  } catch (error) {
    expect(error).toBeInstanceOf(ServingError)
    return (error as Error).message
  }
  return 'no error'
}

const small = `
workload:
  type: synthetic
  requests: 20
  arrival: { process: poisson, ratePerS: 10 }
  inputTokens: { distribution: normal, mean: 100, stdev: 20, min: 10, max: 200 }
  outputTokens: 8
stepTime: { type: linear, perStepUs: 1000, perPrefillTokenUs: 1 }
kv: { blocks: 100 }
`

describe('our own engine', () => {
  test('runs from a few lines', () => {
    const { report, requests } = prepare(small).run()
    expect(report).toMatchObject({ engine: 'flowsim', requests: { completed: 20 } })
    expect(requests.length).toBe(20)
  })

  test('the same file and seed, the same result; another seed, another one', () => {
    const report = (text: string) => JSON.stringify(prepare(text).run().report)
    expect(report(small)).toBe(report(small))
    expect(report(`seed: 7\n${small}`)).not.toBe(report(small))
  })

  test('instances differ in what they say and share the rest', () => {
    const { instances } = prepare(`${small}
instances:
  - { name: big, count: 2 }
  - name: little
    kv: { blocks: 30 }
    stepTime: { type: linear, perStepUs: 4000 }
routing: { policy: least-loaded }
`).run()
    expect(instances.map(({ instance, kvBlocks }) => [instance, kvBlocks!.total])).toEqual([
      ['big-0', 100],
      ['big-1', 100],
      ['little', 30],
    ])
  })

  test('prefill and decode instances', () => {
    const { report, instances } = prepare(`${small}
instances: [{ name: p, role: prefill }, { name: d, role: decode }]
transfer: { bandwidthGBps: 25, latencyUs: 100 }
`).run()
    expect(report.requests).toEqual({ completed: 20 })
    expect(instances.map(({ steps }) => steps > 0)).toEqual([true, true])
  })

  test('limits of classes give goodput', () => {
    const { report } = prepare(`${small}
slo: { default: { ttftMs: 1000, tpotMs: 50 } }
`).run()
    expect(report.goodput!.attainment).toBe(1)
  })

  test('a model needs someone who knows models', () => {
    const model = small.replace(
      /stepTime.*/,
      'stepTime: { type: model, model: llama-3.1-8b, hardware: h100 }',
    )
    expect(fault(model)).toMatch(/^run\.yaml:8:11: stepTime of type model needs a catalogue/)
    const { report } = prepare(model.replace(/kv:.*/, ''), {
      ...files(),
      resolveModel: ({ model: name }) => ({
        stepTime: { name, stepNs: () => 1e6 },
        devices: 1,
        replicas: 1,
        pipelineStages: 1,
        requestOverheadMs: 0,
        kvBlocks: (blockSize, utilization) => Math.floor((16_000 * utilization) / blockSize),
        kvBytesPerToken: 1000,
        maxModelLen: 4096,
      }),
    }).run()
    expect(report.kvBlocks!.total).toBe(900)
  })
})

describe('faults have a file, a line and a column', () => {
  test.each<[string, string, string]>([
    [
      'unknown field',
      `${small}maxNumSeq: 5\n`,
      'run.yaml:10:1: unknown field maxNumSeq; did you mean maxNumSeqs?',
    ],
    [
      'unknown field below',
      `${small}scheduler:\n  max_num_seqs: 5\n`,
      'run.yaml:11:3: unknown field scheduler.max_num_seqs; did you mean maxNumSeqs?',
    ],
    [
      'unknown field in a distribution',
      small.replace('stdev: 20', 'sd: 20'),
      'run.yaml:6:51: unknown field workload.inputTokens.sd',
    ],
    ['syntax', `${small}kv: [1, 2\n`, 'run.yaml:'],
    [
      'wrong type',
      small.replace('blocks: 100', 'blocks: many'),
      'run.yaml:9:15: kv.blocks: Invalid input: expected number, received string',
    ],
    ['unknown engine', `engine: vllm\n${small}`, 'run.yaml:1:9: engine: Invalid'],
    [
      'no workload',
      'stepTime: { type: linear, perStepUs: 1 }\n',
      'run.yaml:1:1: workload is missing',
    ],
    ['no step time', small.replace(/stepTime.*/, ''), 'run.yaml:2:1: stepTime is missing'],
    ['no blocks', small.replace(/kv:.*/, ''), 'run.yaml:2:1: kv.blocks is missing'],
    [
      'open and closed at once',
      small.replace('requests: 20', 'requests: 20\n  users: 3'),
      'run.yaml:3:3: workload: give either arrival (open loop) or users (closed loop)',
    ],
    [
      'one half of a disaggregation',
      `${small}instances: [{ role: prefill }]\n`,
      'run.yaml:10:12: no instance has the role decode',
    ],
    [
      'a workload without requests',
      small.replace(
        'process: poisson, ratePerS: 10',
        'process: stages, stages: [{ durationS: 1, ratePerS: 0 }]',
      ),
      'run.yaml:3:3: the workload has no requests',
    ],
    [
      'an empty range',
      small.replace('min: 10, max: 200', 'min: 300, max: 200'),
      'min 300 is above max 200',
    ],
  ])('%s', (_, text, message) => {
    expect(fault(text)).toContain(message)
  })

  test('faults in files that it names', () => {
    const traced = small.replace(
      /workload:[\s\S]*stepTime/,
      'workload: { type: trace, file: t.csv }\nstepTime',
    )
    const header = 'arrived_at,num_prefill_tokens,num_decode_tokens\n'
    expect(fault(traced, files({ 't.csv': `${header}0,1\n` }))).toContain(
      't.csv:2: num_decode_tokens',
    )
    expect(fault(traced, files({ 't.csv': header }))).toContain(
      'run.yaml:2:11: the workload has no',
    )
    expect(
      fault(traced, files({ 't.csv': 'num_prefill_tokens,num_decode_tokens\n3,4\n' })),
    ).toContain('t.csv has no arrival times; add arrival')
  })
})

describe('engines of others', () => {
  const closedForm = (extra: string) => `
engine: vidur
workload: { type: vidur, requests: 30, interval: { type: poisson, qps: 20 }, length: { type: fixed, prefillTokens: 200, decodeTokens: 20 } }
vidur:
  model: meta-llama/Llama-2-7b-hf
  scheduler: { type: sarathi }
  predictor: { type: closed-form }
${extra}`

  test('Vidur', () => {
    const { report, batches } = prepare(closedForm('')).run()
    expect(report.requests).toEqual({ completed: 30 })
    expect(batches!.length).toBe(report.steps)
    expect(fault(closedForm('  tensorParallel: 5\n'))).toMatch(/run\.yaml:5:3: 32 heads over 5/)
    expect(
      fault(closedForm('  pipelineStages: 3\n  networkDevice: a100_dgx\n  tensorParallel: 4\n')),
    ).toMatch(/run\.yaml:10:19: 12 devices are neither within a node of 8/)
    expect(fault(closedForm('  device: b300\n'))).toMatch(/run\.yaml:8:11: vidur.device "b300"/)
    expect(fault(closedForm('  device: a40\n  tensorParallel: 1\n  maxTokens: 400000\n'))).toMatch(
      /run\.yaml:5:3: weights take/,
    )
  })

  test('ReaLLM needs its kernels, and devices that come out even', () => {
    const text = (parallelism: string) => `
engine: reallm
workload: { type: synthetic, requests: 3, arrival: { process: constant, ratePerS: 1 }, inputTokens: 64, outputTokens: 3 }
reallm: { model: llama, parallelism: ${parallelism}, method: { type: roofline } }
`
    expect(fault(text('tp8'))).toContain('run.yaml:4:9: engine reallm needs a catalogue')
    const options: PrepareOptions = {
      ...files(),
      reallmKernels: () => ({
        describe: () => ({ hidden: 8192, layers: 80, isLlama: true }),
        kernels: (_, { tensor }, prefill, contexts) => ({
          matmul: [[[prefill + contexts.length, 8192, 8192 / tensor], 80]],
          softmax: [],
          mul: [],
          layernorm: [],
          silu: [],
        }),
      }),
    }
    expect(prepare(text('tp8'), options).run().report.requests).toEqual({ completed: 3 })
    expect(fault(text('tp4'), options)).toContain('parallelism tp4 takes 4 devices of 8')
  })

  test('sessions only where there are sessions', () => {
    const text = closedForm('').replace(
      /workload:.*/,
      'workload: { type: synthetic, requests: 3, users: 1, inputTokens: 4, outputTokens: 4 }',
    )
    expect(fault(text)).toContain('engine vidur has no sessions')
  })
})

describeWithCorpus('inference-sim from files', () => {
  const folder = corpus('serving/blis')
  const fromCorpus: PrepareOptions = {
    readText: (path) => readFileSync(corpus(path), 'utf8'),
  }

  test('the scenario of its README', () => {
    const { report, native } = prepare(
      `
engine: inference-sim-2025
workload: { type: guidellm, file: serving/blis/old-seed-scenario.requestgenconfig.yaml }
inferenceSim2025:
  maxNumRunningReqs: 8192
  totalKvBlocks: 64173
  maxNumScheduledTokens: 4096
  blockSizeInTokens: 16
  regressionCoeffs: [0.006857138483067575, 3.82496271961672e-05, 5.517393223466091e-05]
  queuingCoeffs: [4.87273847, 8956.34427]
  finishedCoeffs: [0.0470950911, 1297.25103]
`,
      fromCorpus,
    ).run()
    expect(report.requests).toEqual({ completed: 1284, waiting: 716 })
    expect(report.e2e!.meanS.toFixed(6)).toBe('30.550837')
    expect(report.e2e!.p99S.toFixed(6)).toBe('74.076961')
    expect(report.kvBlocks!.peak).toBe(64008)
    expect(native).toMatchObject({ total: { completedRequests: 1284, requestRatePerS: 10 } })
  })

  test('a cluster of four, drawn from the seed', () => {
    const { native } = prepare(
      `
engine: inference-sim
workload:
  type: inference-sim
  ratePerS: 100
  requests: 200
  promptTokens: { mean: 512, stdev: 256, min: 2, max: 7000 }
  outputTokens: { mean: 128, stdev: 64, min: 2, max: 7000 }
  prefixTokens: 128
inferenceSim:
  modelConfig: models/llama-3.1-8b-instruct.json
  hardware: H100
  latencyModel: roofline
  numInstances: 4
`,
      fromCorpus,
    ).run()
    const expected = readJson<{ aggregate: Record<string, number> }>(
      `${folder}/head/h7-cluster4-round-robin.expected.json`,
    ).aggregate
    const { cluster } = native as { cluster: Record<string, number> }
    for (const name of ['e2e_mean_ms', 'ttft_p99_ms', 'itl_p95_ms', 'total_input_tokens']) {
      expect(cluster[name]).toBeCloseTo(expected[name]!, 9)
    }
  })

  test('heads that do not divide', () => {
    expect(
      fault(
        `
engine: inference-sim
workload: { type: guidellm, file: serving/blis/old/s1-fixed-lengths.requestgenconfig.yaml }
inferenceSim:
  modelConfig: models/llama-3.1-8b-instruct.json
  hardware: H100
  tensorParallel: 3
`,
        fromCorpus,
      ),
    ).toBe('run.yaml:7:19: 32 heads do not divide over 3 tensor-parallel devices')
  })

  test('a model that does not fit', () => {
    expect(
      fault(
        `
engine: inference-sim
workload: { type: guidellm, file: serving/blis/old/s1-fixed-lengths.requestgenconfig.yaml }
inferenceSim: { modelConfig: models/llama-3.1-70b-instruct.json, hardware: H100 }
`,
        fromCorpus,
      ),
    ).toMatch(/weights of 131\.\d GiB leave no room for a KV cache on 1 devices of 80 GiB/)
  })
})
