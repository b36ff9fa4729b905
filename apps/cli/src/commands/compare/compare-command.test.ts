// compare as users call it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'
import { SMALL } from '../../testing/serving.js'

const examples = fileURLToPath(new URL('../../../../../examples/serving/', import.meta.url))

const folder = testFolder()

const at = (name: string) => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

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
    const { costs } = JSON.parse(readFileSync(at('out/comparison.json'), 'utf8'))
    expect(costs).toMatchObject([{ name: 'flowsim' }, { name: 'roofline' }, {}])
    for (const { cost } of costs.slice(0, 2)) expect(cost.usdPerMillionTokens).toBeGreaterThan(0)
    expect(readFileSync(at('out/report.html'), 'utf8')).toContain('cost of 1M tokens')
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
