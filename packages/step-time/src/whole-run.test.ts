import { type LatencyModel, PerfModelError, roofline } from '@flowsim/perf-model'
import { prepareServing } from '@flowsim/serving-sim'
import { describe, expect, test } from 'vitest'
import { findEngine } from './engines/catalogue.js'
import { modelStepTime } from './model-step-time.js'

const noFiles = () => {
  throw new Error('no file is read')
}
const llama = {
  type: 'model',
  model: 'llama-3.1-8b',
  hardware: 'h100_sxm',
  latencyModel: 'roofline',
}

test('KV goes from prefill to decode as fast as the adapters of the slowest device', () => {
  const runOf = (hardware: string, transfer = {}) =>
    prepareServing(
      JSON.stringify({
        workload: { type: 'synthetic', requests: 2, users: 1, inputTokens: 900, outputTokens: 4 },
        stepTime: llama,
        instances: [{ role: 'prefill' }, { role: 'decode', stepTime: { ...llama, hardware } }],
        ...transfer,
      }),
      { source: 'a.json', stepTimes: [modelStepTime()], readText: noFiles },
    )
  const shown = (hardware: string) =>
    runOf(hardware).assumptions.find(({ setting }) => setting === 'transfer.bandwidthGBps')
  expect(shown('a100_sxm')).toMatchObject({ value: 25, source: "the device's adapters" })
  expect(shown('b300_sxm')?.value).toBe(50)
  const ttftS = (hardware: string, transfer = {}) =>
    runOf(hardware, transfer).run().report.ttft!.meanS
  const stated = { transfer: { bandwidthGBps: 25 } }
  expect(ttftS('a100_sxm', stated)).toBe(ttftS('a100_sxm'))
  expect(ttftS('b300_sxm', stated)).toBeGreaterThan(ttftS('b300_sxm'))
})

describe('a whole run', () => {
  test('a model under load, the same each time', () => {
    const run = () =>
      prepareServing(
        JSON.stringify({
          workload: {
            type: 'synthetic',
            requests: 200,
            users: 32,
            inputTokens: 500,
            outputTokens: 50,
          },
          stepTime: llama,
        }),
        { source: 'a.yaml', readText: noFiles, stepTimes: [modelStepTime()] },
      ).run().report
    expect(run().requests).toEqual({ completed: 200 })
    expect(run()).toEqual(run())
  })
})

test('operations that the latency model does not answer are told; the roofline stands in for them alone', () => {
  const without = (...missing: string[]): LatencyModel => ({
    ...roofline,
    name: 'partly',
    estimate(call, ...more) {
      if (missing.includes(call.op)) throw new PerfModelError('unsupported_op', `no ${call.op}`)
      return roofline.estimate(call, ...more)
    },
  })
  const prepared = (latency: LatencyModel) =>
    prepareServing(
      JSON.stringify({
        workload: { type: 'synthetic', requests: 2, users: 1, inputTokens: 90, outputTokens: 4 },
        stepTime: { ...llama, latencyModel: 'partly' },
      }),
      {
        source: 'a.json',
        stepTimes: [modelStepTime({ latencyModels: { partly: latency } })],
        readText: noFiles,
      },
    )
  const partly = prepared(without('rmsnorm', 'attention', 'conv'))
  const told = [
    'partly has no time for some of the operations of a step, the roofline stands in: attention, rmsnorm',
  ]
  expect(partly.run().warnings).toEqual(told)
  // Times are remembered from run to run, and so is what they are.
  expect(partly.run().warnings).toEqual(told)
  expect(prepared(without()).run().warnings).toEqual([])
  expect(partly.run().report).toEqual(prepared(without()).run().report)
})

describe('what enters a run without being stated', () => {
  const factsOf = (more: object) =>
    prepareServing(
      JSON.stringify({
        workload: {
          type: 'synthetic',
          requests: 1,
          arrival: { process: 'at-once' },
          inputTokens: 100,
          outputTokens: 10,
        },
        stepTime: llama,
        ...more,
      }),
      { source: 'a.yaml', readText: noFiles, stepTimes: [modelStepTime()] },
    ).assumptions
  const named = (facts: ReturnType<typeof factsOf>, end: string) =>
    facts.find(({ name }) => name.endsWith(end))

  test('is told with its value and its source', () => {
    const facts = factsOf({})
    expect(named(facts, 'host.opUs')).toMatchObject({ value: findEngine('vllm').host.opUs })
    expect(named(facts, 'kv.blockSize')).toMatchObject({ value: 16, setting: 'kv.blockSize' })
    for (const { source } of facts) expect(source).not.toBe('')
  })

  test('is not told where the configuration states it', () => {
    const facts = factsOf({
      stepTime: { ...llama, hostOpUs: 5 },
      requestOverheadMs: 1,
      kv: { blockSize: 32 },
    })
    for (const end of ['host.opUs', 'host.requestMs', 'kv.blockSize']) {
      expect(named(facts, end)).toBeUndefined()
    }
  })

  test('follows the engine, its version, or a file', () => {
    const names = (more: object) => factsOf({ stepTime: { ...llama, ...more } }).map((f) => f.name)
    expect(names({ kernels: 'sglang' })).toContainEqual(expect.stringMatching(/^sglang /))
    expect(() => factsOf({ stepTime: { ...llama, engineVersion: '0.1' } })).toThrow(
      /a\.yaml:1:\d+: nothing is known of vllm 0\.1/,
    )
  })
})
