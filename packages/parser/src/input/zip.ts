// Zip archives: the one trace in them.
import { TraceParseError } from '../errors.js'
import { pushed } from './pushed.js'
import type { UnpackOptions } from './unpack.js'
import { damaged, truncated } from './unpack-errors.js'

const TRACE_FILE = /\.json(?:\.gz|\.zst)?$/i

export async function* unzipped(
  chunks: AsyncIterable<Uint8Array>,
  { source, salvage }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const { Unzip, UnzipInflate } = await import('fflate')
  const out: Uint8Array[] = []
  let byte = 0
  let found = ''
  let isComplete = false
  const unzip = new Unzip((file) => {
    if (!TRACE_FILE.test(file.name) || file.name.startsWith('__MACOSX/')) return
    if (found !== '') {
      throw new TraceParseError(
        'unsupported_format',
        `${source}: holds several traces (${found}, ${file.name}, …); unzip it and name one`,
      )
    }
    found = file.name
    file.ondata = (error, data, last) => {
      if (error !== null) throw error
      byte += data.length
      out.push(data)
      if (last) isComplete = true
    }
    file.start()
  })
  unzip.register(UnzipInflate)
  const push = (chunk: Uint8Array, last: boolean) => {
    try {
      unzip.push(chunk, last)
    } catch (cause) {
      if (cause instanceof TraceParseError) throw cause
      if (!last) throw damaged(source, 'zip', byte, cause)
    }
  }
  yield* pushed(chunks, push, out)
  if (found === '') {
    throw new TraceParseError('not_a_trace', `${source}: holds no .json or .json.gz file`)
  }
  if (!isComplete && !salvage) throw truncated(source, 'zip', byte)
}
