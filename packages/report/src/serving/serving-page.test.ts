import { prepareServing } from '@flowsim/serving-sim'
import type { ServingCost } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { renderPage } from '../page/render-page.js'
import { servingPage } from './serving-page.js'
import { verdict } from './verdict.js'

/** Nothing is known of what it costs. */
const COST: ServingCost = {
  provider: 'cloud',
  devices: [],
  usdPerHour: null,
  usdPerMillionTokens: null,
  usdPerMillionOutputTokens: null,
  power: null,
  joulesPerToken: null,
  joulesPerOutputToken: null,
  deviceJoulesPerToken: null,
  grid: { name: null, gCO2PerKWh: 0, source: '' },
  gCO2PerMillionTokens: null,
}

/** Steps of 10 ms and 0.1 ms a token; a request has 100 tokens in and 20 out. */
const configuration = (ratePerS: number, more = '') => `
workload:
  type: synthetic
  requests: 400
  arrival: { process: poisson, ratePerS: ${ratePerS} }
  inputTokens: 100
  outputTokens: 20
stepTime: { type: linear, perStepUs: 10000, perPrefillTokenUs: 100, perDecodeUs: 100 }
slo: { default: { ttftMs: 100, tpotMs: 40 } }
scheduler: { maxNumSeqs: 8 }
kv: { blocks: 2000 }
${more}`

const preparedOf = (text: string) =>
  prepareServing(text, {
    source: 'test.yaml',
    readText() {
      throw new Error('nothing is read')
    },
  })

function pageOf(text: string) {
  const prepared = preparedOf(text)
  const result = prepared.run()
  const about = { title: 'test', generator: 'flowsim', prepared, cost: COST }
  return servingPage(result, about)
}

describe('the page of a serving simulation says', () => {
  test('first whether limits are kept, then what ran and the figures', () => {
    const { verdict: sentences, facts, tiles } = pageOf(configuration(2))
    expect(sentences).toEqual(['100.0 % of requests keep their limits (TTFT 100 ms, TPOT 40 ms).'])
    expect(facts).toContainEqual(['Instances', '1'])
    expect(facts!.find(([name]) => name === 'Traffic')![1]).toMatch(
      /^400 requests at [12]\.\d+\/s, 100 in, 20 out on average$/,
    )
    const labels = tiles!.map(({ label }) => label)
    expect(labels).toEqual(['TTFT, median', 'TPOT, median', 'E2E, median', 'Output', 'KV cache'])
  })

  test('that a deployment does not keep up, where the queue grows to the end of the arrivals', () => {
    const overloaded = pageOf(configuration(200)).verdict!.join(' ')
    expect(overloaded).toContain('More requests arrive than are served')
    expect(pageOf(configuration(10)).verdict!.join(' ')).not.toContain('More requests arrive')
  })

  test('of each group of instances what it is, and 100 % only where it is all', () => {
    const groups = `instances:
  - { role: prefill, count: 3, stepTime: { type: linear, perStepUs: 10000, perPrefillTokenUs: 100 } }
  - { role: decode, stepTime: { type: linear, perStepUs: 10000, perDecodeUs: 100 } }`
    expect(pageOf(configuration(2, groups)).facts).toContainEqual([
      'Instances',
      '3 prefill + 1 decode',
    ])
    const result = preparedOf(configuration(2)).run()
    const goodput = { ...result.report.goodput!, attainment: 0.9999 }
    const most = verdict({ ...result, report: { ...result.report, goodput } }, undefined)
    expect(most[0]).toMatch(/^99\.9 %/)
  })

  test('how many requests did not finish, and why', () => {
    const { verdict: sentences } = pageOf(configuration(200, 'timeoutS: 0.5'))
    expect(sentences!.join(' ')).toMatch(/\d+ requests timed out\./)
  })

  test('curves before tables', () => {
    const html = renderPage(pageOf(configuration(2)))
    expect(html.indexOf('class="verdict"')).toBeLessThan(html.indexOf('class="figures"'))
    expect(html.indexOf('<figure>')).toBeLessThan(html.indexOf('<table class'))
  })
})
