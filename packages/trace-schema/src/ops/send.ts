// A tensor sent to another rank.
import { collective } from './shared/collective.js'

export const send = collective('send', {
  title: 'a tensor sent to another rank',
  shares: () => ({ crossing: 1, read: 1, write: 0 }),
})
