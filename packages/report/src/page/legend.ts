// What the colours of a chart stand for.
import { escapeText } from '../escape-text.js'
import type { ResultChart } from './result-page.js'

/** Colours that the style sheet of a page has for series. */
const COLOURS = 7

/** Class of a series, which gives it its colour. */
export function seriesClass(index: number): string {
  return `series-${index % COLOURS}`
}

/** Names with their colours; nothing where there is one series. */
export function legend(chart: ResultChart): string {
  if (chart.kind === 'strips') {
    return entries(
      chart.families.map((family) => [
        `<i style="background:var(--family-${family})"></i>`,
        family.replaceAll('_', ' '),
      ]),
    )
  }
  const names = chart.kind === 'bars' ? chart.names : chart.series.map(({ name }) => name)
  if (names.length < 2) return ''
  return entries(names.map((name, i) => [`<i class="${seriesClass(i)}"></i>`, name]))
}

function entries(of: readonly (readonly [mark: string, name: string])[]): string {
  const spans = of.map(([mark, name]) => `<span>${mark}${escapeText(name)}</span>`)
  return `<p class="legend">${spans.join('')}</p>`
}
