// Azure's LLM inference traces of 2023 and 2024: TIMESTAMP,ContextTokens,GeneratedTokens; times in UTC, to 100 ns or with
// an offset of +00:00 to 1 us. The multimodal one of 2025 has NumImages besides; its context counts those tokens too.
import type { CsvTable } from '../../csv.js'
import { tableFormat } from '../trace-format.js'

export const azure = tableFormat({
  name: 'azure',
  columns: ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'],
  request: (table, row) => ({
    id: String(row),
    arrivalNs: sinceFirstDayNs(table, row) - sinceFirstDayNs(table, 0),
    inputTokens: table.tokens(row, 'ContextTokens', 1),
    outputTokens: table.tokens(row, 'GeneratedTokens', 0),
  }),
})

const TIME = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:\+00:00|Z)?$/

/** Nanoseconds since the first day of the trace: since 1970 they would not fit a double. */
function sinceFirstDayNs(table: CsvTable, row: number): number {
  const { day, second, fractionNs } = timeOf(table, row)
  return (day - timeOf(table, 0).day) * 1e6 + second * 1e9 + fractionNs
}

/** `2023-11-16 18:17:03.9799600`: milliseconds of the day, seconds and nanoseconds in it. */
function timeOf(table: CsvTable, row: number) {
  const text = table.text(row, 'TIMESTAMP')
  const match = TIME.exec(text.trim())
  if (match === null) {
    table.fail(row, `TIMESTAMP is "${text}"; expected 2023-11-16 18:17:03.9799600`)
  }
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return {
    day: Date.UTC(year, month - 1, day),
    second: hour * 3600 + minute * 60 + second,
    fractionNs: Number((match[7] ?? '').padEnd(9, '0')),
  }
}
