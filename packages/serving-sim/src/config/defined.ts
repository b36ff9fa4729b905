/** Fields without those that are undefined, for types that tell absent from undefined. */
export function defined<T extends object>(source: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(source)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, isPlain(value) ? defined(value) : value]),
  ) as Defined<T>
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A type whose optional fields are absent rather than undefined, at every depth. */
export type Defined<T> = T extends readonly unknown[]
  ? { [Index in keyof T]: Defined<T[Index]> }
  : T extends object
    ? { [Key in keyof T]: Defined<Exclude<T[Key], undefined>> }
    : T
