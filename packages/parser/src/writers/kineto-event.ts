// Chrome trace events as text. Members are written one by one: making an object of each event and its text of
// that took three times as long (docs/performance.md).

/** Microseconds with three decimals, from nanoseconds, so that no nanosecond is lost. */
export function microseconds(ns: number): string {
  const sign = ns < 0 ? '-' : ''
  const whole = Math.abs(Math.round(ns))
  const rest = whole % 1000
  const zeros = rest < 10 ? '00' : rest < 100 ? '0' : ''
  return `${sign}${Math.floor(whole / 1000)}.${zeros}${rest}`
}

/** The texts of the names that were written last, which come over and over. */
const quotedNames = new Map<string, string>()
const MOST_NAMES = 10_000

function quoted(name: string): string {
  let text = quotedNames.get(name)
  if (text === undefined) {
    if (quotedNames.size === MOST_NAMES) quotedNames.clear()
    text = JSON.stringify(name)
    quotedNames.set(name, text)
  }
  return text
}

/** The members of an object, without its braces; those that are undefined are left out. */
export function membersOf(object: object): string {
  return JSON.stringify(object).slice(1, -1)
}

/** A complete event. `args` are its members as {@link membersOf} writes them. */
export function slice(
  cat: string,
  name: string,
  pid: number | string,
  tid: number | string,
  startNs: number,
  durationNs: number,
  args = '',
): string {
  return `{"ph":"X","cat":"${cat}","name":${quoted(name)},"pid":${id(pid)},"tid":${id(tid)},"ts":${microseconds(startNs)},"dur":${microseconds(durationNs)},"args":{${args}}}`
}

/** The start or end of a flow from a launch to its kernel. `more` are further members, after a comma. */
export function flow(
  ph: string,
  number: number,
  pid: number | string,
  tid: number | string,
  startNs: number,
  more = '',
): string {
  return `{"ph":"${ph}","id":${number},"pid":${id(pid)},"tid":${id(tid)},"ts":${microseconds(startNs)},"cat":"ac2g","name":"ac2g"${more}}`
}

function id(value: number | string): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}
