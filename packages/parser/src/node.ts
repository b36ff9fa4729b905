import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { type ParseOptions, parseText } from './parse-trace.js'
export async function parseFile(path: string, options: ParseOptions = {}) {
  const file = createReadStream(path, { highWaterMark: 1 << 18 })
  const text = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: 1 << 18 })) : file
  return parseText(text as AsyncIterable<Uint8Array>, { source: path, ...options })
}
