// How a model's tokens spread over its experts: the field `expertLoad`.
//
//   balanced         every expert gets as many rows
//   uniform          every expert is as likely; what a step draws differs
//   zipf, zipf_S     the i-th most used expert is chosen with p ~ i^-S; S is 1 where it is not stated
//   power_law_A      loads are drawn from p(x) ~ x^-A on [1, 0.8 tokens], as aiconfigurator measures them
//   a file           rows of each expert, counted: a JSON list, an object { counts } or a text of numbers
import { ServingError } from '@flowsim/serving-sim'

/** How likely experts are. */
export interface ExpertLoad {
  name: string
  /** Whether a step's rows are the same for every expert, rather than drawn. */
  isExact: boolean
  /** Whether weights stand in the order of the experts, rather than from the most used one on. */
  isOrdered: boolean
  /** Weight of each of so many experts, where a step has so many tokens. */
  weights(experts: number, tokens: number): Float64Array
  /** As the calibrated experts know it; undefined: they do not. */
  distribution?: string
}

const WORDS =
  'balanced, uniform, zipf, zipf_1.2, power_law_1.2 or a file of counts (.json, .csv, .txt)'

const EVEN = (experts: number) => new Float64Array(experts).fill(1)

/**
 * Reads the field.
 * @throws ServingError `invalid_config` where a word is not known or a file does not fit
 */
export function readExpertLoad(
  value: string,
  { readText }: { readText: (path: string) => string },
): ExpertLoad {
  if (/\.(json|csv|txt)$/i.test(value)) return counted(value, readText(value))
  const [, word, exponentText] = /^(balanced|uniform|zipf|power_law)(?:_(\d+(?:\.\d+)?))?$/.exec(
    value,
  ) ?? [undefined, undefined, undefined]
  const exponent = exponentText === undefined ? undefined : Number(exponentText)
  if (word === 'zipf') return zipf(value, exponent ?? 1)
  if (word === 'power_law' && exponent !== undefined) return powerLaw(value, exponent)
  if (exponent === undefined && word === 'balanced') {
    return { name: value, isExact: true, isOrdered: true, weights: EVEN, distribution: value }
  }
  if (exponent === undefined && word === 'uniform') {
    return { name: value, isExact: false, isOrdered: true, weights: EVEN }
  }
  throw new ServingError('invalid_config', `"${value}" is not known; ${WORDS}`)
}

function zipf(name: string, exponent: number): ExpertLoad {
  return {
    name,
    isExact: false,
    isOrdered: false,
    weights: (experts) => Float64Array.from({ length: experts }, (_, i) => (i + 1) ** -exponent),
  }
}

/** The quantiles of the law stand for one draw of each expert. */
function powerLaw(name: string, exponent: number): ExpertLoad {
  const power = Math.abs(exponent - 1) < 1e-6 ? 1e-6 : 1 - exponent
  return {
    name,
    isExact: false,
    isOrdered: false,
    distribution: name,
    weights(experts, tokens) {
      const end = Math.max(1.0001, 0.8 * tokens) ** power
      return Float64Array.from({ length: experts }, (_, i) => {
        const quantile = 1 - (i + 0.5) / experts
        return ((end - 1) * quantile + 1) ** (1 / power)
      })
    },
  }
}

function counted(name: string, text: string): ExpertLoad {
  const counts = /\.json$/i.test(name) ? jsonCounts(text) : text.split(/[\s,;]+/).filter(Boolean)
  const numbers = Float64Array.from(counts ?? [], Number)
  if (
    numbers.length === 0 ||
    !numbers.every((n) => n >= 0 && n < 1e18) ||
    !numbers.some((n) => n)
  ) {
    throw new ServingError(
      'invalid_config',
      `${name} holds no counts; one number for each expert belongs there, not all of them 0`,
    )
  }
  return {
    name,
    isExact: false,
    isOrdered: true,
    weights(experts) {
      if (numbers.length === experts) return numbers
      throw new ServingError(
        'invalid_config',
        `${name} has ${numbers.length} counts for the ${experts} experts of the model`,
      )
    },
  }
}

function jsonCounts(text: string): unknown[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const list = Array.isArray(value) ? value : (value as { counts?: unknown } | null)?.counts
  return Array.isArray(list) ? list : undefined
}
