/** Seed of a named random stream of inference-sim: the seed XOR the FNV-1a hash of the name. */
export function streamSeed(seed: number, name: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(name)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  }
  return BigInt.asIntN(64, BigInt(seed) ^ hash)
}
