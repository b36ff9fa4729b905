// The traces that were opened, kept in the browser (IndexedDB), so that a link to one works again tomorrow. Files
// stay on this machine.
import { type DBSchema, openDB } from 'idb'
import type { TraceFacts, TraceFiles } from '../worker/open-traces.js'

/** A kept trace. */
export interface TraceRecord {
  id: string
  name: string
  addedMs: number
  facts: TraceFacts
  files: TraceFiles
}

interface Library extends DBSchema {
  traces: { key: string; value: TraceRecord }
}

const open = () =>
  openDB<Library>('flowsim', 1, {
    upgrade(database) {
      database.createObjectStore('traces', { keyPath: 'id' })
    },
  })

/** All traces, the newest first. */
export async function keptTraces(): Promise<TraceRecord[]> {
  const all = await (await open()).getAll('traces')
  return all.sort((a, b) => b.addedMs - a.addedMs)
}

/** @throws DOMException `QuotaExceededError` where the browser has no room. */
export async function keepTrace(record: TraceRecord): Promise<void> {
  await (await open()).put('traces', record)
}

export async function forgetTrace(id: string): Promise<void> {
  await (await open()).delete('traces', id)
}
