// Damage to files for tests: the same in every run.

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const STRUCTURE = Buffer.from('{}[]",:\\\n\0\xffNaN', 'latin1')

/** Bytes overwritten, taken out, doubled or moved; then perhaps cut off. */
export function damaged(text: Uint8Array, random: () => number): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(text)
  const place = () => Math.floor(random() * bytes.length)
  const changes = 1 + Math.floor(random() * random() * 200)
  for (let i = 0; i < changes; i++) {
    const at = place()
    const length = Math.floor(random() * 60)
    const kind = random()
    if (kind < 0.6) bytes[at] = STRUCTURE[Math.floor(random() * STRUCTURE.length)]!
    else if (kind < 0.8)
      bytes.fill(Math.floor(random() * 256), at, Math.min(at + length, bytes.length))
    else if (kind < 0.95) bytes.copyWithin(at, place(), place())
    else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
  }
  return random() < 0.3 ? bytes.subarray(0, place()) : bytes
}
