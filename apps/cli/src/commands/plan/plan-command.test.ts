// plan as users call it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const folder = testFolder()

const at = (name: string) => join(folder, name)

/** A small question. */
const ASKED = [
  ...[
    '--model',
    'llama-3.1-8b',
    '--rate',
    '20',
    '--isl',
    '1k',
    '--osl',
    '50',
    '--num-requests',
    '200',
  ],
  ...['--slo', 'ttft.p99S<=0.5', '--slo', 'tpot.p99S<=0.03', '--devices', 'l40s:4'],
]

const plan = (...more: string[]) => flowsim('plan', ...ASKED, ...more)

describe('flowsim plan', () => {
  test('writes the answer in all its forms, and the winner runs to the same figures', async () => {
    const { code, out } = await plan('-o', at('out'), '--json')
    expect(code).toBe(0)
    const { met, near, front, commands, isComplete, prices, outputs } = JSON.parse(out)
    expect([met.length > 0, isComplete, front.length > 0, near.length >= 0]).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(met[0].usdPerHour).toBeCloseTo(prices.l40s * met[0].devices, 10)
    expect(commands.map(({ engine }: { engine: string }) => engine)).toContain('trtllm')
    expect(outputs.length).toBe(6)
    expect(readdirSync(at('out')).sort()).toEqual([
      'commands.sh',
      'kubernetes.yaml',
      'plan.csv',
      'plan.json',
      'points.jsonl',
      'report.html',
      'winner.yaml',
    ])
    const run = await flowsim('serving', 'run', '--config', at('out/winner.yaml'), '--json')
    const { ttft, tpot, durationS, cost } = JSON.parse(run.out)
    const { report } = met[0]
    expect({ ttft, tpot, durationS }).toEqual({
      ttft: report.ttft,
      tpot: report.tpot,
      durationS: report.durationS,
    })
    expect(cost).toEqual(met[0].cost)
    expect(readFileSync(at('out/commands.sh'), 'utf8')).toContain(
      'vllm serve meta-llama/Llama-3.1-8B',
    )
    const documents = parseAllDocuments(readFileSync(at('out/kubernetes.yaml'), 'utf8'))
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    expect(readFileSync(at('out/report.html'), 'utf8')).toContain('Pareto front')
  })

  test('a plan that was stopped goes on where it was, and comes to the same answer', async () => {
    const first = JSON.parse((await plan('-o', at('resumed'), '--json')).out)
    const path = at('resumed/points.jsonl')
    const lines = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, `${lines.slice(0, 3).join('\n')}\n${lines[3]!.slice(0, 9)}`)
    const { out, err } = await plan('-o', at('resumed'), '--json')
    expect(err).toContain('2 simulations are of before')
    expect(JSON.parse(out).met).toEqual(first.met)
    expect(readFileSync(path, 'utf8')).toBe(lines.join('\n'))
    const other = await plan('-o', at('resumed'), '--rate', '21')
    expect(other).toMatchObject({ code: 1, err: /of another/ })
  })

  test('prints a table of at most 80 columns, what came near and the commands', async () => {
    const few = await plan('--serving-mode', 'aggregated', '--kv-cache-dtype', 'auto')
    expect(few.code).toBe(1)
    expect(few.err).toMatch(/^flowsim: no deployment within these devices meets the limits; .+\n$/)
    expect(few.out).toMatch(/by the time of its steps alone the cheapest needs \d+ devices/)
    const asked = ASKED.map((word) => (word === 'l40s:4' ? 'l40s:16' : word))
    const { out } = await flowsim(
      'plan',
      ...asked,
      '--serving-mode',
      'aggregated',
      '--kv-cache-dtype',
      'auto',
    )
    const [table, deployments] = out.split('\n\n')
    for (const line of table!.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(deployments).toMatch(/^1 {2}\d+ x \(TP/)
    expect(out).toContain('cost of 1M tokens')
    expect(out).toMatch(/\d+ layouts: \d+ refused/)
    expect(out).toContain('vllm serve')
  })

  test('traffic is also a trace, or a section with classes and their limits', async () => {
    const trace = Array.from({ length: 100 }, (_, i) =>
      JSON.stringify({ timestamp: i * 100, input_length: 500, output_length: 20, hash_ids: [] }),
    )
    writeFileSync(at('trace.jsonl'), `${trace.join('\n')}\n`)
    const asked = [
      '--model',
      'llama-3.1-8b',
      '--devices',
      'l40s:2',
      '--serving-mode',
      'aggregated',
      '--json',
    ]
    const traced = await flowsim(
      'plan',
      ...asked,
      '--requests',
      at('trace.jsonl'),
      '--slo',
      'e2e.p95S<=5',
    )
    expect(JSON.parse(traced.out)).toMatchObject({ ratePerS: 10 })
    const workload =
      'workload: { type: synthetic, requests: 100, arrival: { process: poisson, ratePerS: 5 }, inputTokens: 500, ' +
      'outputTokens: 20, classes: [{ name: gold, share: 0.5 }, { name: rest, share: 0.5 }] }\n'
    writeFileSync(at('workload.yaml'), workload)
    const classes = await flowsim(
      ...['plan', ...asked, '--workload', at('workload.yaml'), '--slo', 'gold:ttft.p90S<=1'],
    )
    expect(JSON.parse(classes.out).met[0].limits).toMatchObject([
      { limit: 'gold:ttft.p90S<=1', met: true },
    ])
  })

  test('simulations that are refused are said', async () => {
    const { err } = await plan('--serving-mode', 'aggregated', '--drafts', 'guesses:0.8:1')
    expect(err).toMatch(/\d+ simulations? refused: .*speculation\.method/)
  })

  test('no file of an earlier winner stays beside a plan that has none', async () => {
    const folder = at('stale')
    mkdirSync(folder)
    writeFileSync(join(folder, 'winner.yaml'), '{}')
    const none = ['--serving-mode', 'aggregated', '--slo', 'ttft.p99S<=0.07', '-o', folder]
    const { code, out } = await plan(...none)
    expect(code).toBe(1)
    expect((await plan(...none, '--as-point')).code).toBe(0)
    expect(out).toContain('no deployment within these devices')
    expect(readdirSync(folder)).not.toContain('winner.yaml')
  })

  test('is a job whose points are devices, modes and KV precisions', async () => {
    const { code, out } = await plan(
      ...['--on', 'kubernetes', '--image', 'i', '--dry-run', '--json', '-o', at('job')],
    )
    expect(code).toBe(0)
    expect(JSON.parse(out).rendered).toContain('completions: 4')
    expect(JSON.parse(out).rendered).toContain('--as-point')
    expect(existsSync(at('job'))).toBe(false)
  })

  test('a question that is not whole is refused in a line', async () => {
    const base = ['plan', '--model', 'llama-3.1-8b', '--devices', 'l40s:4']
    const slo = ['--slo', 'ttft.p99S<=1']
    expect(await flowsim(...base, ...slo)).toMatchObject({
      code: 2,
      err: /the traffic: give --rate/,
    })
    expect(await flowsim(...base, ...slo, '--isl', '10')).toMatchObject({
      code: 2,
      err: /needs --osl and --rate/,
    })
    expect(await plan('--slo', 'fast')).toMatchObject({ code: 1, err: /"fast" is not a limit/ })
    expect(await plan('--drafts', 'mtp')).toMatchObject({ code: 2, err: /--drafts mtp/ })
    expect(await plan('--slo', 'gold:ttft.p99S<=1')).toMatchObject({
      code: 2,
      err: /no request is of the class "gold"; the traffic has none/,
    })
    expect(await plan('--devices', 'l40s:2')).toMatchObject({
      code: 2,
      err: /l40s: is given twice/,
    })
    expect(await plan('--provider', 'x')).toMatchObject({
      code: 2,
      err: /--provider x: has no prices; known are neocloud, hyperscaler/,
    })
    expect(await plan('--dry-run')).toMatchObject({ code: 2, err: /--dry-run: needs --on/ })
  })
})
