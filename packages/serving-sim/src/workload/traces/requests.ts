// Our own requests.csv, as `flowsim serving run -o` writes it: id, arrival_ns, input_tokens, output_tokens.
import { tableFormat } from '../trace-format.js'

export const requests = tableFormat({
  name: 'requests',
  columns: ['arrival_ns', 'input_tokens', 'output_tokens'],
  request: (table, row) => ({
    id: table.text(row, 'id'),
    arrivalNs: table.integer(row, 'arrival_ns', 0),
    inputTokens: table.tokens(row, 'input_tokens', 1),
    outputTokens: table.tokens(row, 'output_tokens', 0),
  }),
})
