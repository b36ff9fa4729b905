// Reads a trace and looks its kernels up.
import { stat } from 'node:fs/promises'
import { classifyTrace, type KernelDatabase } from '@flowsim/kernel-db'
import { describeRepair, type ParseOptions } from '@flowsim/parser'
import { parseFiles } from '@flowsim/parser/node'
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { kernelOperationSchema, readDocument } from '@flowsim/trace-schema/zod'
import { CliError } from '../program/errors.js'
import { note } from '../program/print.js'
import { formatBytes, Progress } from '../program/progress.js'
import { readText } from './read-json.js'

/** A trace with the operation of each of its kernels. */
export interface LoadedTrace {
  path: string
  trace: KernelTrace
  operations: KernelOperation[]
}

/** Parses a trace file, showing progress, and classifies its kernels. */
export async function loadTrace(
  path: string,
  database: KernelDatabase,
  options: ParseOptions = {},
): Promise<LoadedTrace> {
  for await (const loaded of loadTraces([path], database, options)) return loaded
  throw new Error('a path gives a trace')
}

/** Parses trace files side by side, showing progress, and yields them in order, kernels classified. */
export async function* loadTraces(
  paths: readonly string[],
  database: KernelDatabase,
  options: Omit<ParseOptions, 'source'> = {},
): AsyncGenerator<LoadedTrace> {
  const sizes = paths.map((path) =>
    stat(path).then(
      ({ size }) => size,
      () => 0,
    ),
  )
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  const what = paths.length === 1 ? paths[0] : `${paths.length} traces`
  const progress = new Progress()
  const onProgress = (bytes: number) =>
    progress.update(() => `reading ${what}: ${formatBytes(bytes)} of ${formatBytes(total)}`)
  let next = 0
  try {
    for await (const trace of parseFiles(paths, { ...options, onProgress })) {
      progress.done()
      yield { path: paths[next++]!, trace, operations: classifyTrace(trace, { database }) }
    }
  } finally {
    progress.done()
  }
}

/** A trace, or the kernels that `flowsim parse --format jsonl` wrote. */
export async function loadTraceOrKernels(
  path: string,
  database: KernelDatabase,
  options: ParseOptions = {},
): Promise<LoadedTrace> {
  if (!path.endsWith('.jsonl')) return loadTrace(path, database, options)
  const lines = (await readText(path)).split('\n').filter((line) => line.trim() !== '')
  const operations: KernelOperation[] = []
  const kernels = lines.map((line, i) => {
    const where = `${path}: line ${i + 1}`
    const { operation, ...event } = parseLine(line, where)
    const read = kernelOperationSchema.safeParse(operation)
    if (operation !== undefined && !read.success) {
      throw new CliError('failure', `${where}: operation: ${read.error.issues[0]!.message}`)
    }
    if (read.success) operations.push(read.data)
    return readDocument('kernel-event', event, where)
  })
  if (kernels.length === 0) throw new CliError('failure', `${path}: holds no kernels`)
  const trace = tableTrace(path, kernels)
  const isComplete = operations.length === kernels.length
  return { path, trace, operations: isComplete ? operations : classifyTrace(trace, { database }) }
}

function parseLine(line: string, where: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    throw new CliError(
      'failure',
      `${where}: is not JSON; expected a table that flowsim parse wrote`,
    )
  }
}

/** Kernels without what only a trace knows: host calls, devices, annotations. */
function tableTrace(source: string, kernels: KernelTrace['kernels']): KernelTrace {
  return {
    schema: 'flowsim.kernel-trace/1',
    source,
    format: 'kernels',
    producer: {},
    devices: [],
    rank: null,
    worldSize: null,
    processGroups: [],
    baseTimeNs: '0',
    window: null,
    eventCount: kernels.length,
    repairs: [],
    annotations: [],
    kernels,
  }
}

/** Says on stderr what was mended, and what to know of the trace. */
export function noteRepairs({ source, producer, repairs }: KernelTrace): void {
  if (producer.mergedRanks !== undefined) {
    note(
      `${source}: holds ranks ${producer.mergedRanks} in one file; busy and overlap are those of all together. Give the ranks' own files to tell them apart`,
    )
  }
  for (const repair of repairs) note(`${source}: ${describeRepair(repair)}`)
}
