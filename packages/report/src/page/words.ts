// Numbers as pages of results write them.

/** Nanoseconds in the unit that reads best. */
export function time(ns: number | null): string {
  if (ns === null) return '–'
  const size = Math.abs(ns)
  if (size >= 1e9) return `${(ns / 1e9).toFixed(3)}\u00a0s`
  if (size >= 1e6) return `${(ns / 1e6).toFixed(2)}\u00a0ms`
  if (size >= 1e3) return `${(ns / 1e3).toFixed(1)}\u00a0µs`
  return `${Math.round(ns)}\u00a0ns`
}

/** A fraction in per cent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}\u00a0%`
}

/** A time with its sign. */
export function signedTime(ns: number): string {
  return `${ns < 0 ? '−' : '+'}${time(Math.abs(ns))}`
}

/** From before to after in per cent, with its sign; a dash from nothing. */
export function change(before: number | null, after: number | null): string {
  if (before === null || after === null || before === 0) return '–'
  const share = after / before - 1
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`
}
