// The templates that were learned from a text, and which of them to try for the next event.
import { EventTemplate } from './event-template.js'
import type { ScannedEvent } from './scanned-event.js'
import { NEED } from './value-ends.js'

/** Profilers write some twenty kinds of events. */
const MAX_TEMPLATES = 64
/** Events that none was made of after which no more are looked at. */
const MAX_TRIES = 256

export class EventTemplates {
  readonly #all: EventTemplate[] = []
  #tries = 0
  /** That of the last event, and what came after one like it. */
  #last: EventTemplate | null = null
  expected: EventTemplate | null = null

  /** Whether an event that fits none is worth learning. */
  get isLearning(): boolean {
    return this.#tries < MAX_TRIES && this.#all.length < MAX_TEMPLATES
  }

  /** An event was read that no template was asked for: what follows is not expected. */
  restart(): void {
    this.#last = null
    this.expected = null
  }

  /** Reads the event at `i`, if it is the one that is expected; as {@link EventTemplate.read}. */
  readExpected(event: ScannedEvent, i: number, end: number): number {
    const template = this.expected!
    const next = template.read(event, i, end)
    if (next >= 0) this.#follow(template)
    return next
  }

  /** Reads the event at `i` whose category stands at `catStart`, if a template fits it. */
  read(event: ScannedEvent, i: number, end: number, catStart: number, catEnd: number): number {
    for (const template of this.#all) {
      if (!template.isOf(event.buf, catStart, catEnd)) continue
      const next = template.read(event, i, end)
      if (next < 0) continue
      this.#follow(template)
      return next
    }
    return NEED
  }

  /** Learns from an event that was read in full. */
  learn({ buf, start, stop }: ScannedEvent): void {
    const template = EventTemplate.of(buf, start, stop)
    if (template === undefined) this.#tries++
    else this.#all.push(template)
  }

  #follow(template: EventTemplate): void {
    if (this.#last !== null) this.#last.next = template
    this.#last = template
    this.expected = template.next
  }
}
