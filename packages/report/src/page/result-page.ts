// What a page of results holds: a verdict first, then its evidence as figures, charts and tables.
import type { BarsChart } from './bars-chart.js'
import type { LineChart } from './line-chart.js'
import type { StripsChart } from './strips-chart.js'

/** What a cell shows; a number is shown with the digits of its column and taken along whole. */
export type ResultCell = string | number | null | { text: string; href: string }

/** A column; of a text alone the first of a table is aligned left, others right. */
export interface ResultColumn {
  label: string
  unit?: string
  align?: 'left' | 'right'
  /** Decimals of numbers. */
  digits?: number
  /** Text that may take several lines. */
  wrap?: true
}

/** A table. */
export interface ResultTable {
  title: string
  /** What the table says, in a sentence. */
  lead?: string
  columns: readonly (string | ResultColumn)[]
  rows: readonly (readonly ResultCell[])[]
  /** Rows that stand out: where a comparison fails, the best points of a sweep. */
  marks?: readonly ('good' | 'warn' | 'bad' | null)[]
  /** Rows that are shown at first. All if absent. */
  most?: number
}

/** A figure that stands out. */
export interface ResultTile {
  label: string
  value: string
  note: string
}

/** A sentence of evidence, and where the page shows it. */
export interface Evidence {
  /** What it amounts to, such as a time. */
  amount: string
  text: string
  /** Place in `tables`, and in its rows. */
  at?: { table: number; row?: number }
}

/** A chart, by what it draws. */
export type ResultChart = LineChart | BarsChart | StripsChart

/** What the page shows, in this order. */
export interface ResultPage {
  /** What the page is, such as `comparison`: stands above the title. */
  kind: string
  title: string
  /** Program and version that makes the page. */
  generator: string
  /** The answer, sentence by sentence. */
  verdict?: readonly string[]
  /** What ran: name and value. */
  facts?: readonly (readonly [string, string])[]
  tiles?: readonly ResultTile[]
  /** What stands behind the verdict, the weightiest first. */
  evidence?: readonly Evidence[]
  warnings: readonly string[]
  charts: readonly ResultChart[]
  tables: readonly ResultTable[]
}
