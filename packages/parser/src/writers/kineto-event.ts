// Chrome trace events as objects, and their times as text.

/** An event as it is written. */
export type ChromeEvent = Record<string, unknown>

/** Microseconds with three decimals, from nanoseconds. */
export function microseconds(ns: number): string {
  const sign = ns < 0 ? '-' : ''
  const whole = Math.abs(Math.round(ns))
  return `${sign}${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, '0')}`
}

/** A complete event. */
export function slice(
  cat: string,
  name: string,
  pid: number | string,
  tid: number | string,
  startNs: number,
  durationNs: number,
  args: Record<string, unknown> = {},
): ChromeEvent {
  return {
    ph: 'X',
    cat,
    name,
    pid,
    tid,
    ts: microseconds(startNs),
    dur: microseconds(durationNs),
    args,
  }
}

/** The start or end of a flow from a launch to its kernel. */
export function flow(
  ph: string,
  id: number,
  pid: number | string,
  tid: number | string,
  startNs: number,
): ChromeEvent {
  return { ph, id, pid, tid, ts: microseconds(startNs), cat: 'ac2g', name: 'ac2g' }
}
