// Tables of aiconfigurator (best_config_topn.csv, pareto.csv): an estimate a configuration, in milliseconds, of no
// request in particular.
import { CsvTable } from '../../csv.js'
import type { MeasuredFormat, MeasuredLatency } from '../measured-run.js'

export const aiconfigurator: MeasuredFormat = {
  name: 'estimates of aiconfigurator (CSV)',
  read(text, source) {
    const [header = ''] = text.split('\n', 1)
    if (!/\bisl\b/.test(header) || !/\btpot\b/.test(header)) return null
    const table = CsvTable.parse(text, source)
    if (!table.has('isl', 'osl', 'ttft', 'tpot')) return null
    return Array.from({ length: table.length }, (_, row) => {
      const latency = (column: string): MeasuredLatency => {
        const ms = table.has(column) ? table.number(row, column) : Number.NaN
        return { meanS: Number.isNaN(ms) ? null : ms / 1e3, medianS: null }
      }
      const users = table.has('concurrency') ? table.number(row, 'concurrency') : Number.NaN
      return {
        source: table.length > 1 ? `${source}, row ${row + 1}` : source,
        format: this.name,
        requests: [],
        arrival: users >= 1 ? { process: 'users', users } : { process: 'unknown' },
        totals: null,
        summary: {
          ttft: latency('ttft'),
          tpot: latency('tpot'),
          e2e: latency('request_latency'),
        },
        kvTokens: null,
        notes: ['each of its times is one estimate for all requests, compared with means'],
      }
    })
  },
}
