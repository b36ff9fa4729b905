/** Predicts a number from features. */
export type Regressor = (...features: number[]) => number

/** Fits a regressor to rows of features and their targets. */
export type Fit = (
  features: readonly (readonly number[])[],
  targets: readonly number[],
) => Regressor
