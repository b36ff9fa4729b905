// Two runs side by side, as the page that `flowsim diff -o` writes: two traces, or one and what it would be.
import { diffTraces } from '@flowsim/analysis'
import { diffPage, type ResultTable, renderPage } from '@flowsim/report/pages'
import type { OpenTrace } from './open-traces.js'

/** A comparison, ready to be shown or kept. */
export interface Comparison {
  html: string
  json: string
}

/** What is known beside the two. */
export interface ComparisonFacts {
  /** Their names; those of the traces if absent. */
  nameOfA?: string
  nameOfB?: string
  warnings?: readonly string[]
  tables?: readonly ResultTable[]
}

/** The page of two runs. */
export function compared(
  a: OpenTrace,
  b: OpenTrace,
  generator: string,
  { nameOfA = a.trace.source, nameOfB = b.trace.source, ...facts }: ComparisonFacts = {},
): Comparison {
  const diff = diffTraces(a, b)
  const sides = { a: { ...a, name: nameOfA }, b: { ...b, name: nameOfB } }
  return {
    html: renderPage(diffPage(diff, { ...sides, generator, ...facts })),
    json: `${JSON.stringify({ schema: 'flowsim.diff/1', sources: [nameOfA, nameOfB], ...diff }, null, 2)}\n`,
  }
}
