// A count of parameters as people say it.

/** Such as `8.03 B`. */
export function billions(count: number): string {
  return `${(count / 1e9).toPrecision(3)} B`
}
