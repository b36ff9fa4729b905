// Results of the serving simulator as one HTML page: tables and charts, no script, no network.
import { escapeText } from '../escape-text.js'
import { legend, lineChart, type ServingChart } from './line-chart.js'

export type { ServingChart } from './line-chart.js'

/** A table; the first column is text, numbers stand right. */
export interface ServingTable {
  title: string
  header: readonly string[]
  rows: readonly (readonly string[])[]
  /** Rows that stand out: where a comparison fails, the best points of a sweep. */
  marks?: readonly ('good' | 'warn' | 'bad' | null)[]
}

/** A figure that stands out. */
export interface ServingTile {
  label: string
  value: string
  note: string
}

/** What the page shows, in this order; curves come before tables. */
export interface ServingReportData {
  title: string
  /** Program and version that makes the report. */
  generator: string
  /** The answer, sentence by sentence. */
  verdict?: readonly string[]
  /** What ran: name and value. */
  facts?: readonly (readonly [string, string])[]
  tiles?: readonly ServingTile[]
  warnings: readonly string[]
  tables: readonly ServingTable[]
  charts: readonly ServingChart[]
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8888; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1220px; padding: 24px; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 28px 0 8px; }
.generator { color: light-dark(#5f666e, #a5abb3); margin: 0 0 16px; }
.verdict { font-size: 17px; margin: 0 0 14px; }
.facts { display: flex; flex-wrap: wrap; gap: 2px 22px; margin: 0 0 18px; } .facts div { display: flex; gap: 7px; }
dt, .tiles span, .tiles small { color: light-dark(#5f666e, #a5abb3); } dd { margin: 0; }
.tiles { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin: 0 0 20px; }
.tiles div { align-content: start; display: grid; } .tiles b { font-size: 22px; font-variant-numeric: tabular-nums; line-height: 1.3; } .tiles small { font-size: 12px; }
.warnings { border-left: 4px solid #d55e00; margin: 12px 0; padding: 4px 12px; }
.charts { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); }
figure { margin: 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 12px; } .grid { stroke: var(--line); }
.legend { margin: 4px 0 0; } .legend span { margin-right: 14px; } .legend i { display: inline-block; height: 3px; margin-right: 5px; vertical-align: middle; width: 18px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { border-bottom: 1px solid var(--line); padding: 4px 10px; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } td { font-variant-numeric: tabular-nums; }
tr.good { background: #009e7322; } tr.warn { background: #e69f0022; } tr.bad { background: #d55e0022; }
`

/**
 * The page as the text of one HTML file. It needs nothing but a browser and runs no script. The same data
 * give the same text.
 */
export function renderServingReport(data: ServingReportData): string {
  const { title, generator, verdict = [], facts = [], tiles = [], warnings, tables, charts } = data
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="generator" content="${escapeText(generator)}">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
<p class="generator">${escapeText(generator)}</p>
${renderVerdict(verdict)}${renderFacts(facts)}${renderTiles(tiles)}${renderWarnings(warnings)}${renderCharts(charts)}
${tables.map(renderTableSection).join('\n')}
</body>
</html>
`
}

function renderVerdict(sentences: readonly string[]): string {
  if (sentences.length === 0) return ''
  return `<p class="verdict">${sentences.map(escapeText).join(' ')}</p>\n`
}

function renderFacts(facts: readonly (readonly [string, string])[]): string {
  if (facts.length === 0) return ''
  const items = facts.map(
    ([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`,
  )
  return `<dl class="facts">${items.join('')}</dl>\n`
}

function renderTiles(tiles: readonly ServingTile[]): string {
  if (tiles.length === 0) return ''
  const items = tiles.map(
    ({ label, value, note }) =>
      `<div><span>${escapeText(label)}</span><b>${escapeText(value)}</b><small>${escapeText(note)}</small></div>`,
  )
  return `<div class="tiles">${items.join('')}</div>\n`
}

function renderWarnings(warnings: readonly string[]): string {
  if (warnings.length === 0) return ''
  return `<div class="warnings">${warnings.map((text) => `<p>${escapeText(text)}</p>`).join('')}</div>\n`
}

function renderTableSection({ title, header, rows, marks }: ServingTable): string {
  const head = header.map((cell) => `<th>${escapeText(cell)}</th>`).join('')
  const body = rows.map((row, i) => {
    const mark = marks?.[i]
    const cells = row.map((cell) => `<td>${escapeText(cell)}</td>`).join('')
    return `<tr${mark == null ? '' : ` class="${mark}"`}>${cells}</tr>`
  })
  return `<h2>${escapeText(title)}</h2>
<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`
}

function renderCharts(charts: readonly ServingChart[]): string {
  const figures = charts.flatMap((chart) => {
    const svg = lineChart(chart)
    if (svg === undefined) return []
    return `<figure><figcaption>${escapeText(chart.title)}</figcaption>${svg}${legend(chart)}</figure>`
  })
  return figures.length === 0
    ? ''
    : `<h2>Charts</h2>\n<div class="charts">${figures.join('\n')}</div>`
}
