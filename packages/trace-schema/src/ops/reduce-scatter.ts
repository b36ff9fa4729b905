// The sum of every rank's tensor, a part of it on each rank: (n−1)/n of it crosses a rank's links.
import { busFactor, collective } from './shared/collective.js'

export const reduceScatter = collective('reduce_scatter', {
  title: 'the sum of every rank’s tensor, a part on each rank',
  elements: 'Elements before the scatter: all ranks together.',
  shares: (ranks) => ({ crossing: busFactor('reduce_scatter', ranks), read: 1, write: 1 / ranks }),
  adds: true,
})
