import { expect, it } from 'vitest'
import type { LoadResult } from './generator.js'
import { requestMetricsCsv, tokenMetricsCsv } from './metrics-csv.js'

const result: LoadResult = {
  protocol: 'sglang',
  startedAtMs: 0,
  durationNs: 500,
  requests: [
    {
      id: '0',
      arrivalNs: 10,
      sentNs: 12,
      firstTokenNs: 100,
      finishedNs: 320,
      chunkNs: [100, 200, 300],
      chunkTokens: [1, 2, 4],
      requestedOutputTokens: 4,
      inputTokens: 7,
      cachedTokens: 3,
      outputTokens: 4,
      error: null,
    },
    {
      id: 'b',
      arrivalNs: 20,
      sentNs: 21,
      firstTokenNs: null,
      finishedNs: 30,
      chunkNs: [],
      chunkTokens: [],
      requestedOutputTokens: 4,
      inputTokens: null,
      cachedTokens: null,
      outputTokens: 0,
      error: { type: 'http_status', message: 'HTTP 500: a "b", c' },
    },
  ],
}

it('writes a row for each request', () => {
  expect(requestMetricsCsv(result)).toBe(
    [
      'request_id,arrival_time_ns,first_token_time_ns,ttft_ns,completion_time_ns,num_prefill_tokens,num_decode_tokens,num_decode_tokens_actual,status,backend,sent_time_ns,cached_tokens,error_type,error_msg',
      '0,10,100,90,320,7,4,4,ok,sglang,12,3,,',
      'b,20,,,30,,4,0,error,sglang,21,,http_status,"HTTP 500: a ""b"", c"',
      '',
    ].join('\n'),
  )
})

it('writes a row for each token; tokens of one chunk share its time', () => {
  expect([...tokenMetricsCsv(result)].join('')).toBe(
    [
      'request_id,token_index,token_time_ns,token_latency_ns',
      '0,0,100,0',
      '0,1,200,100',
      '0,2,300,100',
      '0,3,300,0',
      '',
    ].join('\n'),
  )
})
