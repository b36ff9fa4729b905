// Archives: the one trace among their files.

import { TraceParseError } from '../errors.js'
import type { UnpackOptions } from './unpack.js'
import { unreadablePacking } from './unpack-errors.js'

/** A file in an archive. */
export interface ArchiveEntry {
  name: string
  /** Its bytes, to be read before the next entry is asked for, or not at all. */
  data: AsyncGenerator<Uint8Array>
}

const TRACE_FILE =
  /\.(?:(?:json|pb|pftrace|perfetto-trace|sqlite|db|rpd|et)(?:\.gz|\.zst)?|zip|tar|tar\.gz|tgz)$/i

/** Whether a file of an archive or folder may be a trace, by its name. */
export function isTraceName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return TRACE_FILE.test(name) && !name.startsWith('.') && !/(?:^|\/)__MACOSX\//.test(path)
}

/**
 * The bytes of the one trace in an archive.
 * @throws TraceParseError `not_a_trace` where there is none, `unsupported_format` where there are several
 */
export async function* theTrace(
  entries: AsyncGenerator<ArchiveEntry>,
  { source }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  let found: string | undefined
  for await (const { name, data } of entries) {
    if (!isTraceName(name)) continue
    if (found !== undefined) {
      throw unreadablePacking(
        source,
        `holds several traces (${found}, ${name}, …); unpack it and name one`,
      )
    }
    found = name
    yield* data
  }
  if (found === undefined) {
    throw new TraceParseError('not_a_trace', 'holds no trace (.json, .json.gz, .sqlite, .pb, …)', {
      source,
    })
  }
}
