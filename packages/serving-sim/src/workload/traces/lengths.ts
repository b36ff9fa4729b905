// Lengths without times: num_prefill_tokens, num_decode_tokens.
import { tableFormat } from '../trace-format.js'

export const lengths = tableFormat({
  name: 'lengths',
  hasTimes: false,
  columns: ['num_prefill_tokens', 'num_decode_tokens'],
  request: (table, row) => ({
    id: String(row),
    arrivalNs: 0,
    inputTokens: table.tokens(row, 'num_prefill_tokens', 1),
    outputTokens: table.tokens(row, 'num_decode_tokens', 0),
  }),
})
