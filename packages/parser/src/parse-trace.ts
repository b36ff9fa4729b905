// From bytes to a KernelTrace: the pipeline of this package.
import type { KernelTrace } from '@flowsim/trace-schema'
import type { Capture } from './capture/captured-graph.js'
import { type CaptureReport, mergeCaptures } from './capture/merge-captures.js'
import { readCapture } from './capture/read-capture.js'
import type { TraceStore } from './collect/trace-store.js'
import { TraceParseError } from './errors.js'
import {
  type ExecutionTraceReport,
  joinExecutionTrace,
} from './execution-trace/join-execution-trace.js'
import { type ExecutionTrace, readExecutionTrace } from './execution-trace/read-execution-trace.js'
import { formatOf } from './formats/index.js'
import { chunksOf, isRepeatable, type TraceInput } from './input/chunks.js'
import { inflatedByPako, inflatedByPlatform } from './input/gzip.js'
import { type TraceSource, traceFile } from './input/trace-file.js'
import { unpacked } from './input/unpack.js'
import { type BuildOptions, buildTrace } from './link/build-trace.js'
import type { StackMode } from './link/launch-contexts.js'
import { Repairs } from './repairs.js'
import { closeDatabaseOf } from './sqlite/database.js'

/** How to parse a trace. */
export interface ParseOptions {
  /** Name of the input, for error messages and the result. Default `trace`. */
  source?: string
  /**
   * Frames in the call stacks: `none`, `python` (Python functions and nn.Module instances) or `all`
   * (operators and the launching call too). Default `python`.
   */
  stacks?: StackMode
  /** Keep runtime calls that launch nothing (synchronisation, events), for replay. Default false. */
  hostCalls?: boolean
  /** Keep at most so many operators and Python frames as spans on their threads, the longest. Default 0. */
  hostSpans?: number
  /** Keep what is complete of input that is cut off. Default false: that is an error. */
  salvage?: boolean
  /** Files that belong to the trace, by the names under which they lie beside it: `kernel_details.csv`. */
  beside?: Readonly<Record<string, TraceInput>>
  /** Captures that give kernels of CUDA and HIP graphs their operators and shapes. */
  captures?: readonly Capture[]
  /** Captured batch size that was replayed, where the trace does not tell it. */
  captureBatchSize?: number
  /** Told how the captures fitted. */
  onCaptures?: (report: CaptureReport) => void
  /**
   * Execution traces of the run, or of the ranks of its job: what they tell of the trace's operators. That one
   * is taken of which the most calls are in the trace.
   */
  executionTraces?: readonly ExecutionTrace[]
  /** Told what of an execution trace was joined. */
  onExecutionTrace?: (report: ExecutionTraceReport) => void
  /** Stops the parse; it then fails with code `aborted`. */
  signal?: AbortSignal
  /** Called now and then with the bytes of input that were read. */
  onProgress?: (inputBytes: number) => void
}

/** How to parse a capture. */
export interface ParseCaptureOptions extends ParseOptions {
  /** Batch size that was captured. Default: what names and labels tell. */
  batchSize?: number
}

/**
 * Parses a trace: plain or packed (gzip, zip, zstd), an object with `traceEvents` or a bare array.
 * Works in Node and in browsers; memory grows with the kernels, operators and frames that are kept.
 * @throws TraceParseError when the input is empty, no trace, damaged, or cut off (unless `salvage`), or when
 *   its graphs are not those of the captures
 */
export async function parseTrace(
  input: TraceInput,
  options: ParseOptions = {},
): Promise<KernelTrace> {
  return parseSource(sourceOf(input, options), options)
}

/**
 * Reads a capture trace: what was launched while CUDA or HIP graphs were captured, or in a pass without
 * graphs. Give the result to `parseTrace` as one of its `captures`.
 * @throws TraceParseError as `parseTrace` does, and `no_kernels` when the trace holds no launches
 */
export async function parseCapture(
  input: TraceInput,
  options: ParseCaptureOptions = {},
): Promise<Capture> {
  return captureSource(sourceOf(input, options), options)
}

