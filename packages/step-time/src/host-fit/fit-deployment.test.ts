import { readFileSync } from 'node:fs'
import { prepareServing, readMeasuredRuns } from '@flowsim/serving-sim'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { findEngine } from '../engines/catalogue.js'
import { readEngineFacts } from '../engines/engine-facts.js'
import { STEP_TIMES } from '../step-times.js'
import { fitDeployment } from './fit-deployment.js'

const DEPLOYMENT = `
stepTime: { type: model, model: llama-3.1-8b, hardware: h100_sxm }
scheduler: { maxNumSeqs: 16 }
`
const options = {
  source: 'deployment.yaml',
  readText: (path: string) => {
    throw new Error(path)
  },
  stepTimes: STEP_TIMES,
}

/** A run of the deployment with constants that are not the engine's, as a table of requests. */
function runWith(host: object, ratePerS: number, count = 16): string {
  const workload = {
    type: 'synthetic',
    requests: count,
    arrival: { process: 'poisson', ratePerS },
    inputTokens: { distribution: 'uniform', min: 50, max: 3000 },
    outputTokens: { distribution: 'uniform', min: 2, max: 40 },
  }
  const { requests } = prepareServing(DEPLOYMENT, {
    ...options,
    values: { workload, ...host },
  }).run()
  const rows = [...requests].map((each) => {
    const { id, arrivalNs, scheduledNs, firstTokenNs, finishedNs, inputTokens, outputTokens } = each
    return [
      id,
      arrivalNs,
      arrivalNs,
      scheduledNs,
      firstTokenNs,
      finishedNs,
      inputTokens,
      outputTokens,
    ]
  })
  const columns =
    'id,arrival_ns,queued_ns,scheduled_ns,first_token_ns,finished_ns,input_tokens,output_tokens'
  return `${[columns, ...rows].join('\n')}\n`
}

const read = (text: string, source: string) => readMeasuredRuns(text, { source })
const HOST = {
  requestOverheadMs: 12,
  inputTokenOverheadUs: 3,
  otherRequestOverheadUs: 200,
  'stepTime.hostOpUs': 90,
}

describe('the constants of a deployment', () => {
  test('are found again from one half of a run, and hold on the other', () => {
    const fit = fitDeployment(DEPLOYMENT, { ...options, runs: read(runWith(HOST, 6, 60), 'a.csv') })
    const found = Object.fromEntries(fit.constants.map(({ path, after }) => [path, after]))
    expect(found).toEqual({
      'host.opUs': 90,
      'kernels.gapUs': 1,
      'host.requestMs': 12,
      'host.inputTokenUs': 3,
      'host.otherRequestUs': 200,
    })
    const held = fit.errors.find(({ half }) => half === 'held out')!
    expect(held.requests).toBe(30)
    for (const { measuredS, beforeS, afterS } of held.metrics) {
      expect(afterS / measuredS).toBeCloseTo(1, 6)
      expect(Math.abs(beforeS / measuredS - 1)).toBeGreaterThan(0.005)
    }
    expect(fit.notes).toEqual([])
  })

  test('are engine facts with their source, which a run takes', () => {
    const { facts } = fitDeployment(DEPLOYMENT, {
      ...options,
      runs: read(runWith(HOST, 6), 'a.csv'),
    })
    expect(readEngineFacts(facts, { source: 'mine.json' })).toEqual(facts)
    expect(facts.sources['host.requestMs']).toMatch(
      /^fit to requests of a\.csv \(8\); on a\.csv \(8\): mean ttft [+-]\d/,
    )
    const { assumptions } = prepareServing(DEPLOYMENT, {
      ...options,
      values: {
        'stepTime.engineFacts': 'mine.json',
        workload: { type: 'synthetic', requests: 1, users: 1, inputTokens: 9, outputTokens: 2 },
      },
      readText: () => JSON.stringify(facts),
    })
    const { requestMs } = facts.host
    expect(requestMs).toBeGreaterThan(findEngine('vllm').host.requestMs)
    expect(assumptions).toContainEqual(
      expect.objectContaining({ setting: 'requestOverheadMs', value: requestMs }),
    )
  })

  test('of several runs: they take turns, and none of the held-out ones is seen', () => {
    const runs = [6, 3, 12].flatMap((rate) => read(runWith(HOST, rate), `${rate}.csv`))
    const other = runs.map((run, i) => (i === 1 ? read(runWith({}, 3), '3.csv')[0]! : run))
    const fit = fitDeployment(DEPLOYMENT, { ...options, runs })
    expect(fit.errors.map(({ source, half }) => `${source} ${half}`)).toEqual([
      '6.csv fitted',
      '3.csv held out',
      '12.csv fitted',
    ])
    expect(fitDeployment(DEPLOYMENT, { ...options, runs: other }).constants).toEqual(fit.constants)
  })
})

