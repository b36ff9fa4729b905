// One rank's tensor on every rank.
import { collective } from './shared/collective.js'

export const broadcast = collective('broadcast', {
  title: 'one rank’s tensor on every rank',
  shares: (ranks) => ({ crossing: ranks > 1 ? 1 : 0, read: 1, write: 1 }),
})
