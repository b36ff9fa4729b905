// serving sweep as users call it.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { flowsim } from '../../../testing/flowsim.js'
import { testFolder } from '../../../testing/folder.js'
import { SMALL } from '../../../testing/serving.js'

const folder = testFolder()

const at = (name: string) => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

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

  test('each point has its cost, and other prices are another sweep', async () => {
    write('a.yaml', `${SMALL}cost: { usdPerDeviceHour: 3.6 }\n`)
    const { out } = await sweep(...grid)
    const { rows } = JSON.parse(out)
    const { report, cost } = rows[0]
    const perMillion = (1e6 * 0.001 * report.durationS) / (report.inputTokens + report.outputTokens)
    expect(cost.usdPerMillionTokens).toBeCloseTo(perMillion, 10)
    const [head, first] = readFileSync(at('out/sweep.csv'), 'utf8').split('\n')
    const column = head!.split(',').indexOf('usd_per_million_tokens')
    expect(Number(first!.split(',')[column])).toBeCloseTo(perMillion, 10)
    write(
      'prices.yaml',
      "schema: flowsim.prices/1\nprices: [{ device: l4, provider: own, usdPerDeviceHour: 1, date: '2026', source: s }]\n",
    )
    expect(await sweep(...grid, '--prices', at('prices.yaml'))).toMatchObject({
      code: 1,
      err: /of another sweep/,
    })
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
