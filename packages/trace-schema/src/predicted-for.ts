// Whether the times of a trace were predicted, and for which device: its devices are those of the trace that it was
// made from.
import type { KernelTrace } from './kernel-trace.js'

const KEY = 'flowsim_predicted_for'

/** The device that the times of a trace were predicted for, as the catalogue names it; null for a measured trace. */
export function predictedFor({ producer }: Pick<KernelTrace, 'producer'>): string | null {
  const name = producer[KEY]
  return name === undefined ? null : String(name)
}

/** The trace, marked as predicted for a device of the catalogue. Files that are written of it keep the mark. */
export function asPredictedFor(trace: KernelTrace, hardware: string): KernelTrace {
  return { ...trace, producer: { ...trace.producer, [KEY]: hardware } }
}
