// From bytes to a KernelTrace: the pipeline of this package.
import type { KernelTrace } from '@flowsim/trace-schema'
import type { Capture } from './capture/captured-graph.js'
import { type CaptureReport, mergeCaptures } from './capture/merge-captures.js'
import { readCapture } from './capture/read-capture.js'
import { Collector } from './collect/collector.js'
import { TraceParseError } from './errors.js'
import { chunksOf, isRepeatable, type TraceInput } from './input/chunks.js'
import { inflatedByPako, inflatedByPlatform } from './input/gzip.js'
import { unpacked } from './input/unpack.js'
import { type BuildOptions, buildTrace } from './link/build-trace.js'
import type { StackMode } from './link/launch-contexts.js'
import { Repairs } from './repairs.js'
import { EventScanner } from './scan/event-scanner.js'

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
  /** Keep what is complete of input that is cut off. Default false: that is an error. */
  salvage?: boolean
  /** Captures that give kernels of CUDA and HIP graphs their operators and shapes. */
  captures?: readonly Capture[]
  /** Captured batch size that was replayed, where the trace does not tell it. */
  captureBatchSize?: number
  /** Told how the captures fitted. */
  onCaptures?: (report: CaptureReport) => void
  /** Stops the parse; it then fails with code `aborted`. */
  signal?: AbortSignal
  /** Called now and then with the bytes of input that were read. */
  onProgress?: (inputBytes: number) => void
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
  return parseUnpacked(textOf(input, options), options)
}

/**
 * Reads a capture trace: what was launched while CUDA or HIP graphs were captured, or in a pass without
 * graphs. Give the result to `parseTrace` as one of its `captures`.
 * @throws TraceParseError as `parseTrace` does, and `no_kernels` when the trace holds no launches
 */
export async function parseCapture(
  input: TraceInput,
  options: ParseOptions = {},
): Promise<Capture> {
  return captureUnpacked(textOf(input, options), options)
}

function textOf(input: TraceInput, options: ParseOptions): AsyncIterable<Uint8Array> {
  // An input that is read twice (see gzip.ts) makes progress once.
  let most = 0
  const onProgress = (bytes: number) => {
    if (bytes > most) options.onProgress?.(bytes)
    most = Math.max(most, bytes)
  }
  const open = () => counted(chunksOf(input), { ...options, onProgress })
  return unpacked(open(), {
    source: options.source ?? 'trace',
    salvage: options.salvage ?? false,
    gunzip: isRepeatable(input) ? (_, unpack) => inflatedByPlatform(open, unpack) : inflatedByPako,
  })
}

/** Reports progress and stops when asked to. */
export async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  { source = 'trace', signal, onProgress }: ParseOptions,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    if (signal?.aborted) {
      throw new TraceParseError('aborted', `${source}: stopped after ${bytes} bytes`, undefined, {
        cause: signal.reason,
      })
    }
    bytes += chunk.length
    onProgress?.(bytes)
    yield chunk
  }
}

/** Parses the text of a trace, unpacked already. */
export async function parseUnpacked(
  text: AsyncIterable<Uint8Array>,
  options: ParseOptions,
): Promise<KernelTrace> {
  const { collector, repairs, build } = await collected(text, options, false)
  const trace = buildTrace(collector, repairs, build)
  if (options.captures === undefined || options.captures.length === 0) return trace
  const merged = mergeCaptures(trace, options.captures, options.captureBatchSize)
  options.onCaptures?.(merged.report)
  return merged.trace
}

/** Reads a capture trace, unpacked already. */
export async function captureUnpacked(
  text: AsyncIterable<Uint8Array>,
  options: ParseOptions,
): Promise<Capture> {
  const { collector, repairs, build } = await collected(text, options, true)
  return readCapture(collector, buildTrace(collector, repairs, build), repairs, build.stacks)
}

async function collected(
  text: AsyncIterable<Uint8Array>,
  options: ParseOptions,
  launchedKernels: boolean,
): Promise<{ collector: Collector; repairs: Repairs; build: BuildOptions }> {
  const source = options.source ?? 'trace'
  const stacks = options.stacks ?? 'python'
  const repairs = new Repairs()
  const hostCalls = options.hostCalls ?? false
  const collector = new Collector(
    { pythonFrames: stacks !== 'none', synchronizations: hostCalls, launchedKernels },
    repairs,
  )
  const scanner = new EventScanner(source, collector, repairs)
  for await (const chunk of text) scanner.push(chunk)
  scanner.end(options.salvage ?? false)
  collector.finish()
  return { collector, repairs, build: { source, stacks, hostCalls, eventCount: scanner.count } }
}
