// Reads a recorded workload, whatever its format.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { ServingError } from '../errors.js'
import type { Trace, TraceFormat, TraceHead } from './trace-format.js'
import { TRACE_FORMATS } from './traces/index.js'

/** How {@link readTrace} reads. */
export interface ReadTraceOptions {
  /** Name of the input, for errors. */
  source: string
  /** Name of the format; left out, told by the contents. */
  format?: string | undefined
  /** Of texts, whose tokens are estimated. Default 4. */
  charactersPerToken?: number | undefined
}

/**
 * Reads a recorded workload; its requests are in order of arrival.
 * @throws ServingError `invalid_trace` with source and line
 */
export function readTrace(
  text: string,
  { source, format: name, charactersPerToken }: ReadTraceOptions,
): Trace {
  const format = name === undefined ? formatOf(text, source) : formatNamed(name, source)
  const requests = format.read(text, source, { charactersPerToken })
  if (format.hasTimes) fromEpoch(requests)
  requests.sort((a, b) => a.arrivalNs - b.arrivalNs)
  return { format: format.name, requests, hasTimes: format.hasTimes }
}

function formatNamed(name: string, source: string): TraceFormat {
  const format = TRACE_FORMATS.find((known) => known.name === name)
  if (format !== undefined) return format
  throw new ServingError('invalid_trace', `no format is named ${name}; known are ${names()}`, {
    source,
  })
}

function formatOf(text: string, source: string): TraceFormat {
  const head = headOf(text)
  let best: TraceFormat | undefined
  let surest = 0
  for (const format of TRACE_FORMATS) {
    const sureness = format.recognise(head)
    if (sureness <= surest) continue
    best = format
    surest = sureness
  }
  if (best !== undefined) return best
  const header = text.split('\n', 1)[0]!.trim().slice(0, 80)
  throw new ServingError(
    'invalid_trace',
    `no known trace has the header "${header}"; known are ${names()}`,
    { source, line: 1 },
  )
}

function headOf(text: string): TraceHead {
  const start = text.trimStart()[0]
  const head = text.slice(0, 4096)
  if (start === '{' || start === '[') return { columns: null, text: head }
  const header = text.split('\n', 1)[0]!.replace(/^\ufeff/, '')
  return { columns: new Set(header.split(',').map((name) => name.trim())), text: head }
}

const names = () => TRACE_FORMATS.map(({ name }) => name).join(', ')

/** Eleven days: no recording starts so late unless it counts from an epoch. */
const EPOCH_NS = 1e15

function fromEpoch(requests: WorkloadRequest[]): void {
  let first = Number.POSITIVE_INFINITY
  for (const { arrivalNs } of requests) first = Math.min(first, arrivalNs)
  if (!Number.isFinite(first) || first < EPOCH_NS) return
  for (const request of requests) {
    request.arrivalNs -= first
    if (request.deadlineNs !== undefined) request.deadlineNs -= first
  }
}
