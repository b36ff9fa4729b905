// serving run, serving sweep and compare as users call them.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { servingReportSchema } from '@flowsim/trace-schema/zod'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const examples = fileURLToPath(new URL('../../../../../examples/serving/', import.meta.url))

const SCHEMA = new URL(
  '../../../../../packages/trace-schema/schemas/serving-report.1.json',
  import.meta.url,
)

const folder = testFolder()

const at = (name: string) => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

/** 40 requests a second, 1 ms and 10 µs a token a step: room for about 100 a second. */
const SMALL = `
seed: 3
workload:
  type: synthetic
  requests: 60
  arrival: { process: poisson, ratePerS: 40 }
  inputTokens: 100
  outputTokens: { distribution: uniform, min: 2, max: 20 }
stepTime: { type: linear, perStepUs: 1000, perPrefillTokenUs: 10, perDecodeUs: 200 }
kv: { blocks: 400 }
scheduler: { maxNumSeqs: 8 }
`

describe('flowsim serving run', () => {
  test('--json is one document with the metrics, and nothing else', async () => {
    const { code, out } = await flowsim(
      'serving',
      'run',
      '--config',
      write('a.yaml', SMALL),
      '--json',
    )
    expect(code).toBe(0)
    const document = JSON.parse(out)
    const report = servingReportSchema.parse(document)
    expect(report.requests).toEqual({ completed: 60 })
    expect(document.devices).toBe(1)
    expect(document.outputs).toEqual([])
  })

  test('what it prints and writes is what the published schema says, and no other field', async () => {
    const schema = JSON.parse(readFileSync(SCHEMA, 'utf8'))
    expect(schema.additionalProperties).toBe(false)
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema)
    const classes = SMALL.replace(
      'outputTokens:',
      'classes: [{ name: gold, share: 1 }]\n  outputTokens:',
    )
    const cluster = `${classes}instances: [{ count: 2 }]\nslo: { gold: { ttftMs: 100 } }\n`
    for (const text of [SMALL, cluster]) {
      const config = write('a.yaml', text)
      const { out } = await flowsim(
        'serving',
        'run',
        '--config',
        config,
        '-o',
        at('valid'),
        '--json',
      )
      const written = readFileSync(join(at('valid'), 'summary.json'), 'utf8')
      for (const document of [out, written].map((json) => JSON.parse(json))) {
        expect(validate(document) ? [] : validate.errors).toEqual([])
        expect(validate({ ...document, more: 1 })).toBe(false)
      }
    }
  })

  test('-o holds the metrics, every request, every batch, the timeline and a page', async () => {
    const config = write('a.yaml', SMALL)
    const { code, out } = await flowsim('serving', 'run', '--config', config, '-o', at('out'))
    expect(code).toBe(0)
    expect(readdirSync(at('out')).sort()).toEqual([
      'batches.csv',
      'report.html',
      'requests.csv',
      'summary.json',
      'timeline.csv',
    ])
    const [head, ...rows] = readFileSync(at('out/requests.csv'), 'utf8').trim().split('\n')
    expect(head).toBe(
      'id,arrival_ns,scheduled_ns,first_token_ns,finished_ns,input_tokens,output_tokens,state,' +
        'preemptions,instance,cached_tokens,slo_class',
    )
    expect(rows.length).toBe(60)
    const summary = JSON.parse(readFileSync(at('out/summary.json'), 'utf8'))
    const batches = readFileSync(at('out/batches.csv'), 'utf8').trim().split('\n').length - 1
    expect(batches).toBe(summary.steps)
    const tokens = (name: string, column: number) =>
      readFileSync(at(`out/${name}`), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .reduce((sum, line) => sum + Number(line.split(',')[column]), 0)
    expect(tokens('timeline.csv', 5)).toBe(summary.outputTokens)
    expect(tokens('requests.csv', 6)).toBe(summary.outputTokens)
    expect(readFileSync(at('out/report.html'), 'utf8')).toContain('TTFT of requests')
    for (const title of ['TTFT: % of requests', 'TPOT: %', 'output tokens/s by s', 'KV blocks']) {
      expect(out).toContain(title)
    }
  })

  test('requests from a trace; the results of a run are one', async () => {
    const config = write('a.yaml', SMALL)
    await flowsim('serving', 'run', '--config', config, '-o', at('first'))
    const again = await flowsim(
      'serving',
      'run',
      '--config',
      config,
      '--requests',
      write('trace.csv', 'arrived_at,num_prefill_tokens,num_decode_tokens\n0,10,3\n0.5,20,4\n'),
      '--json',
    )
    expect(again.code).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject({ requests: { completed: 2 }, outputTokens: 7 })
  })

  test('the same configuration gives the same bytes', async () => {
    const config = write('a.yaml', SMALL)
    const run = () => flowsim('serving', 'run', '--config', config, '-o', at('out'), '--json')
    const files = () =>
      readdirSync(at('out')).map((name) => readFileSync(at(`out/${name}`), 'utf8'))
    const first = [(await run()).out, ...files()]
    expect([(await run()).out, ...files()]).toEqual(first)
  })

  test.each([
    ['an unknown field', SMALL.replace('maxNumSeqs', 'maxNumSeq'), /a\.yaml:11:14: unknown field/],
    [
      'a model that does not fit',
      SMALL.replace(
        /stepTime:.*/,
        'stepTime: { type: model, model: llama-3.1-405b, hardware: h100_sxm }',
      ).replace(/kv:.*/, ''),
      /a\.yaml:9:11: .*no KV cache/,
    ],
    [
      'a parallelism that cannot be',
      SMALL.replace(
        /stepTime:.*/,
        'stepTime: { type: model, model: llama-3.1-8b, hardware: h100_sxm, tensorParallel: 3 }',
      ),
      /a\.yaml:9:11: .*3 does not divide the 32 heads/,
    ],
    [
      'an unknown model',
      SMALL.replace(
        /stepTime:.*/,
        'stepTime:\n  type: model\n  model: lama-3\n  hardware: h100_sxm',
      ),
      /a\.yaml:11:10: model "lama-3": is not in the catalogue/,
    ],
    [
      'an unknown device',
      SMALL.replace(
        /stepTime:.*/,
        'stepTime: { type: model, model: llama-3.1-8b, hardware: h1000 }',
      ),
      /a\.yaml:9:57: "h1000" is not in the hardware catalogue/,
    ],
    [
      'no requests',
      SMALL.replace('requests: 60', 'requests: 60\n  durationS: 1e-9'),
      /a\.yaml:4:3: the workload has no requests/,
    ],
    [
      'a file that is not there',
      SMALL.replace(
        /workload:[\s\S]*stepTime/,
        'workload: { type: trace, file: no.csv }\nstepTime',
      ),
      /no\.csv: cannot be read: no such file/,
    ],
  ])('%s is an error with its place, and nothing is written', async (_, text, message) => {
    const config = write('a.yaml', text)
    const { code, out, err } = await flowsim('serving', 'run', '--config', config, '-o', at('out'))
    expect(err).toMatch(message)
    expect(err.trim().split('\n').length).toBe(1)
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(existsSync(at('out'))).toBe(false)
  })

  test('overload ends in counted outcomes', async () => {
    const text = `${SMALL}timeoutS: 0.2\n`.replace('ratePerS: 40', 'ratePerS: 4000')
    const { code, out } = await flowsim(
      'serving',
      'run',
      '--config',
      write('a.yaml', text),
      '--json',
    )
    expect(code).toBe(0)
    const { requests } = JSON.parse(out) as { requests: Record<string, number> }
    expect(requests.timed_out).toBeGreaterThan(0)
    expect(Object.values(requests).reduce((a, b) => a + b)).toBe(60)
    const never = SMALL.replace('inputTokens: 100', 'inputTokens: 100000')
    const refused = await flowsim('serving', 'run', '--config', write('b.yaml', never), '--json')
    expect(JSON.parse(refused.out).requests).toEqual({ unservable: 60 })
    expect(refused.err).toContain('60 requests could never be served')
  })

  test('every example of the repository runs', async () => {
    for (const name of ['llama-8b.yaml', 'disaggregated.yaml']) {
      const { code, out, err } = await flowsim(
        'serving',
        'run',
        '--config',
        `${examples}${name}`,
        '--json',
      )
      expect(err).toBe('')
      expect(code).toBe(0)
      const { requests, goodput } = servingReportSchema.parse(JSON.parse(out))
      expect(Object.keys(requests)).toEqual(['completed'])
      expect(goodput!.attainment).toBeGreaterThan(0.9)
    }
  })
})

