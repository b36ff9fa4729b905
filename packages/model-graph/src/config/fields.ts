// Typed reading of a parsed config.json: the first of several names that is there, or an error that
// names the field.
import { z } from 'zod'
import { ModelGraphError } from '../errors.js'

const object = z.record(z.string(), z.unknown())
const width = z
  .int()
  .positive()
  .max(2 ** 31)

/** A JSON object with its place in the input. */
export class Fields {
  readonly #values: Record<string, unknown>

  constructor(
    values: unknown,
    /** Name of the input, for messages. */
    readonly source: string,
    /** Path of this object in the input. */
    readonly path = '',
  ) {
    const parsed = object.safeParse(values)
    if (!parsed.success) {
      throw new ModelGraphError(
        'invalid_config',
        `${source}: ${path === '' ? 'the file' : path}: expected a JSON object, as in the config.json of a model`,
        { source, path },
      )
    }
    this.#values = parsed.data
  }

  /** The name among `names` that has a value, if any. */
  find(...names: string[]): string | undefined {
    return names.find((name) => this.#values[name] !== undefined && this.#values[name] !== null)
  }

  has(...names: string[]): boolean {
    return this.find(...names) !== undefined
  }

  /** The value as it stands; undefined for null. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined
  }

  /** A positive integer. */
  size(...names: string[]): number {
    const found = this.optionalSize(...names)
    if (found === undefined)
      throw this.fault(names[0]!, 'is missing; a positive integer belongs here')
    return found
  }

  /** A positive integer, or undefined where no name has a value. */
  optionalSize(...names: string[]): number | undefined {
    const name = this.find(...names)
    if (name === undefined) return undefined
    const parsed = width.safeParse(this.#values[name])
    if (!parsed.success) {
      throw this.fault(name, `is ${show(this.#values[name])}; a positive integer belongs here`)
    }
    return parsed.data
  }

  /** An integer from 0 up. */
  count(name: string, fallback: number): number {
    return this.raw(name) === 0 ? 0 : (this.optionalSize(name) ?? fallback)
  }

  /** A fraction of 1. */
  fraction(fallback: number, ...names: string[]): number {
    const name = this.find(...names)
    if (name === undefined) return fallback
    const value = this.#values[name]
    if (typeof value === 'number' && value > 0 && value <= 1) return value
    throw this.fault(name, `is ${show(value)}; a number above 0 and up to 1 belongs here`)
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.raw(name)
    if (value === undefined) return fallback
    if (typeof value === 'boolean') return value
    throw this.fault(name, `is ${show(value)}; true or false belongs here`)
  }

  text(...names: string[]): string | undefined {
    const name = this.find(...names)
    const value = name === undefined ? undefined : this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** A list with one entry for each layer. */
  list(name: string, layers: number): unknown[] | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value)) throw this.fault(name, `is ${show(value)}; a list belongs here`)
    if (value.length < layers) {
      throw this.fault(name, `has ${value.length} entries for ${layers} layers`)
    }
    return value
  }

  object(name: string): Fields | undefined {
    const value = this.raw(name)
    return value === undefined ? undefined : new Fields(value, this.source, this.at(name))
  }

  /** A copy in which `other`'s values win. */
  merged(other: Fields): Fields {
    return new Fields({ ...this.#values, ...other.#values }, this.source, other.path)
  }

  keys(): string[] {
    return Object.keys(this.#values)
  }

  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  fault(
    name: string,
    problem: string,
    code: 'invalid_config' | 'unknown_architecture' | 'unknown_quantization' = 'invalid_config',
  ): ModelGraphError {
    const field = this.at(name)
    return new ModelGraphError(code, `${this.source}: ${field}: ${problem}`, {
      source: this.source,
      path: field,
    })
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
