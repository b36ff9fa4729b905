// The members of an event's `args` as fields, numbers and interned texts.
import { ArgsReader } from '../scan/args-reader.js'
import { readInteger } from '../scan/numbers.js'
import type { ScannedEvent } from '../scan/scanned-event.js'
import { type ArgField, argField } from './arg-fields.js'
import { BytesInterner } from './interner.js'

export class EventArgs {
  readonly #reader = new ArgsReader()
  readonly #keys = new BytesInterner()
  readonly #fields: ArgField[] = []
  #isOpen = false

  /** @param texts - where values are interned */
  constructor(private readonly texts: BytesInterner) {}

  /** Starts with the members of an event. */
  open({ buf, args }: ScannedEvent): void {
    this.#isOpen = args.start >= 0
    if (this.#isOpen) this.#reader.open(buf, args.start, args.end)
  }

  /** Goes to the next member; false when there is none. */
  next(): boolean {
    return this.#isOpen && this.#reader.next()
  }

  /** What the member is. */
  field(): ArgField {
    const id = this.#key()
    let field = this.#fields[id]
    if (field === undefined) {
      field = argField(this.#keys.text(id))
      this.#fields[id] = field
    }
    return field
  }

  /** The member's name. */
  keyText(): string {
    return this.#keys.text(this.#key())
  }

  /** The value as a non-negative integer; -1 where it is none. */
  integer(): number {
    return readInteger(this.#reader.buf, this.#reader.valueStart, this.#reader.valueEnd)
  }

  /** Number of the value's text, JSON without the quotes of strings. */
  text(into: BytesInterner = this.texts): number {
    return into.intern(this.#reader.buf, this.#reader.valueStart, this.#reader.valueEnd)
  }

  /** The member as `"key": value,`, JSON text. */
  memberText(): string {
    const value = this.texts.text(this.text())
    const key = JSON.stringify(this.keyText())
    return this.#reader.isString ? `${key}:"${value}",` : `${key}:${value},`
  }

  #key(): number {
    const { buf, keyStart, keyEnd } = this.#reader
    return this.#keys.intern(buf, keyStart, keyEnd)
  }
}
