// Headers and indices of safetensors: the sizes of a checkpoint without its weights.
// Format: https://github.com/huggingface/safetensors#format: eight bytes with the length N of the header,
// little-endian; N bytes of JSON, { name: { dtype, shape, data_offsets: [begin, end] }, "__metadata__" }.
import { parseConfig } from '../config/parse-config.js'
import { ModelGraphError } from '../errors.js'
import type { CheckpointSize } from './model-files.js'

/** Most bytes of a header, as other readers of the format have it. */
export const MAX_HEADER_BYTES = 100_000_000

/** Length of the header, from the first eight bytes of a file. */
export function headerLength(start: Uint8Array, source: string): number {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const length = start.byteLength < 8 ? 0n : view.getBigUint64(0, true)
  if (length > 0n && length <= BigInt(MAX_HEADER_BYTES)) return Number(length)
  throw malformed(source, 'does not begin with the length of a header')
}

/** Sizes from the text of a header. */
export function sizeOfHeader(text: string, source: string): CheckpointSize {
  const tensors = record(parseConfig(text, { source }), source)
  let bytes = 0
  let vocab: number | undefined
  for (const [name, tensor] of Object.entries(tensors)) {
    if (name === '__metadata__') continue
    const { shape, data_offsets: offsets } = record(tensor, source)
    if (!Array.isArray(offsets) || !Array.isArray(shape)) {
      throw malformed(source, `the header has no offsets or shape for ${name}`)
    }
    bytes += Number(offsets[1]) - Number(offsets[0])
    if (/(embed_tokens|word_embeddings|wte|embeddings)\.weight$/.test(name) && shape.length === 2) {
      vocab ??= Number(shape[0])
    }
  }
  return { bytes, ...(vocab === undefined ? {} : { vocab }) }
}

/** Sizes from an index of several files; undefined where it does not state them. */
export function sizeOfIndex(index: unknown, source: string): CheckpointSize | undefined {
  const { metadata } = record(index, source)
  if (metadata === undefined) return undefined
  const { total_size: bytes } = record(metadata, source)
  return typeof bytes === 'number' && bytes > 0 ? { bytes } : undefined
}

function record(value: unknown, source: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw malformed(source, 'holds no JSON object where safetensors have one')
}

function malformed(source: string, problem: string): ModelGraphError {
  return new ModelGraphError('invalid_config', `${source}: ${problem}`, { source, path: '' })
}
