import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fault, files, prepare } from '../../test/prepare.js'
import { bareDeployment } from '../step-time/deployment.js'
import { PLAIN_ENGINE } from '../step-time/engine-rules.js'
import { defineStepTime } from '../step-time/step-time-kind.js'

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

describe("FlowSim's simulator", () => {
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

  test('an instance that prefills for others takes what its engine adds to a step; what is stated holds instead', () => {
    const engine = { ...PLAIN_ENGINE, asyncScheduling: true, contextNs: 5e6 }
    const served = defineStepTime({
      type: 'served',
      fields: {},
      deploy: () => bareDeployment({ name: 'served', stepNs: () => 1e6 }, { engine }),
    })
    const text = `
workload: { type: synthetic, requests: 1, arrival: { process: at-once }, inputTokens: 10, outputTokens: 3 }
stepTime: { type: served }
kv: { blocks: 100 }
transfer: { latencyUs: 0, bandwidthGBps: 1000 }
`
    const meansMs = (more: string) => {
      const { ttft, tpot } = prepare(text + more, { ...files(), stepTimes: [served] }).run().report
      return [ttft!.meanS * 1e3, tpot!.meanS * 1e3]
    }
    const split = 'instances: [{ role: prefill }, { role: decode }]'
    expect(meansMs('')).toEqual([1, 1])
    expect(meansMs(split)).toEqual([6, 1])
    expect(meansMs(`${split}\ncpuOverhead: { perStepUs: 0 }`)).toEqual([1, 1])
  })

  test('limits of classes give goodput', () => {
    const { report } = prepare(`${small}
slo: { default: { ttftMs: 1000, tpotMs: 50 } }
`).run()
    expect(report.goodput!.attainment).toBe(1)
  })

  test('step times of other packages stand beside those of this one', () => {
    const model = small.replace(/stepTime.*/, 'stepTime: { type: model, model: llama-3.1-8b }')
    expect(fault(model)).toMatch(
      /^run\.yaml:8:19: stepTime\.type: there is no "model"; there are linear, /,
    )
    const models = defineStepTime({
      type: 'model',
      fields: { model: z.string() },
      deploy: ({ model: name }) =>
        bareDeployment(
          { name, stepNs: () => 1e6 },
          {
            memory: {
              weightBytes: 0,
              sequenceBytes: (tokens) => 1000 * tokens,
              stateBytes: 0,
              roomBytes: ({ memoryUtilization }) => 16e6 * memoryUtilization,
            },
            maxModelLen: 4096,
          },
        ),
    })
    const { report } = prepare(model.replace(/kv:.*/, ''), {
      ...files(),
      stepTimes: [models],
    }).run()
    expect(report.kvBlocks!.total).toBe(900)
  })

  test('a model with states has prefix caching where it says how often states are kept', () => {
    const hybrid = defineStepTime({
      type: 'hybrid',
      fields: {},
      deploy: () =>
        bareDeployment(
          { name: 'hybrid', stepNs: () => 1e6 },
          {
            memory: {
              weightBytes: 0,
              sequenceBytes: (tokens) => 1000 * tokens + 64_000,
              stateBytes: 64_000,
              roomBytes: () => 16e6,
            },
          },
        ),
    })
    const text = (kv: string) =>
      small.replace(/stepTime.*/, 'stepTime: { type: hybrid }').replace(/kv:.*/, `kv: ${kv}`)
    const given = { ...files(), stepTimes: [hybrid] }
    const settings = (kv: string) => prepare(text(kv), given).settings
    expect(settings('{}').prefixCaching).toBe(false)
    const kept = settings('{ snapshotTokens: 64 }')
    expect(kept.prefixCaching).toBe(true)
    // A block of 16 tokens holds a quarter of a state besides.
    expect(settings('{}').kvBlocks).toBe(1000)
    expect(kept.kvBlocks).toBe(500)
    expect(fault(text('{ prefixCaching: true }'), given)).toMatch(
      /^run\.yaml:9:5: prefixes of a model with states .*: kv\.snapshotTokens$/,
    )
  })

  test('fields set from outside, for sweeps', () => {
    const values = { 'kv.blocks': 70, 'scheduler.maxNumSeqs': 3 }
    const { settings } = prepare(small, { ...files(), values })
    expect(settings).toMatchObject({ kvBlocks: 70, maxBatchSize: 3 })
    expect(fault(small, { ...files(), values: { 'kv.blocks.x': 1 } })).toContain(
      'kv.blocks.x: blocks is a value',
    )
  })
})

