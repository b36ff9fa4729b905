// Names of kernels for people: what the compiler wrote, without its types.

/** A kernel's name without return type, template arguments and parameters. */
export function shortKernelName(name: string): string {
  const bare = name.replace(/^void /, '').replace(/\(anonymous namespace\)::/g, '')
  const end = bare.search(/[<(]/)
  const head = end > 0 ? bare.slice(0, end) : bare
  return head.replace(/^.*::(?=[^:]+$)/, '').trim() || name
}
