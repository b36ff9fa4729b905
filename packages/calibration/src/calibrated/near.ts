// How near a query lies to the rows that a profile was fitted to. A user's rows speak for shapes like theirs;
// away from them the built-in model answers. Distance is in octaves of every dimension; the rows' kernels,
// exp(-(d / octaves)^2 / 2), add up to the support S of a query, and the profile's share is S / (S + half), with
// these limits in choice.json.
import facts from './choice.json' with { type: 'json' }
import { fromBase64, toBase64 } from './trees/ensemble.js'

const NEAR = facts.nearRows

/** Rows that are kept of a device, at most: those that follow say little more. */
const KEPT = 512
/** Octaves in a step of what is stored. */
const STEP = 1 / 64

// What follows from other dimensions, or is not a dimension.
const DERIVED = new Set([
  'pairs',
  'bytes',
  'flops',
  'readBytes',
  'devicesPerNode',
  'operation',
  'alpha',
  'rowThreads',
  'passes',
  'passBytes',
  'vector',
  'kernels',
])

/** The dimensions of a query in octaves. */
export function octavesOf(query: object): number[] {
  const octaves: number[] = []
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'number' && !DERIVED.has(name))
      octaves.push(Math.log2(Math.max(value, 0) + 1))
  }
  return octaves
}

/** The rows' places as text: how many dimensions, and steps as 16-bit numbers. */
export function storeRows(queries: readonly object[]): { width: number; places: string } {
  const every = Math.max(1, Math.ceil(queries.length / KEPT))
  const kept = queries.filter((_, i) => i % every === 0).map(octavesOf)
  const width = kept[0]?.length ?? 0
  const view = new DataView(new ArrayBuffer(2 * width * kept.length))
  kept.flat().forEach((octaves, i) => {
    view.setUint16(2 * i, Math.min(65_535, Math.round(octaves / STEP)), true)
  })
  return { width, places: toBase64(new Uint8Array(view.buffer)) }
}

/** The rows of one device of a section. */
export class NearRows {
  private readonly places: Float64Array
  private readonly width: number

  /** @throws RangeError when the places do not fill whole rows */
  constructor({ width, places }: { width: number; places: string }) {
    const bytes = fromBase64(places)
    const view = new DataView(bytes.buffer)
    this.width = width
    this.places = Float64Array.from({ length: bytes.length >> 1 }, (_, i) => {
      return view.getUint16(2 * i, true) * STEP
    })
    if (width < 1 || this.places.length % width !== 0) throw new RangeError('rows are cut short')
  }

  /**
   * Share of the say that the rows have about a query, and whether it is one of them; `elsewhere` for who asks for
   * another framework's kernels.
   */
  shareOf(query: object, elsewhere = false): { share: number; isRow: boolean } {
    const at = octavesOf(query)
    const { places, width } = this
    const octaves = elsewhere ? NEAR.octavesElsewhere : NEAR.octaves
    let support = 0
    let least = Number.POSITIVE_INFINITY
    for (let row = 0; row < places.length; row += width) {
      let squared = 0
      for (let d = 0; d < width; d++) squared += (places[row + d]! - (at[d] ?? 0)) ** 2
      least = Math.min(least, squared)
      support += Math.exp(-squared / (2 * octaves ** 2))
    }
    const share = support < NEAR.least ? 0 : support / (support + NEAR.half)
    return { share, isRow: least < NEAR.same * NEAR.same }
  }
}
