// A pass under Accel-Sim's tracer: its environment is the server's, and what it left is looked for after the end, for
// it writes its list when the process ends. CUPTI and NVBit, which the tracer stands on, exclude each other: the
// engine's profiler stays off.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ProfilerRunnerError } from '../errors.js'
import type { ProfileOptions } from './options.js'
import type { SassTraceRecord } from './run-record.js'

/** A tracer packs its traces when the process ends. */
export const TRACER_GRACE_MS = 300_000
/** Traced kernels take hundreds of times as long. */
export const TRACED_REQUEST_MS = 3_600_000

/** @throws {@link ProfilerRunnerError} `invalid_option` for a run that a tracer cannot be asked for */
export function checkSassTrace(options: ProfileOptions): void {
  if (options.sassTrace === undefined) return
  const refuse = (message: string) => {
    throw new ProfilerRunnerError('invalid_option', `SASS traces: ${message}`)
  }
  if (options.attachUrl !== undefined) {
    refuse('the tracer is loaded when a server starts; one that runs cannot be traced')
  }
  if (options.passes !== undefined || options.captureGraphs === true) {
    refuse('recorded in one pass without CUDA graphs and without a profiler; ask for no other')
  }
  if (options.load !== undefined) {
    refuse('launches are found again by number, and those of a load do not repeat; give --sweep')
  }
  const tracer = tracerOf(options.sassTrace)
  if (!existsSync(tracer)) {
    refuse(
      `${tracer}: not there; build the tracer of Accel-Sim (util/tracer_nvbit of github.com/accel-sim/accel-sim-framework) and plan again with --tracer`,
    )
  }
}

/**
 * What the tracer wrote since a time.
 * @param sinceMs - Unix time; files of an earlier run are older
 * @throws {@link ProfilerRunnerError} `trace_missing` when it wrote neither a list nor a trace
 */
export function sassTraceRecord(
  environment: Readonly<Record<string, string>>,
  sinceMs: number,
  logFile: string,
): SassTraceRecord {
  const folder = environment.TRACES_FOLDER!
  // Later versions put their files into a folder of the folder.
  const files = [folder, join(folder, 'traces')].flatMap((each) =>
    existsSync(each) ? readdirSync(each).map((name) => ({ name, path: join(each, name) })) : [],
  )
  const isNew = ({ path }: { path: string }) => statSync(path).mtimeMs >= sinceMs
  const lists = files.filter((file) => /^stats.*\.csv$/.test(file.name) && isNew(file))
  const traces = files.filter((file) => /^kernel-\d+.*\.trace/.test(file.name) && isNew(file))
  if (lists.length + traces.length === 0) {
    throw new ProfilerRunnerError(
      'trace_missing',
      `${folder}: the tracer wrote nothing; where ${logFile} does not say "Writing results to", it was not loaded (version 1 needs external plan --preload)`,
    )
  }
  return { folder, lists: lists.map(({ path }) => path), recorded: traces.length }
}

function tracerOf(environment: Readonly<Record<string, string>>): string {
  return environment.CUDA_INJECTION64_PATH ?? environment.LD_PRELOAD ?? ''
}
