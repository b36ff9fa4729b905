// Numbers for (pid, tid) pairs, which are numbers in most traces and text in some.
import type { Span } from '../scan/scanned-event.js'
import { BytesInterner } from './interner.js'

/** A process or thread id as the trace has it. */
export type Id = number | string

export class Threads {
  readonly #ids = new BytesInterner()
  readonly #pairs = new Map<number, number>()
  readonly #list: { pid: number; tid: number }[] = []
  readonly #values = new Map<Id, number>()
  #lastPid = -1
  #lastTid = -1
  #last = -1

  get size(): number {
    return this.#list.length
  }

  /** Number of the pair; the same for the same two spans. */
  intern(buf: Uint8Array, pid: Span, tid: Span): number {
    const pidId = pid.start < 0 ? -1 : this.#ids.intern(buf, pid.start, pid.end)
    const tidId = tid.start < 0 ? -1 : this.#ids.intern(buf, tid.start, tid.end)
    if (pidId === this.#lastPid && tidId === this.#lastTid && this.#last >= 0) return this.#last
    this.#last = this.#pair(pidId, tidId)
    this.#lastPid = pidId
    this.#lastTid = tidId
    return this.#last
  }

  /** Number of a pair that is known as values; the same for the same two. */
  add(pid: Id, tid: Id): number {
    const pidId = this.#textId(pid)
    const tidId = this.#textId(tid)
    return this.#pair(pidId, tidId)
  }

  pid(thread: number): Id {
    return this.#decode(this.#list[thread]!.pid)
  }

  tid(thread: number): Id {
    return this.#decode(this.#list[thread]!.tid)
  }

  #pair(pidId: number, tidId: number): number {
    const key = (pidId + 1) * 0x4000000 + (tidId + 1)
    let thread = this.#pairs.get(key)
    if (thread === undefined) {
      thread = this.#list.push({ pid: pidId, tid: tidId }) - 1
      this.#pairs.set(key, thread)
    }
    return thread
  }

  #textId(id: Id): number {
    let known = this.#values.get(id)
    if (known === undefined) {
      const bytes = new TextEncoder().encode(JSON.stringify(id))
      known = this.#ids.intern(bytes, 0, bytes.length)
      this.#values.set(id, known)
    }
    return known
  }

  #decode(id: number): Id {
    if (id < 0) return ''
    const text = this.#ids.text(id)
    if (text.startsWith('"')) return text.slice(1, -1)
    const number = Number(text)
    return Number.isSafeInteger(number) ? number : text
  }
}
