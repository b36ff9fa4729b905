// Splitwise's traces: arrival_timestamp in seconds, prompt_size, token_size.
import { idField, secondsField, tableFormat } from '../trace-format.js'

export const splitwise = tableFormat({
  name: 'splitwise',
  columns: ['arrival_timestamp', 'prompt_size', 'token_size'],
  request: (table, row) => ({
    id: idField(table, row, 'request_id'),
    arrivalNs: secondsField(table, row, 'arrival_timestamp'),
    inputTokens: table.tokens(row, 'prompt_size', 1),
    outputTokens: table.tokens(row, 'token_size', 0),
  }),
})
