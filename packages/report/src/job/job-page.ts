// The ranks of a job on one page: who is late, what each does, how fast collectives are, and where each rank's page is.
import {
  acrossRanks,
  type Breakdown,
  breakdown,
  type CollectiveMatches,
  matchCollectives,
  type RankReport,
  type RankTrace,
} from '@flowsim/analysis'
import type { KernelOperation } from '@flowsim/trace-schema'
import { tracesAsStrips } from '../diff/strips.js'
import type { ResultColumn, ResultPage, ResultTable, ResultTile } from '../page/result-page.js'
import { percent, time } from '../page/words.js'
import { collectiveRows } from './collective-rows.js'
import { jobEvidence, jobVerdict } from './job-verdict.js'

/** A rank of a job. */
export interface JobRank extends RankTrace {
  operations: readonly KernelOperation[]
  /** As people call it, such as the name of its file. */
  name: string
  /** Where its report is, beside the page; absent where there is none to go to. */
  href?: string
}

/** What is known of a job beside its traces. */
export interface JobPageFacts {
  /** Program and version that makes the page. */
  generator: string
  warnings?: readonly string[]
}

/** Ranks that get a strip. */
const MOST_STRIPS = 16
const MOST_BARS = 32

/**
 * The page of a job of two ranks or more.
 * @throws AnalysisError as `matchCollectives`
 */
export function jobPage(given: readonly JobRank[], facts: JobPageFacts): ResultPage {
  const ranks = given.toSorted((a, b) => a.rank - b.rank)
  const matches = matchCollectives(ranks)
  const report = acrossRanks(ranks, matches)
  const budgets = ranks.map(({ trace, operations }) => breakdown(trace, operations))
  const { generator, warnings = [] } = facts
  const devices = [
    ...new Set(ranks.flatMap(({ trace }) => trace.devices.map(({ name }) => name).filter(Boolean))),
  ]
  const ms = (ns: readonly number[]) => ns.map((each) => each / 1e6)
  const names = ranks.slice(0, MOST_BARS).map(({ rank }) => `rank ${rank}`)
  return {
    kind: 'job',
    title: `${ranks.length} ranks: ${ranks[0]!.name} …`,
    generator,
    verdict: jobVerdict(ranks, budgets, matches, report),
    facts: [
      ['Ranks', String(ranks.length)],
      ...(devices.length === 0 ? [] : [['Device', devices.join(', ')] as const]),
    ],
    tiles: tiles(budgets, matches, report),
    evidence: jobEvidence(matches, { stragglers: 1, collectives: 2 }),
    warnings,
    charts: [
      tracesAsStrips(
        'Ranks over the same time, each from its first activity: busy share, by family',
        ranks.slice(0, MOST_STRIPS).map((rank) => ({ label: `rank ${rank.rank}`, ...rank })),
      ),
      {
        kind: 'bars',
        title: 'What ranks do',
        unit: 'ms',
        names: ['computation', 'exposed communication', 'idle'],
        rows: names.map((label, i) => ({
          label,
          values: ms([
            budgets[i]!.computationNs,
            budgets[i]!.exposedCommunicationNs,
            budgets[i]!.idleNs,
          ]),
        })),
      },
      ...skewChart(matches),
    ],
    tables: [
      ranksTable(ranks, budgets),
      stragglersTable(matches),
      collectivesTable(matches),
      familiesTable(report),
    ],
  }
}

function tiles(
  budgets: readonly Breakdown[],
  { matched }: CollectiveMatches,
  { waitNs }: RankReport,
): ResultTile[] {
  const windows = budgets.map(({ windowNs }) => windowNs)
  const skews = matched.map(({ arrivalSkewNs }) => arrivalSkewNs).sort((a, b) => a - b)
  const busy = budgets.map(({ busyNs, windowNs }) => (windowNs > 0 ? busyNs / windowNs : 0))
  const [leastBusy, mostBusy] = [Math.min(...busy), Math.max(...busy)]
  return [
    {
      label: 'Longest window',
      value: time(Math.max(...windows)),
      note: `shortest ${time(Math.min(...windows))}`,
    },
    {
      label: 'Busy',
      value:
        leastBusy === mostBusy ? percent(mostBusy) : `${percent(leastBusy)} – ${percent(mostBusy)}`,
      note: 'of the window, over ranks',
    },
    ...(skews.length === 0
      ? []
      : [
          {
            label: 'Arrival skew, median',
            value: time(skews[Math.floor(skews.length / 2)]!),
            note: `p90 ${time(skews[Math.floor(skews.length * 0.9)]!)}, most ${time(skews.at(-1)!)}`,
          },
        ]),
    ...(waitNs === null
      ? []
      : [{ label: 'Waited in collectives', value: time(waitNs), note: 'mean over ranks' }]),
  ]
}

