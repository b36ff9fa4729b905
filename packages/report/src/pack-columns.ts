// Columns of integers as short text: the smallest typed array that holds them, deflated, in base64. A page inflates
// them with the browser's DecompressionStream.
import type { COLUMN_TYPES, PackedColumns } from '@flowsim/trace-schema'
import { deflateRaw } from 'pako'

/** Bytes that become text at once: arguments of a call are limited. */
const CHUNK = 0x8000

/** Packs columns; those that are absent stay absent. */
export function packColumns(
  columns: Readonly<Record<string, ArrayLike<number> | undefined>>,
): PackedColumns {
  const packed: PackedColumns = { columns: {} }
  for (const [name, values] of Object.entries(columns)) {
    if (values !== undefined) packed.columns[name] = packColumn(values)
  }
  return packed
}

function packColumn(values: ArrayLike<number>): PackedColumns['columns'][string] {
  let [least, most, isWhole] = [0, 0, true]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < least) least = value
    if (value > most) most = value
    isWhole &&= Number.isInteger(value)
  }
  const as = !isWhole ? 'f64' : typeFor(least, most)
  const size = { i8: 1, i16: 2, i32: 4, f64: 8 }[as]
  const view = new DataView(new ArrayBuffer(values.length * size))
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    // Little-endian on every machine.
    if (as === 'i8') view.setInt8(i, value)
    else if (as === 'i16') view.setInt16(i * 2, value, true)
    else if (as === 'i32') view.setInt32(i * 4, value, true)
    else view.setFloat64(i * 8, value, true)
  }
  return { as, data: base64(deflateRaw(new Uint8Array(view.buffer))) }
}

function typeFor(least: number, most: number): keyof typeof COLUMN_TYPES {
  const within = (bits: number) => least >= -(2 ** bits) && most < 2 ** bits
  return within(7) ? 'i8' : within(15) ? 'i16' : within(31) ? 'i32' : 'f64'
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return btoa(text)
}
