// Typed reading of a parsed config.json: the first of several names that is there, else the default of
// the family's published configuration class, else an error that names the field.
import { z } from 'zod'
import { ModelGraphError, type ModelGraphErrorCode } from '../errors.js'

const object = z.record(z.string(), z.unknown())
const width = z
  .int()
  .positive()
  .max(2 ** 31)

/** A JSON object with its place in the input. */
export class Fields {
  readonly #values: Record<string, unknown>
  #defaults: Readonly<Record<string, unknown>> = {}
  #defaultsOf = ''
  #assumed = new Set<string>()

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

  /**
   * A copy in which fields that the file leaves out have these values.
   * @param of - what has them, in words
   */
  withDefaults(defaults: Readonly<Record<string, unknown>>, of: string): Fields {
    const copy = new Fields(this.#values, this.source, this.path)
    copy.#defaults = defaults
    copy.#defaultsOf = of
    return copy
  }

  /** Fields that were asked for and had a default's value, in words. */
  get assumed(): string[] {
    return [...this.#assumed]
  }

  /** Notes something that is not stated, in words. */
  assume(what: string): void {
    this.#assumed.add(what)
  }

  /** The name among `names` that has a value, in the file before the defaults, if any. */
  find(...names: string[]): string | undefined {
    const stated = names.find((name) => isThere(this.#values, name))
    // A field that is null is stated to have no value.
    if (stated !== undefined || names.some((name) => Object.hasOwn(this.#values, name))) {
      return stated
    }
    return names.find((name) => isThere(this.#defaults, name))
  }

  has(...names: string[]): boolean {
    return this.find(...names) !== undefined
  }

  /** Whether the file itself has one of the fields. */
  states(...names: string[]): boolean {
    return names.some((name) => isThere(this.#values, name))
  }

  /** The value as it stands; undefined for null. */
  raw(name: string): unknown {
    if (Object.hasOwn(this.#values, name)) return this.#values[name] ?? undefined
    if (!isThere(this.#defaults, name)) return undefined
    const value = this.#defaults[name]
    if (typeof value === 'number' || Array.isArray(value)) {
      this.#assumed.add(`${this.at(name)} is ${show(value)}, the default of ${this.#defaultsOf}`)
    }
    return value
  }

  /** A positive integer. */
  size(...names: string[]): number {
    const found = this.optionalSize(...names)
    if (found === undefined) {
      throw this.fault(names[0]!, 'is missing; a positive integer belongs here')
    }
    return found
  }

  /** A positive integer, or undefined where no name has a value. */
  optionalSize(...names: string[]): number | undefined {
    const name = this.find(...names)
    return name === undefined ? undefined : this.#asSize(name, this.raw(name))
  }

  /** A positive integer of a layer: one for all, or an entry of a list. */
  optionalSizeAt(layer: number, ...names: string[]): number | undefined {
    const name = this.find(...names)
    if (name === undefined) return undefined
    const value = this.raw(name)
    if (!Array.isArray(value)) return this.#asSize(name, value)
    if (value.length <= layer) {
      throw this.fault(name, `has ${value.length} entries, but there is a layer ${layer}`)
    }
    return this.#asSize(`${name}[${layer}]`, value[layer])
  }

  #asSize(name: string, value: unknown): number {
    const parsed = width.safeParse(value)
    if (parsed.success) return parsed.data
    throw this.fault(name, `is ${show(value)}; a positive integer belongs here`)
  }

  /** An integer from 0 up. */
  count(fallback: number, ...names: string[]): number {
    const name = this.find(...names)
    if (name === undefined) return fallback
    const value = this.raw(name)
    return value === 0 ? 0 : this.#asSize(name, value)
  }

  /** A fraction of 1. */
  fraction(fallback: number, ...names: string[]): number {
    const name = this.find(...names)
    if (name === undefined) return fallback
    const value = this.raw(name)
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
    const value = name === undefined ? undefined : this.raw(name)
    return typeof value === 'string' ? value : undefined
  }

  /** A list with one entry for each layer, or more. */
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

  /** An object inside of this one, such as an entry of a list. */
  nested(value: unknown, path: string): Fields {
    return new Fields(value, this.source, this.at(path))
  }

  /** A copy in which `other`'s values win. */
  merged(other: Fields): Fields {
    return new Fields({ ...this.#values, ...other.#values }, this.source, other.path)
  }

  /** What the file states. */
  get values(): Readonly<Record<string, unknown>> {
    return this.#values
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
    code: ModelGraphErrorCode = 'invalid_config',
  ): ModelGraphError {
    const field = this.at(name)
    return new ModelGraphError(code, `${this.source}: ${field}: ${problem}`, {
      source: this.source,
      path: field,
    })
  }
}

function isThere(values: Readonly<Record<string, unknown>>, name: string): boolean {
  if (!Object.hasOwn(values, name)) return false
  const value = values[name]
  // Sizes that are "auto" follow from others.
  return value !== undefined && value !== null && value !== 'auto'
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
