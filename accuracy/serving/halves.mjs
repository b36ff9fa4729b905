// Which half of the measured deployments a row belongs to: `fit`, on which host costs are fitted, or `report`.
//
// A deployment is an engine's version with a model in a precision on devices with their parallelism; all lengths and
// concurrencies of one are in the same half. The half is a bit of a hash (FNV-1a) of what the row says of it.

/** What says which deployment a row of aiconfigurator's file is of. */
const COLUMNS = [
  'backend',
  'backend_version',
  'model_path',
  'system',
  'precision',
  'tp_size',
  'attention_dp_size',
  'moe_tp_size',
  'moe_ep_size',
  'pp_size',
]

/** `fit` or `report`, by the columns that say which deployment a row is of. */
export function halfOf(row, columns = COLUMNS) {
  let hash = 0x811c9dc5
  for (const char of columns.map((column) => row[column]).join('|')) {
    hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193) >>> 0
  }
  hash ^= hash >>> 15
  return ((hash ^ (hash >>> 7)) & 1) === 0 ? 'fit' : 'report'
}
