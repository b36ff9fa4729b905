// A tensor sent to another rank.
import {
  groupFields,
  groupSizes,
  networkWork,
  SOME_GROUP,
  tensorBytes,
} from './shared/collective.js'
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'

export const send = operation('send', {
  title: 'a tensor sent to another rank',
  family: 'communication',
  runsOn: 'links',
  fields: { elements: size(), ...groupFields },
  example: SOME_GROUP,
  work: (call) => networkWork(tensorBytes(call), { crossing: 1, read: 1, write: 0 }),
  describe: groupSizes,
})
