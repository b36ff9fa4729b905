// Numbers as the page writes them.

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Digits grouped by thousands. */
export function count(value: number): string {
  return grouped.format(value)
}

/** By digits: making one costs more than a thousand numbers. */
const fixedFormats: (Intl.NumberFormat | undefined)[] = []

/** A fixed number of decimals, digits grouped. */
export function fixed(value: number, digits: number): string {
  let format = fixedFormats[digits]
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    })
    fixedFormats[digits] = format
  }
  return format.format(value)
}

/** A time in the unit that fits: `12.3 µs`. */
export function time(ns: number): string {
  const size = Math.abs(ns)
  if (size >= 1e9) return `${significant(ns / 1e9)} s`
  if (size >= 1e6) return `${significant(ns / 1e6)} ms`
  if (size >= 1e3) return `${significant(ns / 1e3)} µs`
  return `${Math.round(ns)} ns`
}

/** Milliseconds with the digits that a table needs. */
export function ms(ns: number): string {
  return fixed(ns / 1e6, ns >= 1e8 ? 1 : ns >= 1e6 ? 2 : 3)
}

/** A share as per cent. */
export function percent(share: number, digits = 1): string {
  if (!Number.isFinite(share)) return '–'
  if (share > 0 && share < 0.00005) return '< 0.01 %'
  return `${fixed(share * 100, share !== 0 && Math.abs(share) < 0.001 ? 2 : digits)} %`
}

/** A signed change as per cent. */
export function signed(share: number, digits = 1): string {
  if (!Number.isFinite(share)) return '–'
  const body = percent(Math.abs(share), digits)
  return `${share < 0 ? '−' : '+'}${body}`
}

const PREFIXES: [number, string][] = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
]

/** A rate or amount with an SI prefix: `1.2 TFLOP/s` for the unit `FLOP/s`. */
export function si(value: number, unit: string): string {
  const [scale, prefix] = PREFIXES.find(([size]) => Math.abs(value) >= size) ?? [1, '']
  return `${significant(value / scale).replace(/\.0+$/, '')} ${prefix}${unit}`
}

/** Three significant digits, without exponent. */
export function significant(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return fixed(value, Math.min(digits, 6))
}
