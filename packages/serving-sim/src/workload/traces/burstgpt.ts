// BurstGPT's traces (github.com/HPMLL/BurstGPT, releases 1.1 to 2.0): Timestamp in seconds, Request tokens, Response
// tokens, Model, Total tokens, Log Type; BurstGPT_3 also Session ID and Elapsed time. Model, type, session and elapsed
// time are not taken over: requests arrive when they did. A failed request has 0 response tokens; the files
// `without_fails` leave those out.
import { secondsField, tableFormat } from '../trace-format.js'

export const burstgpt = tableFormat({
  name: 'burstgpt',
  columns: ['Timestamp', 'Request tokens', 'Response tokens'],
  request: (table, row) => ({
    id: String(row),
    arrivalNs: secondsField(table, row, 'Timestamp'),
    inputTokens: table.tokens(row, 'Request tokens', 1),
    outputTokens: table.tokens(row, 'Response tokens', 0),
  }),
})