describe('faults have a source, a line and a column', () => {
  test('a hint names a field that is much alike, or there is none', () => {
    expect(fault(`${small}foo: 1\n`)).toMatch(/unknown field foo$/)
    expect(fault(`${small}sol: {}\n`)).toMatch(/unknown field sol$/)
    expect(fault(`${small}instance: 1\n`)).toMatch(/did you mean instances\?$/)
  })

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
    [
      'a word unlike every field',
      `${small}routing: { policy: weighted, scorers: { foo: 1 } }\n`,
      'run.yaml:10:41: unknown field routing.scorers.foo',
    ],
    ['syntax', `${small}kv: [1, 2\n`, 'run.yaml:'],
    [
      'wrong type',
      small.replace('blocks: 100', 'blocks: many'),
      'run.yaml:9:15: kv.blocks: must be a number, not a text',
    ],
    [
      'more blocks than are numbered',
      small.replace('blocks: 100', 'blocks: 9007199254740991'),
      'run.yaml:9:15: kv.blocks: must be at most 2147483646',
    ],
    [
      'more instances than any cluster has',
      `${small}instances: [{ name: a, count: 100000000 }]\n`,
      'run.yaml:10:31: instances.0.count: must be at most 10000',
    ],
    [
      'unknown engine',
      `engine: vllm\n${small}`,
      'run.yaml:1:9: engine: there is no "vllm"; there are flowsim, ',
    ],
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
      'scaling beyond groups',
      `${small}instances: [{ count: 1 }, { count: 1 }]\nautoscaling: { max: 4 }\n`,
      'run.yaml:11:21: max is 4, but the groups hold 2 instances; say which group has more (count)',
    ],
    [
      'scaling of pools as of one',
      `${small}instances: [{ role: prefill }, { role: decode }]\nautoscaling: { max: 4 }\n`,
      'run.yaml:11:14: prefill and decode instances scale by themselves; give autoscaling.prefill',
    ],
    [
      'scaling of pools that are none',
      `${small}autoscaling: { prefill: { max: 4 } }\n`,
      'run.yaml:10:14: no instance has the role prefill or decode; give min and max to autoscaling',
    ],
    [
      'scaling between bounds the wrong way round',
      `${small}autoscaling: { min: 3, max: 2 }\n`,
      'run.yaml:10:14: min 3 is above max 2',
    ],
    [
      'scaling that would undo itself',
      `${small}autoscaling: { max: 2, upKvUse: 0.1, downKvUse: 0.9 }\n`,
      'run.yaml:10:14: downKvUse 0.9 is above upKvUse 0.1',
    ],
    [
      'a time that cannot be counted',
      `${small}transfer: { latencyUs: 1e300 }\n`,
      'run.yaml:10:24: transfer.latencyUs: must be at most 1000000000000',
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
    const header = 'arrival_timestamp,prompt_size,token_size\n'
    expect(fault(traced, files({ 't.csv': `${header}0,1\n` }))).toContain('t.csv:2: token_size')
    expect(fault(traced, files({ 't.csv': header }))).toContain(
      'run.yaml:2:11: the workload has no',
    )
    expect(
      fault(traced, files({ 't.csv': 'num_prefill_tokens,num_decode_tokens\n3,4\n' })),
    ).toContain('t.csv has no arrival times; add arrival')
  })
})
