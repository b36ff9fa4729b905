// One rank's tensor on every rank.
import {
  groupFields,
  groupSizes,
  networkWork,
  SOME_GROUP,
  tensorBytes,
} from './shared/collective.js'
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'

export const broadcast = operation('broadcast', {
  title: 'one rank’s tensor on every rank',
  family: 'communication',
  runsOn: 'links',
  fields: { elements: size(), ...groupFields },
  example: SOME_GROUP,
  work: (call) =>
    networkWork(tensorBytes(call), { crossing: call.devices > 1 ? 1 : 0, read: 1, write: 1 }),
  describe: groupSizes,
})
