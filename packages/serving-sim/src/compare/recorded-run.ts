// A run that was recorded, request by request: what comparisons take from it, and the formats of its files.
import type { CsvTable } from '../csv.js'

/** One request of a recorded run. Times are nanoseconds, -1 for never. */
export interface RecordedRequest {
  id: string
  ok: boolean
  arrivalNs: number
  scheduledNs: number
  firstTokenNs: number
  finishedNs: number
  inputTokens: number
  /** Tokens asked for, and tokens that came. */
  wantedTokens: number
  tokens: number
}

/** A table of requests, and what to know of it. */
export interface RecordedTable {
  requests: RecordedRequest[]
  notes: readonly string[]
}

/** A format of the table of a run's requests. */
export interface RecordedRunFormat {
  /** Columns by which it is known; the format with most of them reads a table. */
  columns: readonly string[]
  /** What its words mean here, where that is not plain. */
  notes?: readonly string[]
  /** @throws ServingError `invalid_trace` with source and line */
  read(table: CsvTable): RecordedRequest[]
}
