// serving run as users call it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { servingReportSchema } from '@flowsim/trace-schema/zod'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { flowsim } from '../../../testing/flowsim.js'
import { testFolder } from '../../../testing/folder.js'
import { SMALL } from '../../../testing/serving.js'

const examples = fileURLToPath(new URL('../../../../../../examples/serving/', import.meta.url))

const SCHEMA = new URL(
  '../../../../../../packages/trace-schema/schemas/serving-report.1.json',
  import.meta.url,
)

const folder = testFolder()

const at = (name: string) => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

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

  test('a run has its cost: of what is known, in table, page and JSON', async () => {
    const config = write('a.yaml', `${SMALL}cost: { usdPerDeviceHour: 3.6 }\n`)
    const run = (...more: string[]) => flowsim('serving', 'run', '--config', config, ...more)
    const { durationS, inputTokens, outputTokens, cost } = JSON.parse((await run('--json')).out)
    const tokens = inputTokens + outputTokens
    expect(cost.usdPerMillionTokens).toBeCloseTo((1e6 * 0.001 * durationS) / tokens, 10)
    expect([cost.power, cost.joulesPerToken, cost.gCO2PerMillionTokens]).toEqual([null, null, null])
    expect((await run('-o', at('priced'))).out).toMatch(/cost an hour +\$3\.6/)
    expect(readFileSync(at('priced/report.html'), 'utf8')).toContain('cost of 1M tokens')
    const without = await flowsim('serving', 'run', '--config', write('b.yaml', SMALL))
    expect(without.out).not.toContain('cost')
    expect(await run('--fail-if', 'cost.usdPerMillionTokens>0.0001')).toMatchObject({ code: 1 })
  })

  test('conditions tell rates from times, and which field was meant', async () => {
    const run = (condition: string) =>
      flowsim('serving', 'run', write('rates.yaml', SMALL), '--fail-if', condition)
    const rate = await run('requestsPerS<1e6')
    expect(rate).toMatchObject({ code: 1 })
    expect(rate.err).toMatch(/--fail-if requestsPerS<1e6: it is [\d.]+\n/)
    expect(await run('requestsPerS<1ms')).toMatchObject({
      code: 2,
      err: expect.stringContaining('requestsPerS is not a time'),
    })
    expect((await run('requestPerS<1')).err).toMatch(/did you mean requestsPerS.*\?/)
    expect((await run('e2e.p50<1')).err).toMatch(/did you mean e2e\.p50S/)
  })

  test('prices of a file hold instead of the known ones; one that cannot be read is refused', async () => {
    const model = SMALL.replace(
      /stepTime:.*\nkv:.*\n/,
      'stepTime: { type: model, model: qwen3-0.6b, hardware: l4 }\n',
    )
    const config = write('m.yaml', model)
    const prices = (usd: string) =>
      write(
        'prices.yaml',
        `schema: flowsim.prices/1\nprices: [{ device: l4, provider: neocloud, usdPerDeviceHour: ${usd}, date: '2026-01-01', source: bill }]\n`,
      )
    const run = (...more: string[]) =>
      flowsim('serving', 'run', '--config', config, '--json', ...more)
    const { cost } = JSON.parse((await run('--prices', prices('0.5'))).out)
    expect(cost.devices).toMatchObject([
      { hardware: 'l4', count: 1, usdPerDeviceHour: 0.5, source: 'bill', date: '2026-01-01' },
    ])
    expect(cost.power).toMatchObject({ isVerified: false })
    expect(cost.power.deviceW).toBeGreaterThan(0)
    expect(await run('--prices', prices('-1'))).toMatchObject({
      code: 1,
      err: /prices\.yaml.*prices\.0\.usdPerDeviceHour/,
    })
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
