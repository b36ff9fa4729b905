// A part of every rank's tensor for each other rank: (n−1)/n of it crosses a rank's links.
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

export const allToAll = operation('all_to_all', {
  title: 'a part of every rank’s tensor for each rank',
  family: 'communication',
  runsOn: 'links',
  fields: { elements: size('Elements that one rank sends in all.'), ...groupFields },
  example: SOME_GROUP,
  work(call) {
    const n = call.devices
    return networkWork(tensorBytes(call), {
      crossing: busFactor('all_to_all', n),
      read: 1,
      write: 1,
    })
  },
  describe: groupSizes,
})
