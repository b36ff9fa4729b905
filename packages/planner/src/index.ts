/**
 * What a deployment of a language model costs, in money, energy and carbon, and which one to choose.
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
export { planPage } from './page/plan-page.js'
export { missText, nearest, noneText, planDevices, planTable } from './page/plan-rows.js'
export { parseBudget } from './plan/budgets.js'
export { type EngineCommand, engineCommands, shellLine } from './plan/commands.js'
export { type Candidate, candidateText, configOf, type Family, type Group } from './plan/family.js'
export { type Layout, layoutText } from './plan/layouts.js'
export { type Limit, type LimitResult, parseLimit } from './plan/limits.js'
export { manifestOf } from './plan/manifest.js'
export { type FrontPoint, frontOf } from './plan/pareto.js'
export { type Plan, type PlanOptions, type PlanTrial, planDeployment } from './plan/plan.js'
export { PlanError, type PlanErrorCode } from './plan/plan-error.js'
export type { Budget, Drafts, Mode, PlanQuestion } from './plan/question.js'
export type { Found, Tried } from './plan/search.js'
export type { Simulated } from './plan/simulate.js'
export { requestsOf, trafficOf } from './plan/traffic.js'
