// Sizes of CUDA graphs as engine facts write them: `4`, or `8..256/8` for 8 to 256 in steps of 8.

/** One entry of a list of sizes. */
export const SIZES = /^([1-9]\d{0,5})(?:\.\.([1-9]\d{0,5})\/([1-9]\d{0,5}))?$/

/** Whether an entry begins where it ends or before. */
export function isRange(entry: string): boolean {
  const [, first, last = first] = SIZES.exec(entry)!
  return Number(first) <= Number(last)
}

/** All sizes of the entries, in their order. */
export function graphSizes(entries: readonly string[]): number[] {
  return entries.flatMap((entry) => {
    const [, first, last = first, step = '1'] = SIZES.exec(entry)!
    const sizes: number[] = []
    for (let size = Number(first); size <= Number(last); size += Number(step)) sizes.push(size)
    return sizes
  })
}
