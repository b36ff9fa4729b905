// Offsets of single places of the data: what is left of a site's rows after core and trees, such as a layer
// whose kernel a framework's tuner has chosen badly. Fiftieths of ln(time), one signed byte each.
import type { ProfileSection } from './profile.js'
import { fromBase64, toBase64 } from './trees/ensemble.js'

type StoredSpots = NonNullable<ProfileSection['spots']>

/** Offsets of ln(time) by the number of the place. */
export function readSpots(stored: StoredSpots): Map<number, number> {
  const numbers = fromBase64(stored.numbers)
  const offsets = fromBase64(stored.offsets)
  if (numbers.length !== 4 * offsets.length)
    throw new RangeError('spots and offsets differ in number')
  const view = new DataView(numbers.buffer)
  const spots = new Map<number, number>()
  for (let i = 0; i < offsets.length; i++) {
    const byte = offsets[i]!
    spots.set(view.getUint32(4 * i, true), (byte < 128 ? byte : byte - 256) / 50)
  }
  return spots
}

/** The stored form of offsets, in the order of their numbers. */
export function storeSpots(spots: ReadonlyMap<number, number>): StoredSpots {
  const order = [...spots.keys()].sort((a, b) => a - b)
  const numbers = new DataView(new ArrayBuffer(4 * order.length))
  const offsets = new Uint8Array(order.length)
  order.forEach((number, i) => {
    numbers.setUint32(4 * i, number, true)
    offsets[i] = Math.max(-127, Math.min(127, Math.round(spots.get(number)! * 50))) & 255
  })
  return { numbers: toBase64(new Uint8Array(numbers.buffer)), offsets: toBase64(offsets) }
}
