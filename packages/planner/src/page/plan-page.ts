// The page of a plan: the cheapest deployment, what it costs and how it is started, what came near, and the front of
// throughput against speed.
import { type ResultPage, type ResultTile, seconds } from '@flowsim/report'
import { costRows } from '@flowsim/report/serving'
import { counted } from '@flowsim/trace-schema'
import { type EngineCommand, shellLine } from '../plan/commands.js'
import { candidateText } from '../plan/family.js'
import { frontOf } from '../plan/pareto.js'
import type { Plan } from '../plan/plan.js'
import type { PlanQuestion } from '../plan/question.js'
import { missText, nearest, noneText, planDevices, planTable } from './plan-rows.js'

/** The page of an answer; `commands` start its first deployment. */
export function planPage(
  question: PlanQuestion,
  plan: Plan,
  { commands, generator }: { commands: readonly EngineCommand[]; generator: string },
): ResultPage {
  const { header, rows } = planTable(plan)
  const [first] = plan.met
  const near = nearest(plan)
  return {
    kind: 'plan',
    title: `Plan for ${question.model} at ${digits(plan.ratePerS, 3)} requests/s`,
    generator,
    verdict: verdict(plan),
    facts: [
      ['Model', question.model],
      ['Limits', question.limits.map(({ text }) => text).join(', ')],
      ['Devices', question.budgets.map(({ name, devices }) => `${devices} × ${name}`).join(', ')],
      ['Engine', question.engine],
      ['Simulated', `${plan.simulations} of ${plan.screened.families} deployments`],
    ],
    tiles: tiles(plan),
    warnings: [
      ...(plan.isComplete ? [] : ['Stopped before everything cheaper was tried.']),
      ...(plan.prices === null ? ['No price is known for a device: ranked by devices.'] : []),
    ],
    charts: [frontChart(plan)],
    tables: [
      {
        title: 'Deployments that meet the limits',
        columns: ['deployment', ...header.slice(1)],
        rows: rows.map((row, i) => [candidateText(plan.met[i]!.candidate), ...row.slice(1)]),
        marks: rows.map((_, i) => (i === 0 ? 'good' : null)),
      },
      ...(first === undefined
        ? []
        : [
            {
              title: 'What the first costs',
              columns: ['', ''],
              rows: costRows(first.outcome!.cost),
            },
            {
              title: 'How the first is started',
              columns: [
                'engine',
                'instances',
                { label: 'command', align: 'left' as const, wrap: true as const },
              ],
              rows: commands.map(({ engine, role, instances, command, notes }) => [
                role === 'both' ? engine : `${engine}, ${role}`,
                String(instances),
                command === null ? notes.join('; ') : shellLine(command),
              ]),
            },
          ]),
      ...(near.length === 0
        ? []
        : [
            {
              title: 'Came near, and missed',
              columns: [
                'deployment',
                'devices',
                { label: 'missed', align: 'left' as const, wrap: true as const },
              ],
              rows: near.map((tried) => [
                candidateText(tried.candidate),
                String(planDevices(tried)),
                missText(tried),
              ]),
            },
          ]),
    ],
  }
}

function verdict(plan: Plan): string[] {
  const { met, prices } = plan
  const [first] = met
  if (first === undefined) {
    return noneText(plan).map((clause) => `${clause[0]!.toUpperCase()}${clause.slice(1)}.`)
  }
  const price = prices === null ? '' : `, $${digits(first.price, 4)} an hour`
  return [
    `The cheapest that meets the limits: ${candidateText(first.candidate)} (${counted(planDevices(first), 'device')}${price}).`,
  ]
}

function tiles({ met, prices }: Plan): ResultTile[] {
  const [first] = met
  if (first === undefined) return []
  const { report, cost } = first.outcome!
  const devices = planDevices(first)
  return [
    ...(prices === null || cost.usdPerMillionTokens === null
      ? []
      : [
          {
            label: 'Cost of 1M tokens',
            value: `$${digits(cost.usdPerMillionTokens, 3)}`,
            note: `$${digits(first.price, 4)} an hour`,
          },
        ]),
    { label: 'Devices', value: String(devices), note: '' },
    ...first.limits.map(({ limit, valueS, mostS }) => ({
      label: limit.replace(/\s*<.*/, ''),
      value: valueS === null ? '–' : seconds(valueS),
      note: `limit ${seconds(mostS)}`,
    })),
    {
      label: 'Output of a device',
      value: digits(report.outputTokensPerS / devices, 4),
      note: 'tokens/s',
    },
  ]
}

function frontChart({ met, missed }: Plan) {
  const points = (isMet: boolean) =>
    frontOf([...met, ...missed])
      .filter((point) => point.met === isMet)
      .map(({ tokensPerSUser, tokensPerSDevice }): [number, number] => [
        tokensPerSUser,
        tokensPerSDevice,
      ])
  return {
    title: 'Pareto front of what was simulated',
    xLabel: 'tokens/s of a user',
    yLabel: 'tokens/s of a device',
    hasPoints: true,
    series: [
      { name: 'meets the limits', points: points(true) },
      { name: 'misses them', points: points(false) },
    ].filter((series) => series.points.length > 0),
  }
}

const digits = (value: number, most: number) =>
  value.toLocaleString('en-US', { maximumSignificantDigits: most })
