import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { readCsv } from '../../../test/csv.js'
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
})
