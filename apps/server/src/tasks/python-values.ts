// The original service is written in Python; these are the forms in which its values reach clients.

/** Naive UTC time in ISO form with microseconds: `2026-11-22T00:08:58.593908`. */
export function isoMicros(unixMs: number): string {
  const whole = Math.floor(unixMs)
  const micros = Math.floor((unixMs - whole) * 1000)
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}`
}

/** Unix time in milliseconds, with microseconds as a fraction. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

/** A float as Python prints it: `0.5`, `30.0`. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** A truth value as FastAPI reads it from a query; undefined for anything else. */
export function readBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  if (['true', '1', 'on', 't', 'y', 'yes'].includes(lower)) return true
  if (['false', '0', 'off', 'f', 'n', 'no'].includes(lower)) return false
  return undefined
}
