// The page of a plan: deployments, what came near, the front of throughput against speed, commands.
import {
  candidateText,
  type EngineCommand,
  frontOf,
  type Plan,
  type PlanQuestion,
  shellLine,
} from '@flowsim/planner'
import type { ResultPage } from '@flowsim/report/pages'
import { costRows } from '@flowsim/report/serving'
import { devicesOf, missText, nearest, planTable } from './print.js'

export function planReportData(
  question: PlanQuestion,
  plan: Plan,
  { commands, generator }: { commands: readonly EngineCommand[]; generator: string },
): ResultPage {
  const { header, rows } = planTable(plan)
  const points = (met: boolean) =>
    frontOf([...plan.met, ...plan.missed])
      .filter((point) => point.met === met)
      .map(({ tokensPerSUser, tokensPerSDevice }): [number, number] => [
        tokensPerSUser,
        tokensPerSDevice,
      ])
  const [first] = plan.met
  return {
    kind: 'plan',
    title: `Plan for ${question.model} at ${plan.ratePerS.toPrecision(3)} requests/s`,
    generator,
    warnings: [
      ...(plan.isComplete ? [] : ['stopped before everything cheaper was tried']),
      ...(plan.prices === null ? ['no price is known for a device: ranked by devices'] : []),
    ],
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
          ]),
      {
        title: 'Came near, and missed',
        columns: ['deployment', 'devices', 'missed'],
        rows: nearest(plan).map((tried) => [
          candidateText(tried.candidate),
          String(devicesOf(tried)),
          missText(tried),
        ]),
      },
      {
        title: 'How the first is started',
        columns: ['engine', 'instances', 'command'],
        rows: commands.map(({ engine, role, instances, command, notes }) => [
          role === 'both' ? engine : `${engine}, ${role}`,
          String(instances),
          command === null ? notes.join('; ') : shellLine(command),
        ]),
      },
    ],
    charts: [
      {
        title: 'Pareto front of what was simulated',
        xLabel: 'tokens/s of a user',
        yLabel: 'tokens/s of a device',
        series: [
          { name: 'meets the limits', points: points(true) },
          { name: 'misses them', points: points(false) },
        ].filter((series) => series.points.length > 0),
      },
    ],
  }
}
