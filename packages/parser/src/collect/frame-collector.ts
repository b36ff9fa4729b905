// Python frames of a trace that has too many of them to keep even packed: the text is read once more, and of the frames
// only those are kept that enclose a launch. Nothing else of a frame is ever asked for.

import { BEGIN, END } from '../scan/event-text.js'
import { micros, readMicros } from '../scan/numbers.js'
import { Interest, type ScannedEvent, type ScanSink } from '../scan/scanned-event.js'
import type { Collector } from './collector.js'
import { BytesInterner } from './interner.js'
import { encloses, launchStarts } from './launch-starts.js'
import { Role } from './roles.js'

interface Begun {
  name: number
  start: number
}

export class FrameCollector implements ScanSink {
  readonly #categories = new BytesInterner()
  readonly #isFrame: boolean[] = []
  #isLastFrame = false
  readonly #launches: Map<number, Float64Array>
  readonly #open = new Map<number, (Begun | null)[]>()

  /** @param collector - has read the whole trace; its store takes the frames */
  constructor(
    private readonly collector: Collector,
    private readonly roleOf: (category: string) => Role,
  ) {
    this.#launches = launchStarts(collector.store)
  }

  interest(buf: Uint8Array, start: number, end: number): Interest {
    const id = this.#categories.intern(buf, start, end)
    this.#isFrame[id] ??= this.roleOf(this.#categories.text(id)) === Role.PythonFrame
    this.#isLastFrame = this.#isFrame[id]!
    return this.#isLastFrame ? Interest.Fields : Interest.None
  }

  header(): void {}

  event({ buf, ph, cat, name, pid, tid, ts, dur }: ScannedEvent): void {
    const { store, baseMicros } = this.collector
    const isFrame = cat.start >= 0 && this.#isLastFrame
    if (ph !== BEGIN && ph !== END && !isFrame) return
    const thread = store.threads.intern(buf, pid, tid)
    if (!this.#launches.has(thread)) return
    const hasTime = ts.start >= 0 && readMicros(buf, ts.start, ts.end)
    const time = (micros.whole - baseMicros) * 1000 + micros.nanos
    const id = () => store.names.intern(buf, Math.max(0, name.start), name.start < 0 ? 0 : name.end)
    if (ph === BEGIN) {
      this.#opened(thread).push(isFrame && hasTime ? { name: id(), start: time } : null)
    } else if (ph === END) {
      const begun = this.#opened(thread).pop()
      if (begun && hasTime) this.#keep(thread, begun.start, time - begun.start, begun.name)
    } else if (hasTime && dur.start >= 0 && readMicros(buf, dur.start, dur.end)) {
      const duration = micros.whole * 1000 + micros.nanos
      if (this.#encloses(thread, time, duration)) this.#keep(thread, time, duration, id())
    }
  }

  #opened(thread: number): (Begun | null)[] {
    const list = this.#open.get(thread) ?? []
    this.#open.set(thread, list)
    return list
  }

  #keep(thread: number, start: number, duration: number, name: number): void {
    if (!this.#encloses(thread, start, duration)) return
    this.collector.store.keepFrame(start, duration, name, thread)
  }

  #encloses(thread: number, start: number, duration: number): boolean {
    return encloses(this.#launches.get(thread)!, start, duration)
  }
}