function sourceOf(input: TraceInput, options: ParseOptions): TraceSource {
  const { source = 'trace', salvage = false } = options
  // An input that is read twice (here, or in gzip.ts) makes progress once.
  let most = 0
  const onProgress = (bytes: number) => {
    if (bytes > most) options.onProgress?.(bytes)
    most = Math.max(most, bytes)
  }
  const packed = () => counted(chunksOf(input), { ...options, onProgress })
  const open = (repairs: Repairs) =>
    unpacked(packed(), {
      source,
      salvage,
      repairs,
      gunzip: isRepeatable(input)
        ? (_, unpack) => inflatedByPlatform(packed, unpack)
        : inflatedByPako,
    })
  return { source, open, beside, isRepeatable: isRepeatable(input) }

  async function beside(name: string, repairs: Repairs) {
    const other = options.beside?.[name]
    if (other === undefined) return undefined
    return unpacked(chunksOf(other), { source: name, salvage, repairs, gunzip: inflatedByPako })
  }
}

/**
 * Reads an execution trace of PyTorch. Give the result to `parseTrace` as one of its `executionTraces`.
 * @throws TraceParseError as `parseTrace` does
 */
export async function parseExecutionTrace(
  input: TraceInput,
  options: ParseOptions = {},
): Promise<ExecutionTrace> {
  return executionTraceSource(sourceOf(input, options), options)
}

/** Reads an execution trace from wherever it is. */
export async function executionTraceSource(
  input: TraceSource,
  { salvage = false }: ParseOptions,
): Promise<ExecutionTrace> {
  const repairs = new Repairs()
  return readExecutionTrace(await traceFile(input, repairs), salvage, repairs)
}

/** Reports progress and stops when asked to. */
export async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  { source = 'trace', signal, onProgress }: ParseOptions,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    if (signal?.aborted) {
      throw new TraceParseError('aborted', `stopped after ${bytes} bytes`, {
        source,
        cause: signal.reason,
      })
    }
    bytes += chunk.length
    onProgress?.(bytes)
    yield chunk
  }
}

/** Parses a trace of any format. */
export async function parseSource(input: TraceSource, options: ParseOptions): Promise<KernelTrace> {
  const { store, repairs, build } = await read(input, options, false)
  const trace = buildTrace(store, repairs, build)
  if (options.captures === undefined || options.captures.length === 0) return trace
  const merged = mergeCaptures(trace, options.captures, options.captureBatchSize)
  options.onCaptures?.(merged.report)
  return merged.trace
}

/** Reads a capture trace of any format. */
export async function captureSource(
  input: TraceSource,
  options: ParseCaptureOptions,
): Promise<Capture> {
  const { store, repairs, build } = await read(input, options, true)
  const trace = buildTrace(store, repairs, build)
  return readCapture(store, trace, repairs, build.stacks, options.batchSize)
}

async function read(
  input: TraceSource,
  options: ParseOptions,
  launchedKernels: boolean,
): Promise<{ store: TraceStore; repairs: Repairs; build: BuildOptions }> {
  const {
    stacks = 'python',
    hostCalls = false,
    hostSpans = 0,
    salvage = false,
    executionTraces = [],
  } = options
  const repairs = new Repairs()
  const file = await traceFile(input, repairs)
  const wanted = {
    pythonFrames: stacks !== 'none',
    synchronizations: hostCalls,
    launchedKernels,
    recordFunctions: executionTraces.length > 0,
    salvage,
  }
  try {
    const format = await formatOf(file, repairs)
    const store = await format.read(file, wanted, repairs)
    const joined = joinExecutionTrace(store, executionTraces, input.source)
    if (joined !== undefined) options.onExecutionTrace?.(joined)
    return {
      store,
      repairs,
      build: { source: input.source, format: format.name, stacks, hostCalls, hostSpans },
    }
  } finally {
    await closeDatabaseOf(file)
  }
}
