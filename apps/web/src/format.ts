// Numbers as the page writes them.

/** Nanoseconds in the unit that reads best; a dash for what is not known. */
export function time(ns: number | null): string {
  if (ns === null) return '–'
  const size = Math.abs(ns)
  if (size >= 1e9) return `${(ns / 1e9).toFixed(2)} s`
  if (size >= 1e6) return `${(ns / 1e6).toFixed(2)} ms`
  return `${(ns / 1e3).toFixed(1)} µs`
}

/** A fraction in per cent. */
export function percent(share: number): string {
  const value = 100 * share
  return `${value.toFixed(Math.abs(value) < 10 && value !== 0 ? 1 : 0)} %`
}

/** A change in per cent, with its sign. */
export function change(after: number | null, before: number | null): string {
  if (after === null || before === null || before === 0) return '–'
  const share = after / before - 1
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`
}

/** Bytes in the unit that reads best. */
export function bytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`
  return `${Math.ceil(count / 1e3)} kB`
}

/** `data_movement` as words. */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}
