// Waits until the trace files of a capture are there and whole. Engines write them in place, minutes
// after the capture has ended, so a file that exists proves nothing: it must stop growing, unpack to
// its end and be one closed JSON value with a traceEvents array.

import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { messageOf } from '@flowsim/trace-schema'
import type { Engine, TraceName } from '../engines/engine.js'
import { ProfilerRunnerError } from '../errors.js'
import { nowMs, sleep } from '../wait.js'

/** A whole trace file. */
export interface TraceFile extends TraceName {
  path: string
  bytes: number
}

/** What to wait for. */
export interface TraceWait {
  folder: string
  engine: Engine
  /** Files that were there before the capture. */
  ignore: ReadonlySet<string>
  /** Ranks that write; null: as many as come until none has been added for `settleMs`. */
  ranks: number | null
  stages: readonly TraceName['stage'][]
  timeoutMs: number
  /** Default 3 s. */
  settleMs?: number
  signal?: AbortSignal | undefined
}

/**
 * Waits for the files.
 * @throws {@link ProfilerRunnerError} `trace_missing` when too few come, `trace_incomplete` when one
 *   stays broken, `aborted`
 */
export async function waitForTraces(wait: TraceWait): Promise<TraceFile[]> {
  const deadline = nowMs() + wait.timeoutMs
  const settleMs = wait.settleMs ?? 3000
  const sizes = new Map<string, number>()
  const faults = new Map<string, string>()
  const whole = new Map<string, TraceFile>()
  let lastChange = nowMs()
  for (;;) {
    for (const { name, bytes, trace } of await listTraces(wait)) {
      if (sizes.get(name) !== bytes) {
        sizes.set(name, bytes)
        faults.delete(name)
        whole.delete(name)
        lastChange = nowMs()
      } else if (!whole.has(name) && !faults.has(name)) {
        const path = join(wait.folder, name)
        const fault = await traceFault(path)
        if (fault === null) whole.set(name, { path, bytes, ...trace })
        else faults.set(name, fault)
        lastChange = nowMs()
      }
    }
    const enough =
      wait.ranks === null
        ? whole.size > 0 && nowMs() - lastChange >= settleMs
        : wait.stages.every((stage) => countOf(whole, stage) >= wait.ranks!)
    if (enough && whole.size === sizes.size) {
      return [...whole.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
    }
    if (nowMs() >= deadline) throw givenUp(wait, whole, faults)
    await sleep(Math.min(200, wait.timeoutMs), wait.signal)
  }
}

/** Names of the traces in a folder; empty when it is not there. */
export async function traceNames(folder: string, engine: Engine): Promise<Set<string>> {
  const entries = await readdir(folder).catch(() => [])
  return new Set(entries.filter((name) => engine.traceName(name) !== null))
}

async function listTraces(
  wait: TraceWait,
): Promise<{ name: string; bytes: number; trace: TraceName }[]> {
  const found: { name: string; bytes: number; trace: TraceName }[] = []
  for (const name of await traceNames(wait.folder, wait.engine)) {
    if (wait.ignore.has(name)) continue
    const size = await stat(join(wait.folder, name)).then(
      (info) => info.size,
      () => 0,
    )
    found.push({ name, bytes: size, trace: wait.engine.traceName(name)! })
  }
  return found
}

function countOf(files: ReadonlyMap<string, TraceFile>, stage: TraceName['stage']): number {
  let count = 0
  for (const file of files.values()) if (file.stage === stage || stage === 'all') count++
  return count
}

function givenUp(
  wait: TraceWait,
  whole: ReadonlyMap<string, TraceFile>,
  faults: ReadonlyMap<string, string>,
): ProfilerRunnerError {
  const waited = `after ${Math.round(wait.timeoutMs / 1000)} s`
  const [broken] = faults
  if (broken !== undefined) {
    return new ProfilerRunnerError(
      'trace_incomplete',
      `${join(wait.folder, broken[0])}: still incomplete ${waited} (${broken[1]}); see the server's log, or raise the trace time-out`,
    )
  }
  const wanted = wait.ranks === null ? 'any' : `${wait.ranks} ranks × ${wait.stages.join(', ')}`
  return new ProfilerRunnerError(
    'trace_missing',
    `${wait.folder}: ${whole.size} trace files ${waited}, expected ${wanted}; see the server's log`,
  )
}

/**
 * Reads a trace file to its end, in constant memory.
 * @returns what is wrong with it in a few words, or null when it is whole
 */
export async function traceFault(path: string): Promise<string | null> {
  const check = new JsonEndCheck()
  try {
    const input = createReadStream(path, { highWaterMark: 256 << 10 })
    const sink = async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) check.push(chunk)
    }
    if (path.endsWith('.gz')) {
      await pipeline(input, createGunzip({ chunkSize: 256 << 10 }), sink)
    } else await pipeline(input, sink)
  } catch (error) {
    return messageOf(error)
  }
  return check.fault()
}

// Follows strings and brackets, nothing else: enough to tell a whole document from a cut one.
class JsonEndCheck {
  private depth = 0
  private inString = false
  private escaped = false
  private bytes = 0
  private closed = false
  private head = ''

  push(chunk: Buffer): void {
    if (this.head.length < 65_536) this.head += chunk.toString('latin1', 0, 65_536)
    this.bytes += chunk.length
    let { depth, inString, escaped } = this
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (inString) {
        if (escaped) escaped = false
        else if (byte === 92) escaped = true
        else if (byte === 34) inString = false
        else {
          // Strings are most of a trace; native search skips to their end.
          const quote = chunk.indexOf(34, at)
          const slash = quote === -1 ? chunk.indexOf(92, at) : chunk.subarray(at, quote).indexOf(92)
          if (slash !== -1) at = (quote === -1 ? slash : at + slash) - 1
          else at = (quote === -1 ? chunk.length : quote) - 1
        }
      } else if (byte === 34) inString = true
      else if (byte === 123 || byte === 91) depth++
      else if (byte === 125 || byte === 93) {
        depth--
        if (depth === 0) this.closed = true
      }
    }
    this.depth = depth
    this.inString = inString
    this.escaped = escaped
  }

  fault(): string | null {
    if (this.bytes === 0) return 'empty'
    if (this.inString || this.depth !== 0 || !this.closed) return 'JSON is cut off'
    return this.head.includes('"traceEvents"') || this.head.trimStart().startsWith('[')
      ? null
      : 'not a trace: no traceEvents'
  }
}
