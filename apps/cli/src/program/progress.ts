// What long work says while it goes on, on stderr: one changing line on a terminal, a line every few
// seconds elsewhere.
import { visible } from './visible.js'

const TERMINAL_MS = 100
const LOG_MS = 5000

export class Progress {
  readonly #isTerminal = process.stderr.isTTY === true
  #last = Date.now()
  #isShown = false

  /** Says where the work stands; most calls show nothing. */
  update(text: () => string): void {
    const now = Date.now()
    if (now - this.#last < (this.#isTerminal ? TERMINAL_MS : LOG_MS)) return
    this.#last = now
    const line = visible(text())
    process.stderr.write(this.#isTerminal ? `\r\x1b[K${line}` : `${line}\n`)
    this.#isShown = true
  }

  /** Takes the changing line away. */
  done(): void {
    if (this.#isTerminal && this.#isShown) process.stderr.write('\r\x1b[K')
    this.#isShown = false
  }
}

/** Bytes as people read them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** A time in ns as people read it; `–` for one that is not known. */
export function formatNs(ns: number | null): string {
  if (ns === null) return '–'
  if (Math.abs(ns) < 1e3) return `${Math.round(ns)} ns`
  if (Math.abs(ns) < 1e6) return `${(ns / 1e3).toFixed(2)} µs`
  if (Math.abs(ns) < 1e9) return `${(ns / 1e6).toFixed(2)} ms`
  return `${(ns / 1e9).toFixed(3)} s`
}

/** A share as people read it. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
