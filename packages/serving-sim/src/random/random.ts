// Random numbers of generated workloads and of routers: xoroshiro128+, seeded; the distributions are those
// of d3-random. Streams of one seed do not overlap: stream n starts (n + 1) · 2^64 draws on. The very first draws
// of a small seed are of no use: its bits have not spread over the state yet.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws uniformly from [0, 1). */
export type RandomSource = () => number

/**
 * Stream `stream` of a seed.
 * @param seed an integer of at most 53 bits
 */
export function randomSource(seed: number, stream = 0): RandomSource {
  const generator = xoroshiro128plus((seed % 2 ** 32) ^ Math.floor(seed / 2 ** 32))
  for (let i = 0; i <= stream; i++) generator.jump()
  return () => uniformFloat64(generator)
}

/** A uniform integer from 0 to `count` − 1. */
export const below = (random: RandomSource, count: number): number => Math.floor(random() * count)
