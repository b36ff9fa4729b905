// Folders of captures, as engines leave them: a trace for each batch size beside other files, and with vLLM an
// `execution_details.json` that lists them, [{ "file": "…", "batch_size": 64, "mode": "PIECEWISE" }, …].
//
// Layouts: vLLM capture_torch_profiler (capture_traces/), SGLang --enable-profile-cuda-graph
// (graph_capture_profile/bs_<n>_rank<r>.json.gz).
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { TraceParseError } from '../errors.js'
import { isTraceName } from '../input/archive.js'
import { parseCaptureFile } from '../parse-file.js'
import type { ParseOptions } from '../parse-trace.js'
import type { Capture } from './captured-graph.js'

const DETAILS = 'execution_details.json'
/** Folders of captures within what the engine was told to write to. */
const FOLDERS = ['capture_traces', 'graph_capture_profile']

interface CaptureFile {
  path: string
  batchSize?: number
  /** Found in a folder, not named: it may be something else. */
  isFound: boolean
}

/**
 * Reads captures from files and from folders of them; what lies beside them in a folder is passed over.
 * @throws TraceParseError as `parseCaptureFile` does, and `not_a_trace` for a folder without captures
 */
export async function parseCaptures(
  paths: readonly string[],
  options: ParseOptions = {},
): Promise<Capture[]> {
  const captures: Capture[] = []
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    )
    const files = isFolder ? await captureFiles(path) : [{ path, isFound: false }]
    let found = 0
    for (const file of files) {
      const capture = await read(file, options)
      if (capture === undefined) continue
      captures.push(capture)
      found++
    }
    if (found === 0) {
      throw new TraceParseError('not_a_trace', 'is a folder without traces of captures', {
        source: basename(path),
      })
    }
  }
  return captures
}

async function read(
  { path, batchSize, isFound }: CaptureFile,
  options: ParseOptions,
): Promise<Capture | undefined> {
  try {
    return await parseCaptureFile(path, {
      ...options,
      ...(batchSize === undefined ? {} : { batchSize }),
    })
  } catch (error) {
    const isOther =
      error instanceof TraceParseError &&
      ['not_a_trace', 'unsupported_format', 'no_kernels', 'empty'].includes(error.code)
    if (isFound && isOther) return undefined
    throw error
  }
}

/** The captures of a folder, or of the one in it where engines write them. */
async function captureFiles(folder: string): Promise<CaptureFile[]> {
  const names = (await readdir(folder)).sort()
  if (names.includes(DETAILS)) {
    const listed = listOf(await readFile(join(folder, DETAILS), 'utf8'))
    const present = listed.filter(({ file }) => names.includes(file))
    if (present.length > 0) return present.map(({ file, ...rest }) => ofList(folder, file, rest))
  }
  const traces = names.filter((name) => isTraceName(name) && name !== DETAILS)
  const inner = FOLDERS.find((name) => names.includes(name))
  if (traces.length === 0 && inner !== undefined) return captureFiles(join(folder, inner))
  return traces.map((name) => ({ path: join(folder, name), isFound: true }))
}

const ofList = (folder: string, file: string, rest: { batchSize?: number }): CaptureFile => ({
  path: join(folder, file),
  isFound: false,
  ...rest,
})

/** Files of the list; the size of one that stands there for several is not known. */
function listOf(text: string): { file: string; batchSize?: number }[] {
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch {
    return []
  }
  const sizes = new Map<string, number[]>()
  for (const entry of Array.isArray(entries) ? entries : []) {
    const { file, batch_size } = (entry ?? {}) as { file?: unknown; batch_size?: unknown }
    if (typeof file !== 'string') continue
    const list = sizes.get(basename(file)) ?? []
    if (Number.isSafeInteger(batch_size)) list.push(batch_size as number)
    sizes.set(basename(file), list)
  }
  return [...sizes].map(([file, [size, ...others]]) =>
    size === undefined || others.length > 0 ? { file } : { file, batchSize: size },
  )
}