describe('sums of a run', () => {
  const metrics = `vllm:time_to_first_token_seconds_sum 3.2
vllm:time_to_first_token_seconds_count 40
vllm:inter_token_latency_seconds_sum 8
vllm:inter_token_latency_seconds_count 1000
vllm:cache_config_info{block_size="16",num_gpu_blocks="9000"} 1
`
  const traffic = `${DEPLOYMENT}
workload: { type: synthetic, requests: 40, arrival: { process: poisson, ratePerS: 4 }, inputTokens: 500, outputTokens: 26 }
`

  test('are held against the workload of the configuration, with the blocks that the engine had', () => {
    const fit = fitDeployment(traffic, { ...options, runs: read(metrics, 'm.prom') })
    expect(fit.kvBlocks).toBe(9000)
    expect(fit.errors).toHaveLength(1)
    const [{ half, metrics: errors }] = fit.errors as [(typeof fit.errors)[number]]
    expect(half).toBe('fitted')
    const ttft = errors.find(({ metric }) => metric === 'ttft')!
    expect(Math.abs(ttft.afterS / ttft.measuredS - 1)).toBeLessThan(
      Math.abs(ttft.beforeS / ttft.measuredS - 1),
    )
    expect(fit.notes).toContainEqual(expect.stringContaining('no half is left'))
    expect(fit.notes).toContainEqual(expect.stringContaining('at the end of what is tried'))
  })

  test('need a workload', () => {
    expect(() => fitDeployment(DEPLOYMENT, { ...options, runs: read(metrics, 'm.prom') })).toThrow(
      /deployment\.yaml:.*workload is missing/,
    )
  })
})

test('a configuration that states what is fitted is refused', () => {
  const runs = read(runWith({}, 6), 'a.csv')
  expect(() => fitDeployment(`requestOverheadMs: 2\n${DEPLOYMENT}`, { ...options, runs })).toThrow(
    /deployment\.yaml: requestOverheadMs is what is fitted; leave it out/,
  )
})

test('a step time without engine facts is refused', () => {
  const runs = read(runWith({}, 6), 'a.csv')
  const text = 'stepTime: { type: linear, perStepUs: 5 }\nkv: { blocks: 9000 }\n'
  expect(() => fitDeployment(text, { ...options, runs })).toThrow(
    /not of the type model or profile/,
  )
})

describeWithCorpus('a real run of an engine without graphs', () => {
  test('is within 3 % on the half that the fit did not see, and was not before', () => {
    const path = corpus('serving/gpu-simulate-test/spaced2s/real_run/request_metrics.csv')
    const deployment = `
stepTime: { type: model, model: qwen3-0.6b, hardware: a100_sxm }
cudaGraphs: { decode: none, prefill: none }
`
    const fit = fitDeployment(deployment, {
      ...options,
      runs: read(readFileSync(path, 'utf8'), path),
    })
    const held = fit.errors.find(({ half }) => half === 'held out')!
    for (const metric of ['tpot', 'e2e'] as const) {
      const { measuredS, beforeS, afterS } = held.metrics.find((each) => each.metric === metric)!
      expect(Math.abs(afterS / measuredS - 1)).toBeLessThan(0.03)
      expect(Math.abs(beforeS / measuredS - 1)).toBeGreaterThan(0.08)
    }
  })
})
