// The original service is written in Python; these are the forms in which its values reach clients.

/** Naive UTC time in ISO form with microseconds: `2026-11-22T00:08:58.593908`. */
export function isoMicros(unixMs: number): string {
  const whole = Math.floor(unixMs)
  const micros = Math.floor((unixMs - whole) * 1000)
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}`
}

/** A float as Python prints it: `0.5`, `30.0`. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
