// Small traces for tests: events with the members that matter.

/** An event as it stands in a trace file. */
export type MadeEvent = Record<string, unknown>

/** A complete event on a host thread. */
export function host(
  cat: string,
  name: string,
  ts: number | string,
  dur: number | string,
  args: MadeEvent = {},
  tid: number | string = 1,
): MadeEvent {
  return { ph: 'X', cat, name, pid: 100, tid, ts, dur, args }
}

/** A kernel on a stream. */
export function kernel(
  name: string,
  ts: number | string,
  dur: number | string,
  args: MadeEvent = {},
): MadeEvent {
  return {
    ph: 'X',
    cat: 'kernel',
    name,
    pid: 0,
    tid: 7,
    ts,
    dur,
    args: { device: 0, stream: 7, ...args },
  }
}

/** A trace as text: Kineto's layout, or with `minified` none. */
export function traceText(
  events: readonly MadeEvent[],
  header: MadeEvent = {},
  layout: 'kineto' | 'minified' = 'kineto',
): string {
  const document = { schemaVersion: 1, ...header, traceEvents: events }
  return layout === 'minified' ? JSON.stringify(document) : JSON.stringify(document, null, 2)
}

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The bytes in chunks of the sizes given, the last one again and again. */
export function* inChunks(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)]!
    yield bytes.slice(at, at + size)
    at += size
  }
}
