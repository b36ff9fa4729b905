// Key-value heads of attention that is divided over devices.

/** Key-value heads on one device: at least one, so that heads are repeated beyond their number. */
export function localKvHeads(kvHeads: number, tensor: number): number {
  return Math.max(1, Math.ceil(kvHeads / tensor))
}
