// The kept traces as state of the page, and how they come in and go.
import { proxy } from 'comlink'
import { useEffect, useState } from 'preact/hooks'
import { work } from '../work.js'
import type { TraceFiles } from '../worker/open-traces.js'
import { forgetTrace, keepTrace, keptTraces, type TraceRecord } from './library.js'

/** What is being read. */
export interface Reading {
  name: string
  readBytes: number
  totalBytes: number
}

/** What went wrong with a file, in a line. */
export interface Fault {
  text: string
  /** The file, where what is complete of it can be kept. */
  salvageable?: TraceFiles
}

/** The library, as the page uses it. */
export interface UsedLibrary {
  /** undefined: not yet read. */
  traces: readonly TraceRecord[] | undefined
  reading: Reading | null
  faults: readonly Fault[]
  /** Reads traces and keeps them; gives the ids of those that could be read. */
  add(traces: readonly TraceFiles[]): Promise<string[]>
  /** Makes sure that kept traces are open in the thread. */
  ensureOpen(ids: readonly string[]): Promise<void>
  forget(id: string): Promise<void>
}

export function useLibrary(): UsedLibrary {
  const [traces, setTraces] = useState<readonly TraceRecord[]>()
  const [reading, setReading] = useState<Reading | null>(null)
  const [faults, setFaults] = useState<readonly Fault[]>([])
  const refresh = async () => setTraces(await keptTraces())
  useEffect(() => {
    refresh().catch((error: Error) => {
      setTraces([])
      setFaults([{ text: `this browser keeps no traces: ${error.message}` }])
    })
  }, [])

  async function open(id: string, files: TraceFiles) {
    const { name, size } = files.file
    setReading({ name, readBytes: 0, totalBytes: size })
    const onProgress = (readBytes: number) => setReading({ name, readBytes, totalBytes: size })
    try {
      return await work.open(id, files, proxy(onProgress))
    } finally {
      setReading(null)
    }
  }

  return {
    traces,
    reading,
    faults,
    async add(files) {
      const ids: string[] = []
      const found: Fault[] = []
      for (const each of files) {
        const id = crypto.randomUUID()
        try {
          const facts = await open(id, each)
          if ('fault' in facts) {
            const { fault, isSalvageable } = facts
            found.push({ text: fault, ...(isSalvageable ? { salvageable: each } : {}) })
            continue
          }
          const record = { id, name: each.file.name, addedMs: Date.now(), facts, files: each }
          ids.push(id)
          setTraces((all) => [record, ...(all ?? [])])
          await keepTrace(record).catch((error: Error) => {
            found.push({
              text: `${record.name}: open, but not kept for later: ${error.message}`,
            })
          })
        } catch (error) {
          found.push({ text: (error as Error).message })
        }
      }
      setFaults(found)
      return ids
    },
    async ensureOpen(ids) {
      const all = traces ?? (await keptTraces())
      for (const id of ids) {
        if (await work.isOpen(id)) continue
        const record = all.find((each) => each.id === id)
        if (record === undefined) {
          throw new Error('this trace is not kept in this browser; drop its file here again')
        }
        const facts = await open(id, record.files)
        if ('fault' in facts) throw new Error(facts.fault)
      }
    },
    async forget(id) {
      await forgetTrace(id)
      await work.close(id)
      setTraces((all) => all?.filter((each) => each.id !== id))
    },
  }
}
