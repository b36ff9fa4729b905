// How an instance fails and comes back, resolved.

export interface OutageOptions {
  /** Mean time from being up to the next failure: that of a device over its devices. */
  meanNs: number
  /** From a failure until it takes requests again. */
  downNs: number
  /** What becomes of its requests. */
  requests: 'retry' | 'lose'
}
