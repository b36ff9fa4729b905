/**
 * What a deployment of a language model costs, in money, energy and carbon.
 *
 * @module
 */

export { type CostInput, type CostOptions, costOf } from './cost/cost-of.js'
export { deviceW, loadOf, POWER, type Utilisation } from './cost/power.js'
export {
  CostError,
  type CostErrorCode,
  DEFAULT_PROVIDER,
  PRICES,
  type Price,
  readPrices,
} from './cost/prices.js'
