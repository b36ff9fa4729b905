// Reads a trace and looks its kernels up.
import { stat } from 'node:fs/promises'
import { type SelectedSteps, type StepSelection, selectSteps } from '@flowsim/analysis'
import { classifyTrace, type KernelDatabase } from '@flowsim/kernel-db'
import type { ModelConfig } from '@flowsim/model-graph'
import { describeRepair, type ParseOptions } from '@flowsim/parser'
import { parseFiles } from '@flowsim/parser/node'
import { counted, type KernelOperation, type KernelTrace } from '@flowsim/trace-schema'
import { kernelOperationSchema, readDocument, schemaFaultText } from '@flowsim/trace-schema/zod'
import { CliError } from '../program/errors.js'
import { note } from '../program/print.js'
import { formatBytes, formatNs, formatShare, Progress } from '../program/progress.js'
import { shapeOf } from './language-model.js'
import { readText } from './read-json.js'

/** A trace with the operation of each of its kernels. */
export interface LoadedTrace {
  path: string
  trace: KernelTrace
  operations: KernelOperation[]
  /** The steps that were chosen. */
  steps?: SelectedSteps
}

/** How traces are read and looked up. */
export interface LoadOptions extends ParseOptions {
  /** The model that ran: it tells sizes that a trace does not record. */
  model?: ModelConfig | undefined
  /** Steps to keep of each trace; all of it if absent. */
  steps?: StepSelection | undefined
}

/** Parses a trace file, showing progress, and classifies its kernels. */
export async function loadTrace(
  path: string,
  database: KernelDatabase,
  options: LoadOptions = {},
): Promise<LoadedTrace> {
  for await (const loaded of loadTraces([path], database, options)) return loaded
  throw new Error('a path gives a trace')
}

/** Parses trace files side by side, showing progress, and yields them in order, kernels classified. */
export async function* loadTraces(
  paths: readonly string[],
  database: KernelDatabase,
  { model, steps, ...options }: Omit<LoadOptions, 'source'> = {},
): AsyncGenerator<LoadedTrace> {
  const sizes = paths.map((path) =>
    stat(path).then(
      ({ size }) => size,
      () => 0,
    ),
  )
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  const what = paths.length === 1 ? paths[0] : `${paths.length} traces`
  const progress = new Progress(`reading ${what} (${formatBytes(total)})`)
  const onProgress = (bytes: number) =>
    progress.update(() => `reading ${what}: ${formatBytes(bytes)} of ${formatBytes(total)}`)
  let next = 0
  try {
    for await (const trace of parseFiles(paths, { ...options, onProgress })) {
      progress.done()
      const operations = classified(trace, database, model)
      yield chosen({ path: paths[next++]!, trace, operations }, steps)
    }
  } finally {
    progress.done()
  }
}

/** A trace of the steps asked for, with a word on them. */
function chosen(loaded: LoadedTrace, steps: StepSelection | undefined): LoadedTrace {
  if (steps === undefined) return loaded
  const { trace, operations, selected } = selectSteps(loaded.trace, loaded.operations, steps)
  const { first, last, of, phase, source, medianNs, spreadNs } = selected
  const how = source === 'annotations' ? 'as annotated' : 'found by their layers'
  note(
    `${trace.source}: steps ${first} to ${last} of ${of} (${phase}, ${how}): ${formatNs(medianNs)} each in the median, half of them within ${formatNs(spreadNs)}`,
  )
  return { ...loaded, trace, operations, steps: selected }
}

/** The operations of a trace, with a word on what a model told of them. */
function classified(
  trace: KernelTrace,
  database: KernelDatabase,
  model: ModelConfig | undefined,
): KernelOperation[] {
  if (model === undefined) return classifyTrace(trace, { database })
  const operations = classifyTrace(trace, { database, model: shapeOf(model) })
  let [count, timeNs, allNs] = [0, 0, 0]
  trace.kernels.forEach(({ durationNs }, i) => {
    allNs += durationNs
    if (operations[i]!.missing?.includes('from the model') !== true) return
    count++
    timeNs += durationNs
  })
  const share = formatShare(allNs > 0 ? timeNs / allNs : 0)
  const told =
    count > 0
      ? `sizes of ${counted(count, 'kernel')} (${share} of kernel time) from ${model.name}`
      : operations.every(({ call }) => call !== undefined)
        ? `records the sizes of all kernels; nothing is taken from ${model.name}`
        : `${model.name} tells no size that the trace does not`
  note(`${trace.source}: ${told}`)
  return operations
}

/** A trace, or the kernels that `flowsim parse --format jsonl` wrote. */
export async function loadTraceOrKernels(
  path: string,
  database: KernelDatabase,
  options: LoadOptions = {},
): Promise<LoadedTrace> {
  if (!path.endsWith('.jsonl')) return loadTrace(path, database, options)
  const lines = (await readText(path)).split('\n').filter((line) => line.trim() !== '')
  const operations: KernelOperation[] = []
  const kernels = lines.map((line, i) => {
    const where = `${path}: line ${i + 1}`
    const { operation, ...event } = parseLine(line, where)
    const read = kernelOperationSchema.safeParse(operation)
    if (operation !== undefined && !read.success) {
      throw new CliError('failure', `${where}: operation: ${schemaFaultText(read.error)}`)
    }
    if (read.success) operations.push(read.data)
    return readDocument('kernel-event', event, where)
  })
  if (kernels.length === 0) throw new CliError('failure', `${path}: holds no kernels`)
  const trace = tableTrace(path, kernels)
  const isComplete = operations.length === kernels.length
  return chosen(
    {
      path,
      trace,
      operations: isComplete ? operations : classified(trace, database, options.model),
    },
    options.steps,
  )
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
export function tableTrace(source: string, kernels: KernelTrace['kernels']): KernelTrace {
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
