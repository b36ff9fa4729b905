// Tables of requests: those that comparisons read (../../compare/recorded-formats.ts), with the times of each.
import { readRequests } from '../../compare/recorded-formats.js'
import { CsvTable } from '../../csv.js'
import type { MeasuredFormat } from '../measured-run.js'

export const requestTable: MeasuredFormat = {
  name: 'a table of requests (CSV)',
  read(text, source) {
    const [header = ''] = text.split('\n', 1)
    if (!header.includes(',') || /^\s*[[{]/.test(header)) return null
    const { requests, notes } = readRequests(CsvTable.parse(text, source))
    if (!requests.some(({ ok }) => ok)) return []
    return [
      {
        source,
        format: this.name,
        requests: requests.toSorted((a, b) => a.arrivalNs - b.arrivalNs),
        arrival: { process: 'recorded' },
        totals: null,
        summary: {},
        kvTokens: null,
        notes,
      },
    ]
  },
}
