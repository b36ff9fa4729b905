// A tensor received from another rank.
import { collective } from './shared/collective.js'

export const recv = collective('recv', {
  title: 'a tensor received from another rank',
  shares: () => ({ crossing: 1, read: 0, write: 1 }),
})
