// A plan for a terminal, 80 columns wide, as rows of a table, and as CSV.
import { candidateText, type Plan, type Simulated, type Tried } from '@flowsim/planner'
import { renderTable } from '@flowsim/report'
import { costRows } from '@flowsim/report/serving'
import { counted } from '@flowsim/trace-schema'
import { group } from 'd3-array'
import type { CsvCell } from '../../program/csv.js'

type Deployment = Tried<Simulated | null>

/** Deployments that missed a limit by little, and how many are shown. */
const NEAR = 1.5
const MOST_NEAR = 5

const digits = (value: number, most = 4) =>
  value.toLocaleString('en-US', { maximumSignificantDigits: most })

/** Devices of a deployment. */
export const devicesOf = ({ candidate: { family, counts } }: Pick<Deployment, 'candidate'>) =>
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

/** Simulations that were refused, by reason, with one message of each. */
export function refusals({ missed }: Plan): { code: string; count: number; example: string }[] {
  const refused = missed.flatMap(({ refusal }) => refusal ?? [])
  return [...group(refused, ({ code }) => code)].map(([code, same]) => ({
    code,
    count: same.length,
    example: same[0]!.message,
  }))
}

/** The limit that a deployment missed by the most, in words. */
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

/** Why a plan has no answer, in a line. */
export function noneText(plan: Plan): string {
  const [closest] = nearest(plan)
  if (closest !== undefined)
    return `${NONE}; the nearest, of ${counted(devicesOf(closest), 'device')}, missed ${missText(closest)}`
  if (plan.least !== null)
    return `${NONE}; by the time of its steps alone the cheapest needs ${counted(devicesOf({ candidate: plan.least }), 'device')}`
  return `${NONE}; add devices, or loosen --slo`
}

const NONE = 'no deployment within these devices meets the limits'

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
      const devices = devicesOf(tried)
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

/** A deployment, its second group on another line where both do not fit. */
function inLines({ candidate }: Pick<Deployment, 'candidate'>, indent: number): string {
  const text = candidateText(candidate)
  if (text.length + indent <= 80) return text
  return text.replace(' + ', `\n${' '.repeat(indent)}+ `)
}

export function renderPlan(plan: Plan): string {
  const { screened, simulations, met } = plan
  const parts: string[] = []
  if (met.length > 0) {
    const { header, rows } = planTable(plan)
    const columns = header.map((label) => ({ label, align: 'right' as const }))
    parts.push(renderTable(columns, rows))
    parts.push(met.map((tried, i) => `${i + 1}  ${inLines(tried, 3)}`).join('\n'))
    parts.push(
      renderTable(
        [{ label: 'the first' }, { label: '', flexible: true }],
        costRows(met[0]!.outcome!.cost),
        {
          width: 80,
        },
      ),
    )
  } else {
    parts.push(
      [
        NONE,
        ...(plan.least === null
          ? []
          : [
              `by the time of its steps alone the cheapest needs ${devicesOf({ candidate: plan.least })} devices:`,
              inLines({ candidate: plan.least }, 0),
            ]),
      ].join('\n'),
    )
  }
  const near = nearest(plan)
  if (near.length > 0) {
    const lines = near.map(
      (tried) => `   ${devicesOf(tried)} devices: ${missText(tried)}\n     ${inLines(tried, 5)}`,
    )
    parts.push(['came near, and missed', ...lines].join('\n'))
  }
  parts.push(
    [
      `${screened.layouts} layouts: ${screened.refused.reduce((sum, { count }) => sum + count, 0)} refused, ` +
        `${screened.tooSlow} too slow; ${screened.families} deployments, ${simulations} simulated`,
      ...(plan.isComplete
        ? []
        : ['stopped at --simulations: cheaper ones than those tried may exist']),
      ...(plan.prices === null ? ['no price is known for a device: ranked by devices'] : []),
    ].join('\n'),
  )
  return parts.join('\n\n')
}

/** `plan.csv`: a row for each deployment that was simulated. */
export function* planCells(plan: Plan): Generator<CsvCell[]> {
  const limits = [...plan.met, ...plan.missed][0]?.limits.map(({ limit }) => limit) ?? []
  yield ['deployment', 'mode', 'met', 'devices', 'price_per_hour', ...limits]
  for (const tried of [...plan.met, ...plan.missed]) {
    yield [
      candidateText(tried.candidate),
      tried.candidate.family.mode,
      tried.met,
      devicesOf(tried),
      plan.prices === null ? null : tried.price,
      ...limits.map((_, i) => tried.limits[i]?.valueS ?? null),
    ]
  }
}
