// Ticks of logarithmic axes: the powers of ten.

/** Powers of ten inside of a domain. */
export function powers([low, high]: readonly [number, number]): number[] {
  const list: number[] = []
  for (let e = Math.ceil(Math.log10(low) - 1e-9); e <= Math.log10(high) + 1e-9; e++)
    list.push(10 ** e)
  return list
}

/** A power of ten without an exponent. */
export function powerLabel(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 })
}
