// Settings of a tier of KV below the devices, resolved.

export type TierType = 'host' | 'ssd' | 'remote'

export interface TierOptions {
  type: TierType
  /** Blocks that it holds; Infinity: all. */
  blocks: number
  write: 'through' | 'back'
  /** Whether all instances of a model use one. */
  shared: boolean
  /** From the tier to an instance; on the host nothing has to be fetched. */
  latencyNs: number
  blockNs: number
  /** A block through what all instances share; 0: nothing limits them together. */
  totalBlockNs: number
  /** Share of the workload's prefixes that are there at the start. */
  warm: number
}
