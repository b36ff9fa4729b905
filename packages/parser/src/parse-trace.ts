// From bytes to a KernelTrace: the pipeline of this package.
import type { KernelTrace } from '@flowsim/trace-schema'
import { Collector } from './collect/collector.js'
import { TraceParseError } from './errors.js'
import { buildTrace } from './link/build-trace.js'
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
  /** Keep what is complete of a file that is cut off. Default false: that is an error. */
  salvage?: boolean
  /** Stops the parse. */
  signal?: AbortSignal
  /** Called now and then with the bytes of text that were read. */
  onProgress?: (bytes: number) => void
}

/**
 * Parses the uncompressed text of a trace that comes in chunks.
 * @throws TraceParseError when the text is empty, no trace, or cut off (unless `salvage`)
 */
export async function parseText(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ParseOptions = {},
): Promise<KernelTrace> {
  const source = options.source ?? 'trace'
  const stacks = options.stacks ?? 'python'
  const repairs = new Repairs()
  const collector = new Collector({ pythonFrames: stacks !== 'none' }, repairs)
  const scanner = new EventScanner(source, collector, repairs)
  let bytes = 0
  for await (const chunk of chunks) {
    if (options.signal?.aborted) {
      throw new TraceParseError('aborted', `${source}: stopped at byte ${bytes}`, bytes)
    }
    scanner.push(chunk)
    bytes += chunk.length
    options.onProgress?.(bytes)
  }
  scanner.end(options.salvage ?? false)
  collector.finish()
  return buildTrace(collector, repairs, {
    source,
    stacks,
    hostCalls: options.hostCalls ?? false,
    eventCount: scanner.count,
  })
}
