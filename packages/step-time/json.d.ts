// Engine facts are validated when they are read; the compiler need not infer the type of each.
declare module '*.json' {
  const value: unknown
  export default value
}
