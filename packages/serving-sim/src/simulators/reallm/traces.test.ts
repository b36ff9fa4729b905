import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { readCsv } from '../../../test/csv.js'
import { prepare } from '../../../test/prepare.js'
import { readTrace } from '../../workload/read-trace.js'
import { ReallmTraces } from './traces.js'

describeWithCorpus('workloads of ReaLLM', () => {
  test('ReaLLM samples its trace from its seed', () => {
    const csv = readFileSync(corpus('serving/azure/AzureLLMInferenceTrace_code.csv'), 'utf8')
    const azure = readTrace(csv, { source: 'code.csv' }).requests
    const lengths = {
      inputTokens: azure.map(({ inputTokens }) => inputTokens),
      outputTokens: azure.map(({ outputTokens }) => outputTokens),
    }
    const traces = new ReallmTraces(0)
    traces.next(lengths, 1)
    const second = traces.next(lengths, 2)
    const expected = readCsv(corpus('serving/reallm/trace_rr_code_2_head.csv'))
    for (const [i, row] of expected.entries()) {
      expect(second[i]).toEqual({
        id: Number(row.request_id),
        arrivalS: Number(row.arrival_timestamp),
        inputTokens: Number(row.prompt_size),
        outputTokens: Number(row.token_size),
      })
    }
  })

  test('a configuration with both tasks draws the second one after all rates of the first', () => {
    const lengthsOf = (name: string) => {
      const text = readFileSync(corpus(`serving/azure/${name}`), 'utf8')
      const { requests } = readTrace(text, { source: name })
      return {
        inputTokens: requests.map(({ inputTokens }) => inputTokens),
        outputTokens: requests.map(({ outputTokens }) => outputTokens),
      }
    }
    const [code, conv] = ['code', 'conv'].map((task) => `AzureLLMInferenceTrace_${task}.csv`)
    const cut = { maxRequests: 200, endTimeS: 20 }
    const traces = new ReallmTraces(0)
    traces.next(lengthsOf(code!), 1, cut)
    traces.next(lengthsOf(code!), 2, cut)
    traces.next(lengthsOf(conv!), 1, cut)
    const expected = traces.next(lengthsOf(conv!), 2, cut)
    const { requests } = prepare(
      `
engine: reallm
seed: 0
workload: { type: reallm, file: [${code}, ${conv}], rates: [1, 2], maxRequests: 200, endTimeS: 20 }
reallm: { model: llama-3.1-70b, method: { type: roofline } }
`,
      {
        source: 'run.yaml',
        readText: (path) => readFileSync(corpus(`serving/azure/${path}`), 'utf8'),
      },
    )
    expect(requests.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens])).toEqual(
      expected.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens]),
    )
  })
})
