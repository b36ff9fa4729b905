// Two traces side by side: what got slower, matched by operator, layer and shape.
import { type DiffInput, steps, type TraceDiff } from '@flowsim/analysis'
import { isKernel, type OpFamily, predictedFor } from '@flowsim/trace-schema'
import type { ResultColumn, ResultPage, ResultTable, ResultTile } from '../page/result-page.js'
import { change, signedTime, time } from '../page/words.js'
import { DIFF_PARTS, MATCHED, mergedRows, rowShapes } from './diff-rows.js'
import { diffEvidence, diffVerdict, diffWarnings } from './diff-verdict.js'
import { tracesAsStrips } from './strips.js'

/** One side of a comparison. */
export interface DiffPageSide extends DiffInput {
  /** As people call it, such as the name of its file. */
  name: string
}

/** What is known beside the comparison. */
export interface DiffPageFacts {
  a: DiffPageSide
  b: DiffPageSide
  /** Program and version that makes the page. */
  generator: string
  warnings?: readonly string[]
  /** Further answers, below those of the page. */
  tables?: readonly ResultTable[]
}

/** Rows that a page holds; the JSON of the command holds all. */
const MOST_ROWS = 2000
const SHOWN_ROWS = 40
const MOST_FAMILIES = 10

/** The page of `diffTraces`; `a` and `b` are what it compared. */
export function diffPage(diff: TraceDiff, facts: DiffPageFacts): ResultPage {
  const { a, b, generator, warnings = [], tables = [] } = facts
  const rows = mergedRows(diff.rows)
  const found = [a, b].map(({ trace, operations }) => steps(trace, operations))
  return {
    kind: 'comparison',
    title: `${a.name} against ${b.name}`,
    generator,
    verdict: [...predictedSides([a, b]), ...diffVerdict(diff, found)],
    facts: [
      ['A', sideText(a)],
      ['B', sideText(b)],
    ],
    warnings: [...warnings, ...diffWarnings(diff)],
    tiles: tiles(diff),
    evidence: diffEvidence(diff, rows, 1),
    charts: [
      tracesAsStrips('Both over the same time: busy share, by family', [
        { label: 'A', ...a },
        { label: 'B', ...b },
      ]),
      familyBars(diff),
      ...layerChart(diff),
    ],
    tables: [partsTable(diff), rowsTable(rows), ...layersTable(diff), ...tables],
  }
}

/** Which of the sides no device ran. */
function predictedSides(sides: readonly DiffPageSide[]): string[] {
  return sides.flatMap(({ trace }, i) => {
    const target = predictedFor(trace)
    return target === null ? [] : [`${'AB'[i]} is a prediction for ${target}.`]
  })
}

function sideText({ name, trace }: DiffPageSide): string {
  const devices = [...new Set(trace.devices.map((device) => device.name).filter(Boolean))]
  const kernels = trace.kernels.filter(isKernel).length
  const target = predictedFor(trace)
  const where = target === null ? devices : [`predicted for ${target}`, ...devices.map(fromTrace)]
  return [name, ...where, `${kernels.toLocaleString('en-US')} kernels`].join(', ')
}

const fromTrace = (device: string) => `from a trace of ${device}`

function tiles({ a, b }: TraceDiff): ResultTile[] {
  return DIFF_PARTS.filter(([name, , of]) => name !== 'sum' && (of(a) > 0 || of(b) > 0)).map(
    ([, label, of]) => ({
      label: `${label[0]!.toUpperCase()}${label.slice(1)}`,
      value: of(a) === of(b) ? time(of(b)) : signedTime(of(b) - of(a)),
      note: `${time(of(a))} → ${time(of(b))}, ${change(of(a), of(b))}`,
    }),
  )
}

const ms = (label: string): ResultColumn => ({ label, unit: 'ms', digits: 3 })
const text = (label: string): ResultColumn => ({ label, align: 'left' })

