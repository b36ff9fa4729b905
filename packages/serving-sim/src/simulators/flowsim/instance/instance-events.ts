// What an instance tells the simulation.
import type { Sequence, SequenceState } from '../sequence.js'

export interface InstanceEvents {
  /** A request has left for good. */
  finished(sequence: Sequence, state: SequenceState, now: number): void
  /** A request waits for what it needs until then; {@link Instance.prepared} lets it in. */
  preparing(sequence: Sequence, readyNs: number): void
  /** A prompt is done on a prefill instance; its blocks stay until they have been copied. */
  prefilled(sequence: Sequence, now: number): void
  /** A decode instance has room for a sequence that comes from elsewhere. */
  roomFor(sequence: Sequence, now: number): void
}
