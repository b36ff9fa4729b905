// A plan as rows: deployments that meet the limits, those that came near, and by what they missed.
import { counted } from '@flowsim/trace-schema'
import { candidateText } from '../plan/family.js'
import type { Plan } from '../plan/plan.js'
import type { Tried } from '../plan/search.js'
import type { Simulated } from '../plan/simulate.js'

type Deployment = Tried<Simulated | null>

/** Deployments that missed a limit by little, and how many are shown. */
const NEAR = 1.5
const MOST_NEAR = 5

const digits = (value: number, most = 4) =>
  value.toLocaleString('en-US', { maximumSignificantDigits: most })

/** Devices of a deployment. */
export const planDevices = ({ candidate: { family, counts } }: Pick<Deployment, 'candidate'>) =>
  family.groups.reduce((sum, { devices }, i) => sum + devices * counts[i]!, 0)

/** Those that missed their limits by the least, nearest first. */
export function nearest({ missed }: Plan): Deployment[] {
  return missed
    .filter((tried) => tried.outcome !== null && excess(tried) < NEAR)
    .sort((a, b) => a.price - b.price || excess(a) - excess(b))
    .slice(0, MOST_NEAR)
}

const excess = ({ limits }: Deployment) =>
  Math.max(...limits.map(({ valueS, mostS }) => (valueS ?? Number.POSITIVE_INFINITY) / mostS))

/** The limits that a deployment missed, in words. */
export function missText({ limits }: Deployment): string {
  const failed = limits.filter(({ met }) => !met)
  if (failed.length === 0) return 'requests were left, refused or given up'
  return failed
    .map(
      ({ limit, valueS }) =>
        `${limit}: ${valueS === null ? 'no request' : `${digits(valueS, 3)} s`}`,
    )
    .join(', ')
}

/** That a plan has no answer, and what came nearest: clauses. */
export function noneText(plan: Plan): string[] {
  const [closest] = nearest(plan)
  const clauses: string[] = []
  if (closest !== undefined) {
    const devices = counted(planDevices(closest), 'device')
    clauses.push(`the nearest, of ${devices}, missed ${missText(closest)}`)
  }
  if (plan.least !== null) {
    const devices = counted(planDevices({ candidate: plan.least }), 'device')
    const text = candidateText(plan.least)
    clauses.push(`by the time of its steps alone the cheapest needs ${devices}: ${text}`)
  }
  if (clauses.length === 0) clauses.push('add devices, or loosen the limits')
  return ['no deployment within these devices meets the limits', ...clauses]
}

/** Header and a row for each deployment. */
export function planTable(plan: Plan): { header: string[]; rows: string[][] } {
  const limits = plan.met[0]?.limits ?? []
  return {
    header: [
      '',
      'devices',
      ...(plan.prices === null ? [] : ['$/hour', '$/1M tokens']),
      ...limits.map(({ limit }) => limit.replace(/\s*<.*/, '')),
      'tokens/s/dev',
      '/user',
    ],
    rows: plan.met.map((tried, i) => {
      const { report, cost } = tried.outcome!
      const devices = planDevices(tried)
      return [
        String(i + 1),
        String(devices),
        ...(plan.prices === null
          ? []
          : [digits(tried.price), digits(cost.usdPerMillionTokens ?? Number.NaN, 3)]),
        ...tried.limits.map(({ valueS }) => digits(valueS!, 3)),
        digits(report.outputTokensPerS / devices),
        report.tpot === null ? '' : digits(1 / report.tpot.meanS, 3),
      ]
    }),
  }
}