function partsTable({ a, b }: TraceDiff): ResultTable {
  return {
    title: 'Parts',
    columns: ['Part', ms('A'), ms('B'), ms('Change'), { label: 'Change', unit: '%', digits: 1 }],
    rows: DIFF_PARTS.map(([, label, of]) => [
      label,
      of(a) / 1e6,
      of(b) / 1e6,
      (of(b) - of(a)) / 1e6,
      of(a) > 0 ? (of(b) / of(a) - 1) * 100 : null,
    ]),
  }
}

function rowsTable(all: readonly ReturnType<typeof mergedRows>[number][]): ResultTable {
  const rows = all.slice(0, MOST_ROWS)
  const left = all.length - rows.length
  return {
    title: 'Operations',
    lead: `The largest change first.${left > 0 ? ` ${left.toLocaleString('en-US')} smaller ones are not on this page.` : ''}`,
    most: SHOWN_ROWS,
    columns: [
      'Operation',
      { label: 'Shape', align: 'left', wrap: true },
      { label: 'Calls A' },
      { label: 'Calls B' },
      ms('A'),
      ms('B'),
      ms('Change'),
      { label: 'A call', unit: 'B/A', digits: 2 },
      text('Matched by'),
      text('Operator'),
      { label: 'Kernels', align: 'left', wrap: true },
    ],
    rows: rows.map((row) => [
      row.op.replaceAll('_', ' '),
      rowShapes(row),
      row.a.count,
      row.b.count,
      row.a.sumNs / 1e6,
      row.b.sumNs / 1e6,
      row.deltaNs / 1e6,
      row.ratio,
      MATCHED[row.match],
      row.operator,
      kernelsText(row.a.kernels, row.b.kernels),
    ]),
  }
}

/** Names of kernels, of both sides where they differ. */
function kernelsText(a: readonly string[], b: readonly string[]): string {
  const [before, after] = [a.slice(0, 3).join(', '), b.slice(0, 3).join(', ')]
  if (before === after || after === '') return before
  return before === '' ? after : `${before} → ${after}`
}

function familyBars({ rows }: TraceDiff) {
  const sums = new Map<OpFamily, [number, number]>()
  for (const { family, a, b } of rows) {
    const [before, after] = sums.get(family) ?? [0, 0]
    sums.set(family, [before + a.sumNs, after + b.sumNs])
  }
  const sorted = [...sums].sort(([, x], [, y]) => Math.max(...y) - Math.max(...x))
  return {
    kind: 'bars' as const,
    title: 'Time by family',
    unit: 'ms',
    names: ['A', 'B'],
    rows: sorted.slice(0, MOST_FAMILIES).map(([family, [before, after]]) => ({
      label: family.replaceAll('_', ' '),
      values: [before / 1e6, after / 1e6],
    })),
  }
}

function layerChart({ layers }: TraceDiff) {
  if (layers.length < 2) return []
  const of = (side: 'aNs' | 'bNs') =>
    layers.map((layer): [number, number] => [layer.index, layer[side] / 1e6])
  return [
    {
      title: 'Time by layer',
      xLabel: 'layer',
      yLabel: 'ms',
      series: [
        { name: 'A', points: of('aNs') },
        { name: 'B', points: of('bNs') },
      ],
    },
  ]
}

function layersTable({ layers }: TraceDiff): ResultTable[] {
  if (layers.length === 0) return []
  return [
    {
      title: 'Layers',
      most: 12,
      columns: [
        { label: 'Layer', align: 'right' },
        ms('A'),
        ms('B'),
        ms('Change'),
        { label: 'Change', unit: '%', digits: 1 },
      ],
      rows: layers.map(({ index, aNs, bNs, deltaNs }) => [
        index,
        aNs / 1e6,
        bNs / 1e6,
        deltaNs / 1e6,
        aNs > 0 ? (bNs / aNs - 1) * 100 : null,
      ]),
    },
  ]
}
