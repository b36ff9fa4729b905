// The sum of every rank's tensor, a part of it on each rank: (n−1)/n of it crosses a rank's links.
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

export const reduceScatter = operation('reduce_scatter', {
  title: 'the sum of every rank’s tensor, a part on each rank',
  family: 'communication',
  runsOn: 'links',
  fields: { elements: size('Elements before the scatter: all ranks together.'), ...groupFields },
  example: SOME_GROUP,
  work(call) {
    const n = call.devices
    const shares = { crossing: busFactor('reduce_scatter', n), read: 1, write: 1 / n }
    return networkWork(tensorBytes(call), shares, n > 1 ? call.elements : 0)
  },
  describe: groupSizes,
})
