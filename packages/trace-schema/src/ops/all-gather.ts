// Every rank's part on every rank: (n−1)/n of all parts crosses a rank's links.
import { busFactor, collective } from './shared/collective.js'

export const allGather = collective('all_gather', {
  title: 'every rank’s part on every rank',
  elements: 'Elements gathered: all ranks together.',
  shares: (ranks) => ({ crossing: busFactor('all_gather', ranks), read: 1 / ranks, write: 1 }),
})
