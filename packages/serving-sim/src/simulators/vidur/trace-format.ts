// Vidur's replay traces: arrived_at in seconds, num_prefill_tokens, num_decode_tokens.
import { idField, secondsField, tableFormat } from '../../workload/trace-format.js'

export const vidurTrace = tableFormat({
  name: 'vidur',
  columns: ['arrived_at', 'num_prefill_tokens', 'num_decode_tokens'],
  request: (table, row) => ({
    id: idField(table, row, 'request_id'),
    arrivalNs: secondsField(table, row, 'arrived_at'),
    inputTokens: table.tokens(row, 'num_prefill_tokens', 1),
    outputTokens: table.tokens(row, 'num_decode_tokens', 0),
  }),
})
