// The members of an event's `args` as fields, numbers and interned texts.
import { ArgsReader } from '../scan/args-reader.js'
import { QUOTE } from '../scan/bytes.js'
import type { EventTemplate } from '../scan/event-template.js'
import { readInteger } from '../scan/numbers.js'
import type { ScannedEvent } from '../scan/scanned-event.js'
import { type ArgField, argField } from './arg-fields.js'
import { BytesInterner } from './interner.js'

export class EventArgs {
  readonly #reader = new ArgsReader()
  readonly #keys = new BytesInterner()
  readonly #fields: ArgField[] = []
  /** What the members of events with a template are. */
  readonly #planned = new Map<EventTemplate, ArgField[]>()
  #event: ScannedEvent | undefined
  #plan: ArgField[] | null = null
  /** With a plan: number of the member, and of its value. */
  #member = -1
  #value = -1
  #isOpen = false
  /** Where the value stands; texts without their quotes. */
  #start = 0
  #end = 0
  #isString = false

  /** @param texts - where values are interned */
  constructor(private readonly texts: BytesInterner) {}

  /** Starts with the members of an event. */
  open(event: ScannedEvent): void {
    const { buf, args, template } = event
    this.#event = event
    this.#isOpen = args.start >= 0
    if (template === null) {
      this.#plan = null
      if (this.#isOpen) this.#reader.open(buf, args.start, args.end)
      return
    }
    this.#plan = this.#planned.get(template) ?? this.#planFor(template)
    this.#member = -1
    this.#value = template.firstArg - 1
  }

  /** Goes to the next member; false when there is none. */
  next(): boolean {
    const plan = this.#plan
    if (plan === null) return this.#isOpen && this.#nextRead()
    if (++this.#member >= plan.length) return false
    const { buf, valueStarts, valueEnds } = this.#event!
    const at = ++this.#value
    const isString = buf[valueStarts[at]!] === QUOTE
    this.#isString = isString
    this.#start = valueStarts[at]! + (isString ? 1 : 0)
    this.#end = valueEnds[at]! - (isString ? 1 : 0)
    return true
  }

  /** What the member is. */
  field(): ArgField {
    if (this.#plan !== null) return this.#plan[this.#member]!
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
    if (this.#plan !== null) return this.#event!.template!.argKeys[this.#member]!
    return this.#keys.text(this.#key())
  }

  /** The value as a non-negative integer; -1 where it is none. */
  integer(): number {
    return readInteger(this.#event!.buf, this.#start, this.#end)
  }

  /** Number of the value's text, JSON without the quotes of strings. */
  text(into: BytesInterner = this.texts): number {
    return into.intern(this.#event!.buf, this.#start, this.#end)
  }

  /** The member as `"key": value,`, JSON text. */
  memberText(): string {
    const value = this.texts.text(this.text())
    const key = JSON.stringify(this.keyText())
    return this.#isString ? `${key}:"${value}",` : `${key}:${value},`
  }

  #planFor(template: EventTemplate): ArgField[] {
    const plan = template.argKeys.map(argField)
    this.#planned.set(template, plan)
    return plan
  }

  #nextRead(): boolean {
    const reader = this.#reader
    if (!reader.next()) return false
    this.#start = reader.valueStart
    this.#end = reader.valueEnd
    this.#isString = reader.isString
    return true
  }

  #key(): number {
    const { buf, keyStart, keyEnd } = this.#reader
    return this.#keys.intern(buf, keyStart, keyEnd)
  }
}
