// From a question to deployments: screen all layouts, simulate the cheapest, say what came near.
import { hasExperts, loadModel } from '@flowsim/step-time'
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { DEFAULT_PROVIDER, PRICES } from '../cost/prices.js'
import { Deployments } from './deployments.js'
import { type Screened, screenFamilies } from './families.js'
import { type Candidate, configOf } from './family.js'
import { PlanError } from './plan-error.js'
import type { PlanQuestion } from './question.js'
import { type Found, searchPlans, type Trial } from './search.js'
import { probeCandidate, type Simulated, simulateCandidate } from './simulate.js'

/** A simulation of a candidate; its outcome is null where it was refused. */
export type PlanTrial = Trial<Simulated | null>

/** How far a plan goes. */
export interface PlanOptions {
  /** Simulations at most. Default 200. */
  simulations?: number | undefined
  /** Deployments that are wanted. Default 5. */
  wanted?: number | undefined
  /** How much dearer than the cheapest they may be. Default 1.5. */
  dearer?: number | undefined
  /** What was simulated before under a key, or what `simulate` gives now; null: a short simulation told nothing. */
  remember?: ((key: string, simulate: () => PlanTrial | null) => PlanTrial | null) | undefined
  onProgress?: ((text: string) => void) | undefined
}

/** The answer. */
export interface Plan extends Found<Simulated | null> {
  screened: Omit<Screened, 'families'> & { families: number }
  ratePerS: number
  /** $ an hour of a device, by name; null: one is not known, and plans are ranked by devices. */
  prices: Record<string, number> | null
}

/**
 * Searches for the cheapest deployments that meet the limits.
 * @throws PlanError `nothing_fits` where no layout holds the model and one request within the limits
 */
export function planDeployment(question: PlanQuestion, options: PlanOptions = {}): Plan {
  const { simulations = 200, wanted = 5, dearer = 1.5, onProgress, remember } = options
  const deployments = new Deployments(question.readText)
  const model = loadModel(question, question.readText)
  const { families, ...screened } = screenFamilies(question, deployments, hasExperts(model))
  if (families.length === 0) throw nothingFits(screened)
  const ratePerS = rateOf(question.requests)
  const prices = pricesOf(question)
  const kept = (kind: string, candidate: Candidate, simulate: () => PlanTrial | null) =>
    remember === undefined
      ? simulate()
      : remember(`${kind} ${JSON.stringify(configOf(question, candidate))}`, simulate)
  const found = searchPlans<Simulated | null>({
    families,
    ratePerS,
    pricePerDevice: new Map(
      question.budgets.map(({ hardware, name }) => [hardware, prices?.[name] ?? 1]),
    ),
    budgets: question.budgets,
    most: simulations,
    wanted,
    dearer,
    probe: (candidate) =>
      kept('probe', candidate, () => probeCandidate(question, deployments, candidate)),
    simulate: (candidate) =>
      kept('whole', candidate, () => simulateCandidate(question, deployments, candidate))!,
    ...(onProgress === undefined ? {} : { onTry: onProgress }),
  })
  return { ...found, screened: { ...screened, families: families.length }, ratePerS, prices }
}

/** Requests a second from the first arrival to the last. */
export function rateOf(requests: readonly WorkloadRequest[]): number {
  const first = requests[0]!.arrivalNs
  const last = requests.at(-1)!.arrivalNs
  if (requests.length < 2 || !(last > first)) {
    throw new PlanError(
      'invalid_traffic',
      'the traffic has no rate: all requests come at once, or there is only one',
    )
  }
  return (1e9 * (requests.length - 1)) / (last - first)
}

function pricesOf({ budgets, cost, prices = PRICES }: PlanQuestion): Plan['prices'] {
  const known: Record<string, number> = {}
  const { provider = DEFAULT_PROVIDER, usdPerDeviceHour: stated } = cost
  for (const { name } of budgets) {
    const usd =
      (typeof stated === 'number' ? stated : stated?.[name]) ??
      prices.find((price) => price.device === name && price.provider === provider)?.usdPerDeviceHour
    if (usd === undefined) return null
    known[name] = usd
  }
  return known
}

function nothingFits({ layouts, refused, tooSlow }: Omit<Screened, 'families'>): PlanError {
  const reasons = [
    ...refused.map(({ code, count, example }) => `${count} ${code} (${example})`),
    ...(tooSlow > 0 ? [`${tooSlow} cannot serve one request within the limits`] : []),
  ]
  return new PlanError(
    'nothing_fits',
    `none of ${layouts} layouts can serve this: ${reasons.join('; ')}`,
  )
}
