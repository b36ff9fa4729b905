// Which experts stand on which device, and what each device gets of the rows.
//
// Without balancing, experts stand in their order; that of a synthetic load is shuffled, so that the most used ones
// are not neighbours. EPLB gives each redundant slot to the expert with the most rows a copy, then deals the copies
// out to devices, the heaviest first, each to the device with the fewest rows that has a slot left.
//
// Source: deepseek-ai/EPLB, README.md, the global policy.

/** Where experts stand. */
export interface PlacementOptions {
  devices: number
  /** Copies beside the experts themselves. */
  redundant: number
  balancing: 'eplb' | 'none'
  /** Whether weights stand in the order of the experts. */
  isOrdered: boolean
}

/** Share of all rows that each device gets. */
export function deviceShares(
  weights: Float64Array,
  { devices, redundant, balancing, isOrdered }: PlacementOptions,
): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const copies =
    balancing === 'eplb'
      ? balancedCopies(weights, redundant)
      : plainCopies(weights, redundant, isOrdered)
  const shares = new Float64Array(devices)
  const slots = copies.length / devices
  if (balancing === 'none') {
    for (const [slot, rows] of copies.entries()) shares[Math.floor(slot / slots)]! += rows / total
    return shares
  }
  const filled = new Uint32Array(devices)
  for (const rows of copies.sort((a, b) => b - a)) {
    let best = -1
    for (let device = 0; device < devices; device++) {
      if (filled[device]! < slots && (best < 0 || shares[device]! < shares[best]!)) best = device
    }
    shares[best]! += rows / total
    filled[best]!++
  }
  return shares
}

/** Rows of each copy, where the most used experts have the most. */
function balancedCopies(weights: Float64Array, redundant: number): number[] {
  const counts = new Uint32Array(weights.length).fill(1)
  for (let i = 0; i < redundant; i++) {
    let heaviest = 0
    for (let e = 1; e < weights.length; e++) {
      if (weights[e]! / counts[e]! > weights[heaviest]! / counts[heaviest]!) heaviest = e
    }
    counts[heaviest]!++
  }
  return copiesOf(weights, counts)
}

/** Rows of each copy, where the first experts have one more; most used ones are spread. */
function plainCopies(weights: Float64Array, redundant: number, isOrdered: boolean): number[] {
  const counts = new Uint32Array(weights.length).fill(1)
  for (let i = 0; i < redundant; i++) counts[i % counts.length]!++
  const copies = copiesOf(weights, counts)
  const stride = isOrdered ? 1 : strideOf(copies.length)
  return copies.map((_, slot) => copies[(slot * stride) % copies.length]!)
}

function copiesOf(weights: Float64Array, counts: Uint32Array): number[] {
  return [...weights].flatMap((weight, e) =>
    new Array<number>(counts[e]!).fill(weight / counts[e]!),
  )
}

/** A step near the golden section of a circle that meets all of its places. */
function strideOf(places: number): number {
  let stride = Math.max(1, Math.round(places * 0.618))
  while (divisor(stride, places) !== 1) stride++
  return stride
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
