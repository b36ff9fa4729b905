// A plan for a terminal, 80 columns wide, as rows of a table, and as CSV.
import {
  candidateText,
  missText,
  nearest,
  noneText,
  type Plan,
  planDevices,
  planTable,
  type Simulated,
  type Tried,
} from '@flowsim/planner'
import { renderTable } from '@flowsim/report'
import { costRows } from '@flowsim/report/serving'
import { group } from 'd3-array'
import { wrapped } from '../../program/lines.js'
import type { ResultTable } from '../../program/tables.js'

type Deployment = Tried<Simulated | null>

/** Simulations that were refused, by reason, with one message of each. */
export function refusals({ missed }: Plan): { code: string; count: number; example: string }[] {
  const refused = missed.flatMap(({ refusal }) => refusal ?? [])
  return [...group(refused, ({ code }) => code)].map(([code, same]) => ({
    code,
    count: same.length,
    example: same[0]!.message,
  }))
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
    parts.push(wrapped(noneText(plan).join('\n')))
  }
  const near = nearest(plan)
  if (near.length > 0) {
    const lines = near.map(
      (tried) => `   ${planDevices(tried)} devices: ${missText(tried)}\n     ${inLines(tried, 5)}`,
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

/** A row for each deployment that was simulated. */
export function deploymentsTable(plan: Plan): ResultTable {
  const tried = [...plan.met, ...plan.missed]
  const limits = tried[0]?.limits.map(({ limit }) => limit) ?? []
  const right = { align: 'right' } as const
  return {
    name: 'plan',
    title: 'Deployments',
    columns: [
      { label: 'deployment' },
      { label: 'mode' },
      { label: 'met' },
      { label: 'devices', ...right },
      { label: 'price_per_hour', ...right },
      ...limits.map((label) => ({ label, ...right })),
    ],
    rows: tried.map((each) => [
      candidateText(each.candidate),
      each.candidate.family.mode,
      String(each.met),
      planDevices(each),
      plan.prices === null ? null : each.price,
      ...limits.map((_, i) => each.limits[i]?.valueS ?? null),
    ]),
  }
}
