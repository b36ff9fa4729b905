// The sum of every rank's tensor on every rank: as a ring, 2·(n−1)/n of it crosses a rank's links.
import {
  busFactor,
  groupFields,
  groupSizes,
  networkWork,
  SOME_GROUP,
  tensorBytes,
} from './shared/collective.js'
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'

export const allReduce = operation('all_reduce', {
  title: 'the sum of every rank’s tensor on every rank',
  family: 'communication',
  runsOn: 'links',
  fields: { elements: size('Elements of the tensor.'), ...groupFields },
  example: SOME_GROUP,
  work(call) {
    const n = call.devices
    const shares = { crossing: busFactor('all_reduce', n), read: 2, write: 2 }
    return networkWork(tensorBytes(call), shares, n > 1 ? call.elements : 0)
  },
  describe: groupSizes,
})
