// Whether a total means something: most of the time that it stands on is predicted, from dimensions that can be true.

/** Share of the time of activities that must be predicted, and not doubtful, for a total to mean something. */
export const LEAST_PREDICTED = 0.8

/** Activities, one for each index. */
export interface PredictedActivities {
  measuredNs: ArrayLike<number>
  predictedNs: ArrayLike<number>
  /** 1 where the predicted time stands in for one that is not known. */
  unanswered?: ArrayLike<number> | undefined
  /** 1 where what is known of the activity cannot be true. */
  doubtful?: ArrayLike<number> | undefined
}

/**
 * Whether totals of these activities, all together, are to be shown: of their measured time at least
 * {@link LEAST_PREDICTED} is predicted and not doubtful, and as much of the predicted time is not doubtful. The
 * latter tells of activities that are impossibly short, down to no time at all.
 */
export function isHeadline(parts: readonly PredictedActivities[]): boolean {
  const measured = { all: 0, known: 0 }
  const predicted = { all: 0, sure: 0 }
  for (const { measuredNs, predictedNs, unanswered, doubtful } of parts) {
    for (let k = 0; k < measuredNs.length; k++) {
      const isSure = doubtful?.[k] !== 1
      measured.all += measuredNs[k]!
      predicted.all += predictedNs[k]!
      if (isSure) predicted.sure += predictedNs[k]!
      if (isSure && unanswered?.[k] !== 1) measured.known += measuredNs[k]!
    }
  }
  return (
    measured.known >= LEAST_PREDICTED * measured.all &&
    predicted.sure >= LEAST_PREDICTED * predicted.all
  )
}
