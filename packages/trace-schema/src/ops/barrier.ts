// Ranks that wait for each other; nothing is moved.
import { groupFields } from './shared/collective.js'
import { dtype, optional } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local } from './shared/work.js'

export const barrier = operation('barrier', {
  title: 'ranks that wait for each other',
  family: 'communication',
  runsOn: 'links',
  fields: { ...groupFields, dtype: optional(dtype()) },
  example: { devices: 4 },
  work: () => local(0, 0, 0),
  describe: (call) => `${call.devices} ranks`,
})
