// Files that are dropped or chosen: the traces among them, and those that only belong beside one.
import { isTraceName } from '@flowsim/parser'
import type { TraceFiles } from '../worker/open-traces.js'

/** Every file that is a trace by its name, or all if none is; each with the others beside it. */
export function traceFiles(files: readonly File[]): TraceFiles[] {
  const named = files.filter(({ name }) => isTraceName(name))
  const traces = named.length === 0 ? files : named
  const others = files.filter((file) => !traces.includes(file))
  const beside = Object.fromEntries(others.map((file) => [file.name, file]))
  return traces.map((file) => ({ file, beside }))
}
