// The formats of recorded runs. Those that a simulator writes come with it.
//
//   testbed  request_id,arrival_time_ns,first_token_time_ns,ttft_ns,completion_time_ns,num_prefill_tokens,
//            num_decode_tokens,num_decode_tokens_actual,status; what is not `ok` counts, but has no latencies
//   ours     requests.csv of `flowsim serving run -o`
//   engine   id,arrival_ns,queued_ns,scheduled_ns,first_token_ns,finished_ns,input_tokens,output_tokens, by the clock
//            of the engine's own process
import type { CsvTable } from '../csv.js'
import { SIMULATORS } from '../simulators/index.js'
import type { RecordedRequest, RecordedRunFormat, RecordedTable } from './recorded-run.js'

const testbed: RecordedRunFormat = {
  columns: [],
  read: (table) => rowsOf(table).map((row) => testbedRequest(table, row)),
}

const ours: RecordedRunFormat = {
  columns: ['arrival_ns', 'state'],
  read: (table) => rowsOf(table).map((row) => ownRequest(table, row)),
}

const engine: RecordedRunFormat = {
  columns: ['arrival_ns', 'queued_ns'],
  read: (table) => rowsOf(table).map((row) => ownRequest(table, row)),
}

/** LLMServingSim's table, in nanoseconds, in the order in which requests finish. */
const llmServingSim: RecordedRunFormat = {
  columns: ['request id', 'end_time', 'queuing_delay', 'TTFT'],
  notes: ['its TTFT ends with the computation of the first token, before it is sent'],
  read: (table) =>
    rowsOf(table).map((row) => {
      const ns = (column: string) => table.number(row, column)
      const arrivalNs = ns('arrival')
      const tokens = table.integer(row, 'output', 0)
      return {
        id: table.text(row, 'request id'),
        ok: ns('end_time') >= arrivalNs,
        arrivalNs,
        scheduledNs: arrivalNs + ns('queuing_delay'),
        firstTokenNs: arrivalNs + ns('TTFT'),
        finishedNs: ns('end_time'),
        inputTokens: table.integer(row, 'input', 0),
        wantedTokens: tokens,
        tokens,
      }
    }),
}

const RECORDED_RUNS: readonly RecordedRunFormat[] = [
  testbed,
  ours,
  engine,
  llmServingSim,
  ...SIMULATORS.flatMap(({ recordedRuns }) => recordedRuns),
]

/** The requests of a table, by the format that knows most of its columns. */
export function readRequests(table: CsvTable): RecordedTable {
  let best = testbed
  for (const format of RECORDED_RUNS) {
    if (format.columns.length > best.columns.length && table.has(...format.columns)) best = format
  }
  return { requests: best.read(table), notes: best.notes ?? [] }
}

const rowsOf = (table: CsvTable) => Array.from({ length: table.length }, (_, row) => row)

function testbedRequest(table: CsvTable, row: number): RecordedRequest {
  const ok = !table.has('status') || table.text(row, 'status') === 'ok'
  const wantedTokens = table.tokens(row, 'num_decode_tokens', 0)
  const actual = table.has('num_decode_tokens_actual')
  return {
    id: table.text(row, 'request_id'),
    ok,
    arrivalNs: table.integer(row, 'arrival_time_ns', 0),
    scheduledNs: -1,
    firstTokenNs: ok ? table.integer(row, 'first_token_time_ns', 0) : -1,
    finishedNs: ok ? table.integer(row, 'completion_time_ns', 0) : -1,
    inputTokens: table.tokens(row, 'num_prefill_tokens', 0),
    wantedTokens,
    tokens: actual ? table.tokens(row, 'num_decode_tokens_actual', 0) : wantedTokens,
  }
}

function ownRequest(table: CsvTable, row: number): RecordedRequest {
  const time = (column: string) => {
    const value = table.number(row, column)
    return Number.isNaN(value) ? -1 : value
  }
  const ended = table.has('state') ? table.text(row, 'state') : ''
  const state = ended === '' && time('finished_ns') >= 0 ? 'completed' : ended
  const tokens = table.tokens(row, 'output_tokens', 0)
  return {
    id: table.text(row, 'id'),
    ok: state === 'completed' || state === 'length_capped',
    arrivalNs: table.integer(row, 'arrival_ns', 0),
    scheduledNs: time('scheduled_ns'),
    firstTokenNs: time('first_token_ns'),
    finishedNs: time('finished_ns'),
    inputTokens: table.tokens(row, 'input_tokens', 0),
    wantedTokens: tokens,
    tokens,
  }
}
