// Vidur's request_metrics.csv as a recorded run: it gives delays in seconds instead of times, and arrivals add
// up in the order of ids.
import type { RecordedRunFormat } from '../../compare/recorded-run.js'

export const vidurRun: RecordedRunFormat = {
  columns: ['request_e2e_time', 'request_inter_arrival_delay', 'request_scheduling_delay'],
  read(table) {
    const rows = Array.from({ length: table.length }, (_, row) => row)
    rows.sort((a, b) => table.number(a, 'Request Id') - table.number(b, 'Request Id'))
    let arrivalS = 0
    return rows.map((row) => {
      const seconds = (column: string) => table.number(row, column)
      const gapS = seconds('request_inter_arrival_delay')
      arrivalS += Number.isNaN(gapS) ? 0 : gapS
      const arrivalNs = arrivalS * 1e9
      const tokens = table.tokens(row, 'request_num_decode_tokens', 0)
      return {
        id: table.text(row, 'Request Id'),
        ok: true,
        arrivalNs,
        scheduledNs: arrivalNs + seconds('request_scheduling_delay') * 1e9,
        firstTokenNs: arrivalNs + seconds('prefill_e2e_time') * 1e9,
        finishedNs: arrivalNs + seconds('request_e2e_time') * 1e9,
        inputTokens: table.tokens(row, 'request_num_prefill_tokens', 0),
        wantedTokens: tokens,
        tokens,
      }
    })
  },
}
