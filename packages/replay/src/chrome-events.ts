// Events of the Chrome trace format, as Perfetto and chrome://tracing read them.
// Specification: "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
// Written: complete events (X), metadata (M), flows (s, f).

/** One event; times are microseconds with nanoseconds as fractions. */
export type ChromeEvent = Record<string, unknown> & { ph: string; name: string }

/** The lines of a file that Perfetto opens. */
export function* chromeTraceLines(events: Iterable<ChromeEvent>): Generator<string> {
  yield '{\n"traceEvents": [\n'
  let separator = ''
  for (const event of events) {
    yield `${separator}${JSON.stringify(event)}`
    separator = ',\n'
  }
  yield '\n],\n"displayTimeUnit": "ms"\n}\n'
}

/** Nanoseconds as microseconds with at most three decimals. */
export function microseconds(ns: number): number {
  return Math.round(ns) / 1000
}
