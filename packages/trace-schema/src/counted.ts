/**
 * A count with its noun, in the singular for one: `1 kernel`, `2 kernels`, `0 kernels`.
 *
 * @param many - the plural, where it does not end in `s` alone
 */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