const ms = (label: string): ResultColumn => ({ label, unit: 'ms', digits: 3 })
const us = (label: string): ResultColumn => ({ label, unit: 'µs', digits: 1 })

function ranksTable(ranks: readonly JobRank[], budgets: readonly Breakdown[]): ResultTable {
  return {
    title: 'Ranks',
    columns: [
      { label: 'Rank', align: 'right' },
      { label: 'Trace', align: 'left' },
      ms('Window'),
      ms('Busy'),
      ms('Computation'),
      ms('Exposed communication'),
      ms('Idle'),
      { label: 'Activities' },
    ],
    rows: ranks.map(({ rank, name, href }, i) => {
      const { windowNs, busyNs, computationNs, exposedCommunicationNs, idleNs, count } = budgets[i]!
      return [
        rank,
        href === undefined ? name : { text: name, href },
        windowNs / 1e6,
        busyNs / 1e6,
        computationNs / 1e6,
        exposedCommunicationNs / 1e6,
        idleNs / 1e6,
        count,
      ]
    }),
  }
}

function stragglersTable({ stragglers }: CollectiveMatches): ResultTable {
  return {
    title: 'Stragglers',
    lead: 'By the time that others waited for a rank, in collectives to which it came last.',
    columns: [
      { label: 'Rank', align: 'right' },
      { label: 'Collectives' },
      { label: 'Came last' },
      us('Mean lateness'),
      ms('Waited'),
      ms('Made others wait'),
    ],
    rows: stragglers.map((row) => [
      row.rank,
      row.count,
      row.lastArrivals,
      row.meanLatenessNs / 1e3,
      row.waitNs / 1e6,
      row.causedWaitNs / 1e6,
    ]),
  }
}

function collectivesTable(matches: CollectiveMatches): ResultTable {
  return {
    title: 'Collectives',
    lead: 'Those that several ranks recorded, by kind, size and group. Bandwidths are of the transfer, without the wait for the last rank.',
    most: 30,
    columns: [
      'Collective',
      { label: 'Group', align: 'left' },
      { label: 'Ranks' },
      { label: 'Size', unit: 'MB', digits: 3 },
      { label: 'Calls' },
      us('Transfer, median'),
      us('Skew, median'),
      us('Skew, most'),
      { label: 'Algorithm', unit: 'GB/s', digits: 1 },
      { label: 'Bus', unit: 'GB/s', digits: 1 },
      { label: 'Last most often', unit: 'rank' },
    ],
    rows: collectiveRows(matches).map((row) => [
      row.kind.replaceAll('_', ' '),
      row.group === '' ? null : row.group,
      row.ranks,
      row.bytes === null ? null : row.bytes / 1e6,
      row.count,
      row.transferNs / 1e3,
      row.skewNs / 1e3,
      row.mostSkewNs / 1e3,
      row.algorithmBytesPerS === null ? null : row.algorithmBytesPerS / 1e9,
      row.busBytesPerS === null ? null : row.busBytesPerS / 1e9,
      row.lastRank,
    ]),
  }
}

function familiesTable({ ranks, families }: RankReport): ResultTable {
  return {
    title: 'Families',
    lead: 'Work counts with the mean over ranks, communication with the time of the transfer.',
    columns: [
      'Family',
      ms('Job'),
      { label: 'Share', unit: '%', digits: 1 },
      ...ranks.slice(0, MOST_BARS).map((rank) => ms(`Rank ${rank}`)),
    ],
    rows: families.map((row) => [
      row.family.replaceAll('_', ' '),
      row.ns / 1e6,
      row.share * 100,
      ...row.perRankNs.slice(0, MOST_BARS).map((ns) => ns / 1e6),
    ]),
  }
}

/** How far apart ranks arrive, over the collectives in order of time. */
function skewChart({ matched }: CollectiveMatches) {
  if (matched.length < 2) return []
  const from = matched[0]!.members[0]!.startNs
  return [
    {
      title: 'Arrival skew of collectives over time',
      xLabel: 'ms',
      yLabel: 'µs from the first rank to the last',
      series: [
        {
          name: 'skew',
          points: matched.map(({ members, arrivalSkewNs }): [number, number] => [
            (members[0]!.startNs - from) / 1e6,
            arrivalSkewNs / 1e3,
          ]),
        },
      ],
    },
  ]
}
