// inference-sim's service classes: higher is more urgent, a negative one may be shed.
const PRIORITIES: Readonly<Record<string, number>> = {
  critical: 4,
  standard: 3,
  batch: -1,
  sheddable: -2,
  background: -3,
}

const MOST_URGENT = 4

/** Priority in the cluster, higher is more urgent; a request without a class is `standard`. */
export const classPriority = (sloClass = 'standard'): number => PRIORITIES[sloClass] ?? 3

/** Priority within an instance, lower is more urgent. */
export const priorityOf = (sloClass?: string): number => MOST_URGENT - classPriority(sloClass)
