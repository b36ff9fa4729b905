// The simulator testbed's request_metrics.csv: arrival_time_ns, num_prefill_tokens, num_decode_tokens.
import { tableFormat } from '../trace-format.js'

export const testbed = tableFormat({
  name: 'testbed',
  columns: ['arrival_time_ns', 'num_prefill_tokens', 'num_decode_tokens'],
  request: (table, row) => ({
    id: table.text(row, 'request_id'),
    arrivalNs: table.integer(row, 'arrival_time_ns', 0),
    inputTokens: table.tokens(row, 'num_prefill_tokens', 1),
    outputTokens: table.tokens(row, 'num_decode_tokens', 0),
  }),
})
