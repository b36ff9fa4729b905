// A trace to read, whatever holds it: its unpacked bytes, from their start as often as the input allows.
import type { Repairs } from '../repairs.js'
import type { Connection } from '../sqlite/database.js'
import { peek } from './chunks.js'

/** Bytes that formats are recognised by. */
const HEAD_BYTES = 1 << 16

/** What a trace is read from before its format is known. */
export interface TraceSource {
  /** Name for messages. */
  source: string
  /** Reads the unpacked bytes from their start; faults of what packs them go to `repairs`. */
  open: (repairs: Repairs) => AsyncIterable<Uint8Array>
  /** Whether `open` can be called again. */
  isRepeatable: boolean
  /**
   * Opens the SQLite database that the input is, where there is a file system.
   * @param open - reads the unpacked bytes
   */
  openDatabase?: (open: () => AsyncIterable<Uint8Array>) => Promise<Connection>
  /** Reads the file of a name that lies beside this one, unpacked; undefined where there is none. */
  beside?: (name: string, repairs: Repairs) => Promise<AsyncIterable<Uint8Array> | undefined>
  /** Python frames that are kept as columns at most where the text can be read again; beyond them they are packed. */
  frameLimit?: number
  /** Bytes of packed frames beyond which the text is read again. */
  packedLimit?: number
}

/** A trace with the bytes that tell its format. */
export interface TraceFile extends TraceSource {
  head: Head
}

/** The first bytes of a trace, unpacked. */
export class Head {
  #text: string | undefined

  constructor(readonly bytes: Uint8Array) {}

  /** Whether a text of ASCII characters stands at an offset. */
  has(text: string, at = 0): boolean {
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[at + i] !== text.charCodeAt(i)) return false
    }
    return true
  }

  /** Whether a text of ASCII characters stands anywhere. */
  mentions(text: string): boolean {
    this.#text ??= new TextDecoder('latin1').decode(this.bytes)
    return this.#text.includes(text)
  }
}

/** Reads the first bytes of a trace. */
export async function traceFile(input: TraceSource, repairs: Repairs): Promise<TraceFile> {
  const { head, chunks } = await peek(input.open(repairs), HEAD_BYTES)
  // What cannot be read again goes on from here, and so does the first reading of what can.
  let isFirst = true
  const open = (found: Repairs) => {
    if (!isFirst) return input.open(found)
    isFirst = false
    return chunks
  }
  return { ...input, open, head: new Head(head) }
}
