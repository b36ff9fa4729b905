// Collectives of HCCL: what their names and arguments say of them, as Kineto names the members.
//
// Names: hcom_allReduce__303_0_1 (kind, group, number). Arguments: CANN, msprof's trace of communication.

const KIND = /^hcom_([a-zA-Z]+)/

/**
 * The members of a collective.
 * @param args - of the event: `data_type`, `count`
 */
export function hcclMembers(
  name: string,
  args: Readonly<Record<string, unknown>>,
): Map<string, string> {
  const members = new Map<string, string>()
  const kind = KIND.exec(name)?.[1]
  if (kind !== undefined) members.set('Collective name', kind)
  const type = args.data_type
  if (typeof type === 'string') members.set('dtype', type.replace(/^BFP16$/i, 'bf16').toLowerCase())
  const count = Number(args.count ?? Number.NaN)
  if (Number.isSafeInteger(count) && count > 0) members.set('In msg nelems', String(count))
  const sequence = /_(\d+)_\d+$/.exec(name)?.[1]
  if (sequence !== undefined) members.set('Seq', sequence)
  return members
}
