// A part of every rank's tensor for each other rank: (n−1)/n of it crosses a rank's links.
import { busFactor, collective } from './shared/collective.js'

export const allToAll = collective('all_to_all', {
  title: 'a part of every rank’s tensor for each rank',
  elements: 'Elements that one rank sends in all.',
  shares: (ranks) => ({ crossing: busFactor('all_to_all', ranks), read: 1, write: 1 }),
})
