// How the time of a window divides, as analyses give it and pages show it. Times are nanoseconds; those of kinds of work
// are lengths of unions of intervals, so that what overlaps counts once.

/** Idle time by cause. */
export interface IdleSplit {
  launchBoundNs: number
  dependencyBoundNs: number
  otherNs: number
}

/** Where the time of a window went. */
export interface TimeBudget {
  /** Start of the first activity, after the trace's `baseTimeNs`. */
  startNs: number
  /** From the first start to the last end. */
  windowNs: number
  /** Something ran. */
  busyNs: number
  /** Nothing ran: `windowNs - busyNs`. */
  idleNs: number
  /** Union of computation. */
  computationNs: number
  /** Communication while nothing computed. */
  exposedCommunicationNs: number
  /** Copies while nothing computed or communicated. */
  exposedMemcpyNs: number
  /** Union of communication, hidden or not. */
  communicationNs: number
  /** Union of copies, hidden or not. */
  memcpyNs: number
  /** Why nothing ran. */
  idle: IdleSplit
  /** Activities: kernels, collectives, copies, fills. */
  count: number
  /** Sum of all durations; overlap counts twice. */
  sumNs: number
}
