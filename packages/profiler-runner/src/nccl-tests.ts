// Measures collectives with the binaries of nccl-tests (rccl-tests have the same), where present.
//
// Their output: comment lines that start with "#"; then a row for each size with
//   size(B) count type redop root | time(us) algbw busbw #wrong | time algbw busbw #wrong
// first out of place, then in place. The size is that of the whole buffer: what is gathered for
// all_gather, what is sent for reduce_scatter and alltoall. The out-of-place time is taken.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '@flowsim/trace-schema'
import { makeFolder } from '@flowsim/trace-schema/node'
import { ProfilerRunnerError } from './errors.js'
import { writeWhole } from './profile/run-record.js'

const run = promisify(execFile)

const BINARIES = {
  all_reduce: 'all_reduce_perf',
  all_gather: 'all_gather_perf',
  reduce_scatter: 'reduce_scatter_perf',
  alltoall: 'alltoall_perf',
  broadcast: 'broadcast_perf',
  send_recv: 'sendrecv_perf',
} as const

const ELEMENT_BYTES = { half: 2, bfloat16: 2, float: 4, int8: 1 } as const

// As tables of measured rows name them.
const TABLE_DTYPES = {
  half: 'half',
  bfloat16: 'bfloat16',
  float: 'float32',
  int8: 'int8',
} as const satisfies Record<keyof typeof ELEMENT_BYTES, string>

// Enough for small messages, whose time varies most; nccl-tests' own defaults are 5 and 20.
const WARMUPS = 20
const ITERATIONS = 100

/** A collective that nccl-tests measures. */
export type NcclOp = keyof typeof BINARIES
/** An element type of nccl-tests. */
export type NcclDtype = keyof typeof ELEMENT_BYTES

/** A measured collective, with the columns that `flowsim calibrate` and `evaluate` read. */
export interface NcclMeasurement {
  gpu: string
  framework: 'nccl'
  version: string
  op: NcclOp
  dtype: (typeof TABLE_DTYPES)[NcclDtype]
  num_gpus: number
  message_elements: number
  message_bytes: number
  latency_us: number
}

/** What to measure. */
export interface NcclOptions {
  ops: readonly NcclOp[]
  dtype: NcclDtype
  gpus: number
  minBytes: number
  maxBytes: number
  /** Folder with the binaries. Default: PATH. */
  folder?: string
  /** Where results are kept. Default `~/.cache/flowsim/nccl`; null keeps none. */
  cacheFolder?: string | null
  timeoutMs?: number
  signal?: AbortSignal
}

