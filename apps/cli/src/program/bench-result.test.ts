import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readMeasuredRuns } from '@flowsim/serving-sim'
import { expect, it } from 'vitest'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'

const folder = testFolder()
const RUN = ['serving', 'run', '--config', 'examples/serving/llama-8b.yaml']

it('a simulation in the words of vllm bench serve is what the reader of compare takes', async () => {
  const { code, out, err } = await flowsim(...RUN, '--format', 'vllm')
  expect(code, err).toBe(0)
  const report = JSON.parse((await flowsim(...RUN, '--json')).out)
  const [run] = readMeasuredRuns(out, { source: 'bench.json' })
  const { completed } = report.requests
  expect(run).toMatchObject({
    totals: {
      requests: completed,
      inputTokens: report.inputTokens / completed,
      outputTokens: report.outputTokens / completed,
    },
    arrival: { process: 'poisson' },
  })
  for (const name of ['ttft', 'tpot', 'itl', 'e2e'] as const) {
    const { meanS, medianS } = run!.summary[name]!
    expect(meanS).toBeCloseTo(report[name].meanS, 12)
    expect(medianS).toBeCloseTo(report[name].p50S, 12)
  }
  const found = JSON.parse(out)
  expect(found.p99_ttft_ms).toBeCloseTo(report.ttft.p99S * 1e3, 9)
  expect(found.mean_e2e_latency_ms).toBe(found.mean_e2el_ms)
  expect(found.total_token_throughput).toBeCloseTo(
    (report.inputTokens + report.outputTokens) / report.durationS,
    9,
  )
})

it('with a folder it is a file there', async () => {
  const { code, out, err } = await flowsim(...RUN, '--format', 'vllm', '-o', join(folder, 'run'))
  expect([code, out]).toEqual([0, ''])
  const path = join(folder, 'run', 'bench.json')
  expect(err).toContain(path)
  expect(JSON.parse(readFileSync(path, 'utf8')).completed).toBeGreaterThan(0)
})
