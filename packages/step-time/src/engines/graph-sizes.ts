// Sizes of CUDA graphs as engine facts write them: `4`, or `8..256/8` for 8 to 256 in steps of 8.

/** One entry of a list of sizes. */
export const SIZES = /^(\d+)(?:\.\.(\d+)\/(\d+))?$/

/** All sizes of the entries, in their order. */
export function graphSizes(entries: readonly string[]): number[] {
  return entries.flatMap((entry) => {
    const [, first, last = first, step = '1'] = SIZES.exec(entry)!
    const sizes: number[] = []
    for (let size = Number(first); size <= Number(last); size += Number(step)) sizes.push(size)
    return sizes
  })
}
