// A user's prices, instead of those of the package: YAML or JSON.
import { type Price, readPrices } from '@flowsim/planner'
import { parse } from 'yaml'
import { CliError } from '../program/errors.js'
import { readText } from './serving-config.js'

/** The prices that `--prices` names; undefined: those of the package hold. */
export function pricesOf({ prices }: { prices?: string }): Price[] | undefined {
  if (prices === undefined) return undefined
  let document: unknown
  try {
    document = parse(readText(prices))
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError('failure', `${prices}: is neither YAML nor JSON`, { cause: error })
  }
  return readPrices(document, { source: prices })
}
