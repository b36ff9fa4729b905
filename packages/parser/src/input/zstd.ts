// Zstandard frames.
import { pushed } from './pushed.js'
import type { UnpackOptions } from './unpack.js'
import { damaged, truncated } from './unpack-errors.js'

export async function* unzstd(
  chunks: AsyncIterable<Uint8Array>,
  { source, salvage }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const { Decompress, ZstdErrorCode } = await import('fzstd')
  const out: Uint8Array[] = []
  let byte = 0
  const decompress = new Decompress((data) => {
    byte += data.length
    out.push(data)
  })
  const push = (chunk: Uint8Array, last: boolean) => {
    try {
      decompress.push(chunk, last)
    } catch (cause) {
      const { code } = cause as { code?: number }
      const isEnd = last && code === ZstdErrorCode.UnexpectedEOF
      if (!isEnd) throw damaged(source, 'zstd', byte, cause)
      if (!salvage) throw truncated(source, 'zstd', byte)
    }
  }
  yield* pushed(chunks, push, out)
}
