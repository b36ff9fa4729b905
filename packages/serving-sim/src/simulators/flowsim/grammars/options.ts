// Settings of structured output on an instance, resolved.

export interface GrammarOptions {
  /** Host time of a mask. */
  maskNs: number
  maskThreads: number
  compileNs: number
  compileThreads: number
  /** Whether masks are filled while the device runs the step. */
  overlapped: boolean
}
