// Anything that holds bytes, as chunks.

/** What a trace can be read from; packed (gzip, zip, zstd) or plain. */
export type TraceInput =
  | ArrayBuffer
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>

const SLICE = 1 << 18

/** The bytes of an input in chunks of moderate size. */
export async function* chunksOf(input: TraceInput): AsyncGenerator<Uint8Array> {
  if (input instanceof ArrayBuffer) yield* slices(new Uint8Array(input))
  else if (input instanceof Uint8Array) yield* slices(input)
  else if (typeof Blob !== 'undefined' && input instanceof Blob) yield* streamed(input.stream())
  else if ('getReader' in input) yield* streamed(input)
  else yield* input as AsyncIterable<Uint8Array>
}

/** Whether an input can be read again from its start. */
export function isRepeatable(input: TraceInput): boolean {
  return (
    input instanceof ArrayBuffer ||
    input instanceof Uint8Array ||
    (typeof Blob !== 'undefined' && input instanceof Blob)
  )
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SLICE) yield bytes.subarray(at, at + SLICE)
}

/** Not every browser can iterate a ReadableStream. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      // Browsers hand over megabytes at a time: too much between two reports of progress.
      yield* slices(value)
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** Chunks with the first bytes read ahead: at least `count`, unless there are fewer. */
export async function peek(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ head: Uint8Array; chunks: AsyncGenerator<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]()
  const ahead: Uint8Array[] = []
  let length = 0
  while (length < count) {
    const { done, value } = await iterator.next()
    if (done === true) break
    ahead.push(value)
    length += value.length
  }
  const head = new Uint8Array(Math.min(length, count))
  let at = 0
  for (const chunk of ahead) {
    head.set(chunk.subarray(0, head.length - at), at)
    at += Math.min(chunk.length, head.length - at)
  }
  return { head, chunks: rejoin(ahead, iterator) }
}

async function* rejoin(
  ahead: Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* ahead
    for (;;) {
      const { done, value } = await iterator.next()
      if (done === true) return
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}

/** All chunks as one. */
export async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    parts.push(chunk.slice())
    length += chunk.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