describe('flowsim serving sweep', () => {
  const sweep = (...more: string[]) =>
    flowsim('serving', 'sweep', '--config', at('a.yaml'), '-o', at('out'), '--json', ...more)
  const grid = ['--grid', 'scheduler.maxNumSeqs=1,4,16', '--grid', 'kv.blocks=100,400']

  test('every combination, in order, with those that no other one beats', async () => {
    write('a.yaml', SMALL)
    const { code, out } = await sweep(...grid)
    expect(code).toBe(0)
    const { rows, simulated } = JSON.parse(out)
    expect(simulated).toBe(6)
    expect(rows.map(({ values }: { values: unknown }) => Object.values(values as object))).toEqual([
      [1, 100],
      [1, 400],
      [4, 100],
      [4, 400],
      [16, 100],
      [16, 400],
    ])
    expect(rows.some(({ pareto }: { pareto: boolean }) => pareto)).toBe(true)
    const lines = readFileSync(at('out/sweep.csv'), 'utf8').trim().split('\n')
    expect(lines.length).toBe(7)
    expect(lines[0]).toMatch(/^scheduler\.maxNumSeqs,kv\.blocks,/)
  })

  test('each combination can be a point of a job', async () => {
    write('a.yaml', SMALL)
    const { code, out } = await sweep(...grid, '--on', 'kubernetes', '--image', 'i', '--dry-run')
    expect(code).toBe(0)
    const { backend, rendered } = JSON.parse(out)
    expect(backend).toBe('kubernetes')
    expect(rendered).toContain('completions: 6')
    expect(existsSync(at('out'))).toBe(false)
    expect(await sweep('--dry-run')).toMatchObject({ code: 2, err: /--dry-run: needs --on/ })
  })

  test('a sweep that was killed goes on where it stopped, and comes to the same result', async () => {
    write('a.yaml', SMALL)
    const whole = JSON.parse((await sweep(...grid)).out)
    const csv = readFileSync(at('out/sweep.csv'), 'utf8')
    // Killed in the middle of writing the fourth point.
    const lines = readFileSync(at('out/points.jsonl'), 'utf8').split('\n')
    const cut = `${lines.slice(0, 4).join('\n')}\n${lines[4]!.slice(0, 50)}`
    rmSync(at('out'), { recursive: true })
    await flowsim('serving', 'sweep', '--config', at('a.yaml'), '-o', at('out'), '--grid', 'seed=1')
    rmSync(at('out/sweep.csv'))
    writeFileSync(at('out/points.jsonl'), cut)
    const rest = JSON.parse((await sweep(...grid)).out)
    expect(rest).toMatchObject({ resumed: 3, simulated: 3 })
    expect(rest.rows).toEqual(whole.rows)
    expect(readFileSync(at('out/sweep.csv'), 'utf8')).toBe(csv)
    expect(JSON.parse((await sweep(...grid)).out)).toMatchObject({ resumed: 6, simulated: 0 })
  })

  test('a journal of another configuration is not mixed up with this one', async () => {
    write('a.yaml', SMALL)
    await sweep(...grid)
    write('a.yaml', SMALL.replace('perStepUs: 1000', 'perStepUs: 2000'))
    const { code, err } = await sweep(...grid)
    expect(code).toBe(1)
    expect(err).toContain('another configuration')
  })

  test('points are simulated again when a file that the configuration names has changed', async () => {
    const requests = (outputTokens: number) =>
      write('r.csv', `arrived_at,num_prefill_tokens,num_decode_tokens\n0,10,${outputTokens}\n`)
    write(
      'a.yaml',
      SMALL.replace(/workload:\n(?: .*\n)+/, 'workload:\n  type: trace\n  file: r.csv\n'),
    )
    const tokens = async () => {
      const { out, err } = await sweep('--grid', 'kv.blocks=100')
      const { rows, simulated, resumed } = JSON.parse(out)
      return { tokens: rows[0].report.tokens?.output ?? rows[0].report, simulated, resumed, err }
    }
    requests(5)
    const first = await tokens()
    expect(await tokens()).toMatchObject({ simulated: 0, resumed: 1, tokens: first.tokens })
    requests(9)
    const changed = await tokens()
    expect(changed).toMatchObject({ simulated: 1, resumed: 0 })
    expect(changed.err).toContain('1 points of before are simulated again')
    expect(changed.tokens).not.toEqual(first.tokens)
    expect(await tokens()).toMatchObject({ simulated: 0, resumed: 1, tokens: changed.tokens })
  })

  test('a journal of another version is refused', async () => {
    write('a.yaml', SMALL)
    await sweep(...grid)
    const text = readFileSync(at('out/points.jsonl'), 'utf8')
    writeFileSync(at('out/points.jsonl'), text.replace(/"version":"[^"]+"/, '"version":"0.0.1"'))
    const { code, err } = await sweep(...grid)
    expect(code).toBe(1)
    expect(err).toContain('flowsim 0.0.1')
  })

  test('a point that cannot be does not spoil the others', async () => {
    write('a.yaml', SMALL)
    const { code, out } = await sweep('--grid', 'kv.blocks=400,-3')
    expect(code).toBe(0)
    const { rows } = JSON.parse(out)
    expect(rows[0].report.requests.completed).toBe(60)
    expect(rows[1].error).toMatch(/kv\.blocks/)
  })

  const refusals = [
    '--grid',
    'stepTime.tensorParallel=1,2,3,4',
    '--grid',
    'scheduler.maxModelLen=4096,9999999',
  ]
  const blockwise = `
workload: { type: synthetic, requests: 4, arrival: { process: poisson, ratePerS: 8 }, inputTokens: 100, outputTokens: 4 }
stepTime: { type: model, model: qwen3-30b-a3b, hardware: h200_sxm, precision: fp8_block }
`

  test('points that an engine refuses are said with the reason, and never recommended', async () => {
    write('a.yaml', blockwise)
    const { code, out } = await sweep(...refusals)
    expect(code).toBe(0)
    const { rows, refused } = JSON.parse(out)
    expect(refused).toBe(6)
    const reason = /cuts the experts|does not divide|maxModelLen is 9999999/
    for (const { values, error, pareto, report } of rows) {
      const possible =
        values['stepTime.tensorParallel'] < 3 && values['scheduler.maxModelLen'] === 4096
      expect(error === undefined, JSON.stringify(values)).toBe(possible)
      if (possible) expect(report.requests.completed).toBe(4)
      else expect([pareto, reason.test(error)]).toEqual([false, true])
    }
    const { out: table } = await flowsim(
      'serving',
      'sweep',
      '--config',
      at('a.yaml'),
      '-o',
      at('again'),
      ...refusals,
    )
    expect(table).toContain('6 of 8 points refused')
    expect(table.match(/^\*/gm)).toHaveLength(
      rows.filter(({ pareto }: { pareto: boolean }) => pareto).length,
    )
  })

  test('a refused point has no rate', async () => {
    write('a.yaml', blockwise)
    const { out } = await sweep(
      '--find-rate',
      '--slo',
      'ttft.p90S<=5',
      '--tolerance',
      '0.5',
      '--grid',
      'stepTime.tensorParallel=1,4',
    )
    const [possible, not] = JSON.parse(out).rows
    expect(possible.ratePerS).toBeGreaterThan(0)
    expect(not).toMatchObject({ pareto: false, error: expect.stringContaining('cuts the experts') })
    expect(not.ratePerS).toBeUndefined()
  })

  test('a deployment that some requests do not fit into is not recommended', async () => {
    write('a.yaml', SMALL)
    const { out } = await sweep('--grid', 'scheduler.maxModelLen=1,0')
    const [short, any] = JSON.parse(out).rows
    expect(short.report.requests.unservable).toBeGreaterThan(0)
    expect([short.pareto, any.pareto]).toEqual([false, true])
  })

  test('the highest rate that meets the limits: it does, and a little more does not', async () => {
    write('a.yaml', SMALL.replace('requests: 60', 'requests: 400'))
    const { out } = await sweep('--find-rate', '--slo', 'ttft.p90S<=0.05', '--tolerance', '0.01')
    const { rows } = JSON.parse(out)
    const { ratePerS, report, probes } = rows[0]
    expect(report.ttft.p90S).toBeLessThanOrEqual(0.05)
    const failed = probes.filter(({ met }: { met: boolean }) => !met)
    const lowest = Math.min(...failed.map((probe: { ratePerS: number }) => probe.ratePerS))
    expect(lowest).toBeGreaterThan(ratePerS)
    expect(lowest).toBeLessThanOrEqual(ratePerS * 1.011)
  })

  test('a limit that no rate meets is a rate of 0', async () => {
    write('a.yaml', SMALL)
    const { out } = await sweep('--find-rate', '--slo', 'ttft.p50S<=1e-6')
    expect(JSON.parse(out).rows[0]).toMatchObject({ ratePerS: 0, report: null })
  })

  test.each([
    [['--grid', 'seed'], /--grid seed: is not field=a,b/],
    [['--grid', 'seed=1', '--grid', 'seed=2'], /--grid seed: is given twice/],
    [['--find-rate'], /--find-rate: needs --slo/],
    [['--slo', 'ttft'], /--slo ttft: is not metric<=limit/],
    [['--find-rate', '--slo', 'speed>=3'], /the report has no speed/],
  ])('used wrongly: %j', async (args, message) => {
    write('a.yaml', SMALL)
    const { code, err } = await sweep(...args)
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('flowsim calibrate --serving', () => {
  const calibrate = (run: string, ...more: string[]) =>
    flowsim('calibrate', '--serving', run, '-o', at('facts.json'), ...more)
  const deployment = `
stepTime: { type: model, model: llama-3.1-8b, hardware: h100_sxm }
`

  test('writes engine facts of a run that serving run takes, and errors of the half it did not see', async () => {
    const traffic = `${deployment}workload: { type: synthetic, requests: 24, arrival: { process: poisson, ratePerS: 8 }, inputTokens: 800, outputTokens: 8 }\n`
    write('real.yaml', `requestOverheadMs: 20\n${traffic}`)
    await flowsim('serving', 'run', '--config', at('real.yaml'), '-o', at('real'))
    write('a.yaml', deployment)
    const { code, out } = await calibrate(
      at('real/requests.csv'),
      '--config',
      at('a.yaml'),
      '--json',
    )
    expect(code).toBe(0)
    const { facts, constants, errors } = JSON.parse(out)
    expect(facts).toBe(at('facts.json'))
    const request = constants.find(({ path }: { path: string }) => path === 'host.requestMs')
    expect(request).toEqual({ path: 'host.requestMs', before: 3, after: 20 })
    expect(errors.map(({ half }: { half: string }) => half)).toEqual(['fitted', 'held out'])
    write('b.yaml', traffic.replace('h100_sxm', 'h100_sxm, engineFacts: facts.json'))
    const { out: run } = await flowsim('serving', 'run', '--config', at('b.yaml'), '--json')
    expect(JSON.parse(run).ttft.meanS).toBeGreaterThan(0.02)
    const { out: table } = await calibrate(at('real/requests.csv'), '--config', at('a.yaml'))
    expect(table).toMatch(/host\.requestMs +3 +20/)
    expect(table).toMatch(/requests\.csv +held out +12 +mean TTFT/)
  })

  test.each([
    [[], 2, /--serving: needs --config/],
    [['--config', 'missing.yaml'], 1, /missing\.yaml: cannot be read/],
  ])('used wrongly: %j', async (args, code, message) => {
    write('run.csv', 'a,b\n1,2\n')
    expect(await calibrate(at('run.csv'), ...args)).toMatchObject({
      code,
      err: expect.stringMatching(message),
    })
  })

  test('a file that is not a run is told', async () => {
    write('a.yaml', deployment)
    write('run.json', '{}')
    const { code, err } = await calibrate(at('run.json'), '--config', at('a.yaml'))
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/run\.json: is not a run in a format that is known/),
    ])
    expect(existsSync(at('facts.json'))).toBe(false)
  })
})

describe('flowsim compare', () => {
  test('several simulators on one workload', async () => {
    const { code, out } = await flowsim(
      'compare',
      `${examples}compare.yaml`,
      '-o',
      at('out'),
      '--json',
    )
    expect(code).toBe(0)
    const { reference, runs } = JSON.parse(out)
    expect(reference).toBe('flowsim')
    expect(runs.length).toBe(2)
    expect(runs[0].ttft.percentiles.length).toBe(4)
    expect(readdirSync(at('out')).sort()).toEqual([
      'comparison.csv',
      'comparison.json',
      'report.html',
    ])
    const [head, first] = readFileSync(at('out/comparison.csv'), 'utf8').split('\n')
    expect(head).toBe('reference,run,metric,percentile,reference_s,run_s,error,verdict')
    expect(first).toMatch(/^flowsim,roofline,TTFT,0\.5,/)
  })

  test('a run against itself passes', async () => {
    const run = (name: string) =>
      `  - { name: ${name}, stepTime: { type: linear, perStepUs: 1000 }, kv: { blocks: 400 } }`
    const workload = SMALL.slice(0, SMALL.indexOf('stepTime'))
    const file = write('c.yaml', `${workload}runs:\n${run('a')}\n${run('b')}\n`)
    const { code, out } = await flowsim('compare', file)
    expect(code).toBe(0)
    expect(out).toContain('b (flowsim) against a: pass')
  })
})

describeWithCorpus('flowsim compare with a measured run', () => {
  test('errors by stage, settings that differ, caveats', async () => {
    const runs = `${corpus('serving/gpu-simulate-test')}/spaced2s`
    const simulated = readdirSync(runs).find((name) => /^(?!real).*_run$/.test(name))
    const file = write(
      'c.yaml',
      `measured:
  requests: ${runs}/real_run/request_metrics.csv
  tokens: ${runs}/real_run/token_metrics.csv
  settings: { maxBatchTokens: 16, maxBatchSize: 16, blockSize: 16, precision: bf16 }
runs:
  - name: recorded
    requests: ${runs}/${simulated}/request_metrics.csv
    tokens: ${runs}/${simulated}/token_metrics.csv
  - name: ours
    stepTime: { type: linear, perStepUs: 13000, perPrefillTokenUs: 300 }
    scheduler: { maxNumBatchedTokens: 512 }
    kv: { blocks: 1000 }
`,
    )
    const { code, out } = await flowsim('compare', file)
    expect(code).toBe(0)
    expect(out).toContain('recorded (recorded) against measured: fail')
    expect(out).toContain('maxBatchTokens is 512, in measured 16')
    expect(out).toContain('CPU overhead is not modelled')
  })
})
