// What long work says while it goes on, on stderr: one changing line on a terminal; elsewhere a line for each stage,
// and one every few seconds of a long stage. --quiet says none of it.
import { visible } from '@flowsim/trace-schema'

const TERMINAL_MS = 100
const LOG_MS = 5000

let isQuiet = false
/** Whether the changing line stands on the terminal. */
let isShown = false

/** Whether work says nothing while it goes on (`--quiet`). */
export function setQuiet(quiet: boolean): void {
  isQuiet = quiet
}

/** Says what is done next, such as `reading a.json (12.0 MB)`. */
export function stage(text: string): void {
  if (!isQuiet) write(text)
}

/** Takes the changing line away, before anything else is printed. */
export function clearStage(): void {
  if (isShown) process.stderr.write('\r\x1b[K')
  isShown = false
}

function write(text: string): void {
  const isTerminal = process.stderr.isTTY === true
  const line = visible(text)
  process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`)
  isShown = isTerminal
}

/** A stage that tells how far it is. */
export class Progress {
  #last = Date.now()

  constructor(text: string) {
    stage(text)
  }

  /** Says where the work stands; most calls show nothing. */
  update(text: () => string): void {
    const now = Date.now()
    if (now - this.#last < (process.stderr.isTTY === true ? TERMINAL_MS : LOG_MS)) return
    this.#last = now
    stage(text())
  }

  /** Takes the changing line away. */
  done(): void {
    clearStage()
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