/** Path of the binary of a collective, or null when it is not there. */
export async function findNcclTest(op: NcclOp, folder?: string): Promise<string | null> {
  const folders = folder === undefined ? (process.env.PATH ?? '').split(delimiter) : [folder]
  for (const place of folders) {
    const path = join(place, BINARIES[op])
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return null
}

/**
 * Measures collectives over sizes that double, or takes them from the cache.
 * @throws {@link ProfilerRunnerError} `command_not_found`, `backend_failed` for a binary that fails,
 *   `bad_input` for output that is not understood
 */
export async function measureCollectives(options: NcclOptions): Promise<NcclMeasurement[]> {
  const cacheFolder =
    options.cacheFolder === undefined
      ? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flowsim', 'nccl')
      : options.cacheFolder
  const rows: NcclMeasurement[] = []
  for (const op of options.ops) {
    const binary = await findNcclTest(op, options.folder)
    if (binary === null) {
      throw new ProfilerRunnerError(
        'command_not_found',
        `${BINARIES[op]} is not in ${options.folder ?? 'PATH'}; build nccl-tests and say where with --nccl-tests`,
      )
    }
    const args = [
      ...['-b', String(options.minBytes), '-e', String(options.maxBytes), '-f', '2'],
      ...['-g', String(options.gpus), '-d', options.dtype],
      ...['-w', String(WARMUPS), '-n', String(ITERATIONS)],
    ]
    const key = cacheKey(binary, args)
    const cached = cacheFolder === null ? null : await readCache(cacheFolder, key)
    if (cached !== null) {
      rows.push(...cached)
      continue
    }
    const measured = parseNcclOutput(await runBinary(binary, args, options), op, options)
    if (cacheFolder !== null) {
      makeFolder(cacheFolder)
      await writeWhole(join(cacheFolder, `${key}.json`), JSON.stringify(measured))
    }
    rows.push(...measured)
  }
  return rows
}

// The same binary on other devices, or with other settings of NCCL, measures something else.
function cacheKey(binary: string, args: readonly string[]): string {
  const settings = Object.entries(process.env)
    .filter(([name]) => /^(?:NCCL|RCCL|CUDA_VISIBLE|HIP_VISIBLE)/.test(name))
    .sort()
  return createHash('sha256')
    .update(JSON.stringify([binary, args, settings]))
    .digest('hex')
}

async function readCache(folder: string, key: string): Promise<NcclMeasurement[] | null> {
  try {
    return JSON.parse(await readFile(join(folder, `${key}.json`), 'utf8')) as NcclMeasurement[]
  } catch {
    return null
  }
}

async function runBinary(
  binary: string,
  args: readonly string[],
  options: NcclOptions,
): Promise<string> {
  try {
    const { stdout } = await run(binary, args, {
      timeout: options.timeoutMs ?? 600_000,
      maxBuffer: 16 << 20,
      ...(options.signal ? { signal: options.signal } : {}),
    })
    return stdout
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    const last = stderr.trim().split('\n').at(-1) || messageOf(error)
    throw new ProfilerRunnerError('backend_failed', `${binary}: ${last}`, { cause: error })
  }
}

/**
 * Reads the output of one binary.
 * @throws {@link ProfilerRunnerError} `bad_input` when it has no row, or a row with wrong results
 */
export function parseNcclOutput(
  text: string,
  op: NcclOp,
  { dtype, gpus }: Pick<NcclOptions, 'dtype' | 'gpus'>,
): NcclMeasurement[] {
  const gpu = /^# +Rank .* device +\d+ \[[^\]]*\] +(.+)$/m.exec(text)?.[1]?.trim() ?? 'unknown'
  const rows: NcclMeasurement[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const fields = line.trim().split(/\s+/)
    const [size, count, type] = fields
    const latencyUs = Number(fields[5])
    if (fields.length < 9 || !/^\d+$/.test(size!) || !/^\d+$/.test(count!)) continue
    if (!Number.isFinite(latencyUs) || type !== dtype) continue
    if (Number(fields[8]) > 0) {
      throw new ProfilerRunnerError(
        'bad_input',
        `${op} of ${size} bytes gave wrong results: ${line}`,
      )
    }
    rows.push({
      gpu,
      framework: 'nccl',
      version: ncclVersion(text),
      op,
      dtype: TABLE_DTYPES[dtype],
      num_gpus: gpus,
      message_elements: Number(size) / ELEMENT_BYTES[dtype],
      message_bytes: Number(size),
      latency_us: latencyUs,
    })
  }
  if (rows.length === 0) {
    const last = text.trim().split('\n').at(-1) ?? ''
    throw new ProfilerRunnerError(
      'bad_input',
      `${op}: no measurement in the output; it ends: ${last}`,
    )
  }
  return rows
}

// "nccl-library=22703" or "NCCL version 2.18.3+cuda12.2".
function ncclVersion(text: string): string {
  const code = Number(/nccl-library=(\d+)/.exec(text)?.[1])
  if (code > 0) {
    return `${Math.floor(code / 10_000)}.${Math.floor(code / 100) % 100}.${code % 100}`
  }
  return /NCCL version (\d+\.\d+\.\d+)/.exec(text)?.[1] ?? ''
}
