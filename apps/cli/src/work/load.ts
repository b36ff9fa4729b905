// Reads a trace and looks its kernels up.
import { stat } from 'node:fs/promises'
import type { KernelDatabase } from '@flowsim/kernel-db'
import type { ParseOptions } from '@flowsim/parser'
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { formatBytes, Progress } from '../program/progress.js'
import { loadDatabase } from './database.js'

/** A trace with the operation of each of its kernels. */
export interface LoadedTrace {
  path: string
  trace: KernelTrace
  operations: KernelOperation[]
}

/** What {@link loadTrace} takes beyond the parser's options. */
export interface LoadOptions extends ParseOptions {
  /** Kernel database; the built-in one with the user's additions if absent. */
  database?: KernelDatabase
}

/** Parses a trace file, showing progress, and classifies its kernels. */
export async function loadTrace(path: string, options: LoadOptions = {}): Promise<LoadedTrace> {
  const { parseFile } = await import('@flowsim/parser/node')
  const { classifyTrace } = await import('@flowsim/kernel-db')
  const { database = await loadDatabase(), ...parse } = options
  const total = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  const progress = new Progress()
  const trace = await parseFile(path, {
    ...parse,
    onProgress: (bytes) =>
      progress.update(() => `reading ${path}: ${formatBytes(bytes)} of ${formatBytes(total)}`),
  })
  progress.done()
  return { path, trace, operations: classifyTrace(trace, database) }
}
