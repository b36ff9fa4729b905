/**
 * Priorities of inference-sim's service classes, higher is more urgent; a negative one may be shed.
 * A request without a class is `standard`.
 */
export const SLO_PRIORITIES: Readonly<Record<string, number>> & { critical: number } = {
  critical: 4,
  standard: 3,
  batch: -1,
  sheddable: -2,
  background: -3,
}
