// The sum of every rank's tensor on every rank: as a ring, 2·(n−1)/n of it crosses a rank's links.
import { busFactor, collective } from './shared/collective.js'

export const allReduce = collective('all_reduce', {
  title: 'the sum of every rank’s tensor on every rank',
  elements: 'Elements of the tensor.',
  shares: (ranks) => ({ crossing: busFactor('all_reduce', ranks), read: 2, write: 2 }),
  adds: true,
})
