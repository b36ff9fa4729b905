// Turns a decompressor that is pushed to and calls back into a generator.

/** Feeds each chunk to `push` and yields what it hands to the callback meanwhile. */
export async function* pushed(
  chunks: AsyncIterable<Uint8Array>,
  push: (chunk: Uint8Array, last: boolean) => void,
  out: Uint8Array[],
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    push(chunk, false)
    yield* out.splice(0)
  }
  push(new Uint8Array(0), true)
  yield* out.splice(0)
}
