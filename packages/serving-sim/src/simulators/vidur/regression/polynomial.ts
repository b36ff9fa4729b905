// Vidur's linear regression: least squares over polynomial terms, of which form decided by cross-validation.
//
//   terms    all products of features up to a degree of 1 to 5, or only products of different features; with or
//            without the constant 1; with or without an intercept
//   folds    10 neighbouring parts of the rows, 2 where there are fewer than 10 rows
//   score    mean of 100 · |y − ŷ| / |y| over the rows of a fold; of a y of 0, 0 if ŷ is 0, else 100
//
// The best mean score wins, the first of equal ones. Sources: vidur's linear_regression_execution_time_predictor.py;
// scikit-learn's PolynomialFeatures, LinearRegression, GridSearchCV.
import { leastSquares } from './least-squares.js'
import type { Fit, Regressor } from './regressor.js'

interface Form {
  intercept: boolean
  degree: number
  bias: boolean
  interactionOnly: boolean
}

/** In the order in which the search tries them. */
const FORMS: readonly Form[] = [true, false].flatMap((intercept) =>
  [1, 2, 3, 4, 5].flatMap((degree) =>
    [true, false].flatMap((bias) =>
      [true, false].map((interactionOnly) => ({ intercept, degree, bias, interactionOnly })),
    ),
  ),
)

const FOLDS = 10

type Rows = readonly (readonly number[])[]

/** Fits the form that predicts held-out rows best. */
export const fitPolynomial: Fit = (features, targets) => {
  let best = FORMS[0]!
  let bestScore = Number.POSITIVE_INFINITY
  const tried = new Map<string, number>()
  for (const form of FORMS) {
    const terms = termsOf(features[0]?.length ?? 0, form)
    // Forms with the same terms predict the same.
    const key = `${form.intercept} ${terms.map((powers) => powers.join(',')).join(' ')}`
    const score = tried.get(key) ?? crossValidate(features, targets, form)
    tried.set(key, score)
    if (score < bestScore) {
      best = form
      bestScore = score
    }
  }
  return fitForm(features, targets, best)
}

/** Mean error over folds, in percent. */
function crossValidate(features: Rows, targets: readonly number[], form: Form): number {
  const count = targets.length
  const folds = count < FOLDS ? Math.min(2, count) : FOLDS
  let sum = 0
  let start = 0
  for (let fold = 0; fold < folds; fold++) {
    const end = start + Math.floor(count / folds) + (fold < count % folds ? 1 : 0)
    const kept = <Row>(rows: readonly Row[]) => rows.filter((_, i) => i < start || i >= end)
    const regressor = fitForm(kept(features), kept(targets), form)
    let error = 0
    for (let i = start; i < end; i++) error += percentError(targets[i]!, regressor(...features[i]!))
    sum += error / (end - start)
    start = end
  }
  return sum / folds
}

function percentError(target: number, predicted: number): number {
  if (target === 0) return predicted === 0 ? 0 : 100
  return 100 * Math.abs((target - predicted) / target)
}

function fitForm(features: Rows, targets: readonly number[], form: Form): Regressor {
  const terms = termsOf(features[0]?.length ?? 0, form)
  const rows = features.map((row) => terms.map((powers) => termValue(row, powers)))
  const means = terms.map((_, i) => (form.intercept ? meanOf(rows.map((row) => row[i]!)) : 0))
  const offset = form.intercept ? meanOf(targets) : 0
  const coefficients = leastSquares(
    rows.map((row) => row.map((value, i) => value - means[i]!)),
    targets.map((target) => target - offset),
  )
  const intercept = offset - means.reduce((sum, mean, i) => sum + mean * coefficients[i]!, 0)
  return (...point) =>
    terms.reduce((sum, powers, i) => sum + coefficients[i]! * termValue(point, powers), intercept)
}

/** Powers of the features in each term. */
function termsOf(width: number, { degree, bias, interactionOnly }: Form): number[][] {
  const most = interactionOnly ? 1 : degree
  let terms: number[][] = [[]]
  for (let feature = 0; feature < width; feature++) {
    terms = terms.flatMap((powers) =>
      Array.from({ length: most + 1 }, (_, power) => [...powers, power]),
    )
  }
  const total = (powers: number[]) => powers.reduce((sum, power) => sum + power, 0)
  return terms.filter((powers) => total(powers) <= degree && (bias || total(powers) > 0))
}

const termValue = (point: readonly number[], powers: readonly number[]) =>
  powers.reduce((product, power, i) => product * point[i]! ** power, 1)

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length
