// Protobuf messages as objects, by the fields of their schema that are asked for: all others are passed over.
// The wire format itself is read by @bufbuild/protobuf, which programs that read such files install.
//
// Specification: protobuf.dev/programming-guides/encoding.
import type { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { TraceParseError } from '../errors.js'
import type { TraceFile } from '../input/trace-file.js'
import { protobufWire } from './library.js'

/**
 * How a field is read: `int` as a number, or a bigint beyond 2^53; `ints` packed or not; `bytes` as a view of
 * the input.
 */
export type FieldKind = 'int' | 'uint' | 'ints' | 'double' | 'text' | 'bytes' | 'fixed64' | Shape

/** Fields of a message by number: name and kind; in a list where the field is repeated. */
export interface Shape {
  readonly [field: number]: readonly [name: string, kind: FieldKind, repeated?: 'repeated']
}

/** A message as an object; fields that do not stand in it are absent. */
export type Message = Record<string, unknown>

const LENGTH_DELIMITED = 2

/** Reads messages; one for each input. */
export class MessageReader {
  constructor(
    private readonly Reader: new (bytes: Uint8Array) => BinaryReader,
    private readonly source: string,
  ) {}

  /**
   * The message that these bytes are.
   * @throws TraceParseError `corrupt` when they are not one
   */
  read<T>(bytes: Uint8Array, shape: Shape): T {
    const reader = new this.Reader(bytes)
    try {
      return readMessage(reader, bytes.length, shape) as T
    } catch (cause) {
      throw this.#damaged(bytes, reader.pos, cause)
    }
  }

  /**
   * The messages of one repeated field, as views of the input, one by one.
   * @throws TraceParseError `corrupt` after the last whole one
   */
  *each(bytes: Uint8Array, field: number): Generator<Uint8Array> {
    const reader = new this.Reader(bytes)
    try {
      while (reader.pos < bytes.length) {
        const [number, wire] = reader.tag()
        if (number === field && wire === LENGTH_DELIMITED) yield reader.bytes()
        else reader.skip(wire, number)
      }
    } catch (cause) {
      throw this.#damaged(bytes, reader.pos, cause)
    }
  }

  #damaged(bytes: Uint8Array, position: number, cause: unknown): TraceParseError {
    if (cause instanceof TraceParseError) return cause
    const byte = bytes.byteOffset + Math.min(position, bytes.length)
    return new TraceParseError('corrupt', `damaged or cut off at byte ${byte}; copy it again`, {
      source: this.source,
      at: { byte },
      cause,
    })
  }
}

/**
 * A reader for the messages of a file.
 * @throws TraceParseError `missing_library`
 */
export async function messageReader({ source }: TraceFile): Promise<MessageReader> {
  const { BinaryReader } = await protobufWire(source)
  return new MessageReader(BinaryReader, source)
}

function readMessage(reader: BinaryReader, end: number, shape: Shape): Message {
  const message: Message = {}
  while (reader.pos < end) {
    const [number, wire] = reader.tag()
    const field = shape[number]
    if (field === undefined || !fits(field[1], wire)) {
      reader.skip(wire, number)
      continue
    }
    const [name, kind, repeated] = field
    if (kind === 'ints') {
      message[name] ??= []
      readInts(reader, wire, message[name] as number[])
      continue
    }
    const value = readValue(reader, kind)
    if (repeated === undefined) message[name] = value
    else if (message[name] === undefined) message[name] = [value]
    else (message[name] as unknown[]).push(value)
  }
  if (reader.pos > end) throw new RangeError('a message overruns the one around it')
  return message
}

/** Whether a field is written as its kind is; a file of another schema is passed over. */
function fits(kind: FieldKind, wire: WireType): boolean {
  switch (kind) {
    case 'int':
    case 'uint':
      return wire === 0
    case 'ints':
      return wire === 0 || wire === LENGTH_DELIMITED
    case 'double':
    case 'fixed64':
      return wire === 1
    default:
      return wire === LENGTH_DELIMITED
  }
}

function readValue(reader: BinaryReader, kind: Exclude<FieldKind, 'ints'>): unknown {
  switch (kind) {
    case 'int':
      return plain(reader.int64())
    case 'uint':
      return plain(reader.uint64())
    case 'fixed64':
      return plain(reader.fixed64())
    case 'double':
      return reader.double()
    case 'text':
      return reader.string()
    case 'bytes':
      return reader.bytes()
    default: {
      const length = reader.uint32()
      const end = reader.pos + length
      if (end > reader.len) throw new RangeError('premature end')
      return readMessage(reader, end, kind)
    }
  }
}

function readInts(reader: BinaryReader, wire: WireType, list: number[]): void {
  if (wire !== LENGTH_DELIMITED) {
    list.push(Number(reader.int64()))
    return
  }
  const length = reader.uint32()
  const end = reader.pos + length
  if (end > reader.len) throw new RangeError('premature end')
  while (reader.pos < end) list.push(Number(reader.int64()))
}

function plain(value: bigint | string): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}
