// Every rank's part on every rank: (n−1)/n of all parts crosses a rank's links.
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

export const allGather = operation('all_gather', {
  title: 'every rank’s part on every rank',
  family: 'communication',
  runsOn: 'links',
  fields: { elements: size('Elements gathered: all ranks together.'), ...groupFields },
  example: SOME_GROUP,
  work(call) {
    const n = call.devices
    return networkWork(tensorBytes(call), {
      crossing: busFactor('all_gather', n),
      read: 1 / n,
      write: 1,
    })
  },
  describe: groupSizes,
})
