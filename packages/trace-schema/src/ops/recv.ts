// A tensor received from another rank.
import {
  groupFields,
  groupSizes,
  networkWork,
  SOME_GROUP,
  tensorBytes,
} from './shared/collective.js'
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'

export const recv = operation('recv', {
  title: 'a tensor received from another rank',
  family: 'communication',
  runsOn: 'links',
  fields: { elements: size(), ...groupFields },
  example: SOME_GROUP,
  work: (call) => networkWork(tensorBytes(call), { crossing: 1, read: 0, write: 1 }),
  describe: groupSizes,
})
