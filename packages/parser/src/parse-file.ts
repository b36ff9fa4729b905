// Reading traces from files in Node, with the platform's zlib in its own thread.
import { createReadStream, existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { KernelTrace } from '@flowsim/trace-schema'
import type { Capture } from './capture/captured-graph.js'
import { TraceParseError } from './errors.js'
import type { ExecutionTrace } from './execution-trace/read-execution-trace.js'
import { inflatedByPako } from './input/gzip.js'
import type { TraceSource } from './input/trace-file.js'
import { type UnpackOptions, unpacked } from './input/unpack.js'
import { damaged, truncated } from './input/unpack-errors.js'
import {
  captureSource,
  counted,
  executionTraceSource,
  type ParseCaptureOptions,
  type ParseOptions,
  parseSource,
} from './parse-trace.js'
import { Repairs } from './repairs.js'
import { SQLITE_MAGIC } from './sqlite/database.js'
import { openFile, openUnpacked } from './sqlite/on-disk.js'

const CHUNK = 1 << 18

/**
 * Parses a trace file: `.json`, `.json.gz`, `.json.zst` or `.zip`, told apart by their first bytes.
 * @throws TraceParseError when the file cannot be read, is empty, no trace, damaged, or cut off
 *   (unless `salvage`)
 */
export async function parseFile(path: string, options: ParseOptions = {}): Promise<KernelTrace> {
  const named = { source: basename(path), ...options }
  return parseSource(sourceOf(path, named), named)
}

/**
 * Reads a capture trace from a file; see `parseCapture`.
 * @throws TraceParseError as `parseFile` does, and `no_kernels` when the trace holds no launches
 */
export async function parseCaptureFile(
  path: string,
  options: ParseCaptureOptions = {},
): Promise<Capture> {
  const named = { source: basename(path), ...options }
  return captureSource(sourceOf(path, named), named)
}

/**
 * Reads an execution trace of PyTorch from a file; see `parseExecutionTrace`.
 * @throws TraceParseError as `parseFile` does
 */
export async function parseExecutionTraceFile(
  path: string,
  options: ParseOptions = {},
): Promise<ExecutionTrace> {
  const named = { source: basename(path), ...options }
  return executionTraceSource(sourceOf(path, named), named)
}

function sourceOf(path: string, options: ParseOptions & { source: string }): TraceSource {
  const { source } = options
  const openDatabase: TraceSource['openDatabase'] = async (open) =>
    (await isSqlite(path)) ? openFile(source, path) : openUnpacked(source, open())
  return {
    source,
    openDatabase,
    open: (repairs) => unpackedFile(path, options, repairs),
    beside: async (name, repairs) => {
      const other = join(dirname(path), name)
      const { onProgress: _, ...rest } = options
      return existsSync(other) ? unpackedFile(other, { ...rest, source: name }, repairs) : undefined
    },
    isRepeatable: true,
  }
}

/** Whether a file is a database as it lies there, and not packed. */
async function isSqlite(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(SQLITE_MAGIC.length), position: 0 })
    return buffer.toString('latin1') === SQLITE_MAGIC
  } finally {
    await file.close()
  }
}

/** The unpacked text of a trace file in chunks. */
export function fileText(path: string, options: ParseOptions = {}): AsyncGenerator<Uint8Array> {
  return unpackedFile(path, options, new Repairs())
}

async function* unpackedFile(
  path: string,
  options: ParseOptions,
  repairs: Repairs,
): AsyncGenerator<Uint8Array> {
  const source = options.source ?? basename(path)
  const packed = counted(fileChunks(path, source), { source, ...options })
  const salvage = options.salvage ?? false
  // zlib gives out nothing of the piece in which it meets a fault.
  const gunzip = salvage ? inflatedByPako : gunzipped
  yield* unpacked(packed, { source, salvage, repairs, gunzip })
}

async function* fileChunks(path: string, source: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK })
  } catch (cause) {
    if (cause instanceof TraceParseError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a folder' : String(code)
    throw new TraceParseError('unreadable', `cannot be read: ${why} (${path})`, { source, cause })
  }
}

/** Gunzips any number of members; zlib works in its own thread while the text is scanned. */
async function* gunzipped(
  chunks: AsyncIterable<Uint8Array>,
  { source }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK })
  // Failure of the input destroys `gunzip` with the same error, which the loop below meets.
  pipeline(chunks, gunzip).catch(() => {})
  let byte = 0
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      byte += chunk.length
      yield chunk
    }
  } catch (cause) {
    if (cause instanceof TraceParseError) throw cause
    const isEnd = (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
    throw isEnd ? truncated(source, 'gzip', byte) : damaged(source, 'gzip', byte, cause)
  }
}
