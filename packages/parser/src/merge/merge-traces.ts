// Traces of several ranks as one file that Perfetto and chrome://tracing open.
//
// Each rank's processes get their own numbers and names, flows and correlations numbers that do not
// meet those of other ranks, and times one common base, so that ranks stand one below the other in
// order. Events are rewritten one by one: memory does not grow with the files.

import { Repairs } from '../repairs.js'
import { EventScanner } from '../scan/event-scanner.js'
import { parseLenientJson } from '../scan/lenient-json.js'
import { Interest, type ScanSink } from '../scan/scanned-event.js'

/** A trace to merge. It is read twice: for its header, then for its events. */
export interface MergeInput {
  /** Name for messages, such as the file's. */
  source: string
  rank: number
  /** The uncompressed text, from its start. */
  open: () => AsyncIterable<Uint8Array>
}

/** Numbers of one rank's processes, flows and correlations lie within one such span. */
const PID_SPAN = 1_000_000
const ID_SPAN = 10_000_000_000

/** Members whose numbers tie events together. */
const LINKING_ARGS = [
  'correlation',
  'External id',
  'external id',
  'wait_on_cuda_event_record_corr_id',
]

type Json = Record<string, unknown>

/**
 * The text of one trace file out of those of several ranks, in pieces.
 * @param inputs - one for each rank, in the order in which they are to be shown
 * @throws TraceParseError when an input is empty, no trace, or cut off
 */
export async function* mergeTraces(inputs: readonly MergeInput[]): AsyncGenerator<string> {
  const headers: Map<string, string>[] = []
  for (const input of inputs) headers.push(await readHeaders(input))
  const bases = headers.map((header) => baseTimeNs(header))
  const [common = 0n] = [...bases].sort((a, b) => (a < b ? -1 : 1))
  yield `${headerText(headers, inputs)}\n  "traceEvents": [`
  let separator = '\n  '
  for (const [i, input] of inputs.entries()) {
    const rewrite = new Rewriter(input.rank, i, Number(bases[i]! - common))
    for await (const event of rewrittenEvents(input, rewrite)) {
      yield `${separator}${event}`
      separator = ',\n  '
    }
    for (const event of rewrite.processNames()) yield `${separator}${JSON.stringify(event)}`
  }
  yield `\n  ],\n  "displayTimeUnit": "ms",\n  "baseTimeNanoseconds": ${common}\n}\n`
}

async function readHeaders({ source, open }: MergeInput): Promise<Map<string, string>> {
  const headers = new Map<string, string>()
  const sink: ScanSink = {
    interest: () => Interest.None,
    event: () => {},
    header: (key, json) => headers.set(key, json),
  }
  const scanner = new EventScanner(source, sink, new Repairs())
  for await (const chunk of open()) scanner.push(chunk)
  scanner.end(false)
  return headers
}

function baseTimeNs(header: ReadonlyMap<string, string>): bigint {
  const text = header.get('baseTimeNanoseconds')?.trim() ?? ''
  return /^\d{1,19}$/.test(text) ? BigInt(text) : 0n
}

/** Devices of all ranks, and the job without a rank. */
function headerText(
  headers: readonly Map<string, string>[],
  inputs: readonly MergeInput[],
): string {
  const read = (header: Map<string, string>, key: string) =>
    parseLenientJson(header.get(key) ?? 'null')
  const job = headers[0] === undefined ? null : (read(headers[0], 'distributedInfo') as Json | null)
  const { rank: _, ...shared } = job ?? {}
  const document = {
    schemaVersion: 1,
    mergedRanks: inputs.map(({ rank }) => rank),
    mergedFrom: inputs.map(({ source }) => source),
    deviceProperties: headers.flatMap((header) => {
      const devices = read(header, 'deviceProperties')
      return Array.isArray(devices) ? devices : []
    }),
    ...(job === null ? {} : { distributedInfo: shared }),
  }
  return JSON.stringify(document, null, 2).replace(/\n\}$/, ',')
}

async function* rewrittenEvents(
  { source, open }: MergeInput,
  rewrite: Rewriter,
): AsyncGenerator<string> {
  const ready: string[] = []
  const decoder = new TextDecoder()
  const sink: ScanSink = {
    everything: true,
    interest: () => Interest.All,
    event: (scanner) => {
      const text = decoder.decode(scanner.buf.subarray(scanner.start, scanner.stop))
      const event = parseLenientJson(text)
      if (typeof event === 'object' && event !== null)
        ready.push(rewrite.event(event as Json, text))
    },
    header: () => {},
  }
  const scanner = new EventScanner(source, sink, new Repairs())
  for await (const chunk of open()) {
    scanner.push(chunk)
    yield* ready.splice(0)
  }
  scanner.end(false)
  yield* ready.splice(0)
}

/** Gives the events of one rank their new numbers and times. */
class Rewriter {
  readonly #pids = new Map<number, number>()
  readonly #named = new Set<number>()

  constructor(
    private readonly rank: number,
    private readonly place: number,
    private readonly shiftNs: number,
  ) {}

  event(event: Json, text: string): string {
    const { pid } = event
    if (typeof pid === 'number') event.pid = this.#pid(pid)
    else if (typeof pid === 'string' && pid !== '') event.pid = `${pid} (rank ${this.rank})`
    if (typeof event.id === 'number') event.id += this.place * ID_SPAN
    const { args } = event
    if (typeof args === 'object' && args !== null) this.#args(event, args as Json, pid)
    return this.#withTime(event, text)
  }

  /** Names and order for processes that the trace itself did not name. */
  *processNames(): Generator<Json> {
    for (const [old, pid] of this.#pids) {
      if (this.#named.has(pid)) continue
      yield {
        name: 'process_name',
        ph: 'M',
        pid,
        tid: 0,
        args: { name: `rank ${this.rank}: ${old}` },
      }
    }
    for (const pid of this.#pids.values()) {
      yield { name: 'process_sort_index', ph: 'M', pid, tid: 0, args: { sort_index: pid } }
    }
  }

  #pid(old: number): number {
    let pid = this.#pids.get(old)
    if (pid === undefined) {
      // Small numbers are devices; they stay below the host's processes of their rank.
      pid = this.place * PID_SPAN + (old >= 0 && old < 1000 ? old + 1000 : this.#pids.size)
      this.#pids.set(old, pid)
    }
    return pid
  }

  #args(event: Json, args: Json, oldPid: unknown): void {
    if (event.ph === 'M' && event.name === 'process_name') {
      args.name = `rank ${this.rank}: ${String(args.name)}`
      if (typeof oldPid === 'number') this.#named.add(this.#pid(oldPid))
    } else if (event.ph === 'M' && event.name === 'process_sort_index') {
      args.sort_index = typeof event.pid === 'number' ? event.pid : this.place * PID_SPAN
    }
    for (const key of LINKING_ARGS) {
      if (typeof args[key] === 'number') args[key] = args[key] + this.place * ID_SPAN
    }
  }

  /** The event's text with its time moved, digit by digit: a double does not hold every time. */
  #withTime(event: Json, text: string): string {
    const digits = /"ts"\s*:\s*(-?\d+)(?:\.(\d{1,3}))?/.exec(text)
    const json = JSON.stringify(event)
    if (digits === null) return json
    const ns = BigInt(digits[1]!) * 1000n + BigInt((digits[2] ?? '').padEnd(3, '0'))
    const moved = ns + BigInt(this.shiftNs)
    const us = `${moved / 1000n}.${String(moved % 1000n).padStart(3, '0')}`
    return json.replace(/"ts":[-\d.eE+]+/, `"ts":${us}`)
  }
}
