// A page of results as one HTML file: whole without a script; a small one sorts tables and takes them along.
import { script, scriptHash, style } from '@flowsim/viewer/page'
import { escapeText } from '../escape-text.js'
import { barsChart } from './bars-chart.js'
import { legend } from './legend.js'
import { lineChart } from './line-chart.js'
import { renderTableSection, tableId } from './render-table-section.js'
import type { Evidence, ResultChart, ResultPage } from './result-page.js'
import { stripsChart } from './strips-chart.js'

/**
 * The page as the text of one HTML file. It needs nothing but a browser and no network; its content security policy
 * allows its script and nothing else. The same data give the same text.
 */
export function renderPage(page: ResultPage): string {
  const { kind, title, generator, verdict = [], facts = [], tables } = page
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${scriptHash}'; style-src 'unsafe-inline'; img-src blob:; base-uri 'none'; form-action 'none'">
<meta name="generator" content="${escapeText(generator)}">
<title>${escapeText(title)}</title>
<style>${style.replaceAll('</style', '<\\/style')}</style>
</head>
<body>
<div id="app">
<header class="masthead"><p class="wordmark">FlowSim ${escapeText(kind)}</p><h1>${escapeText(title)}</h1>
${renderFacts(facts)}</header>
${renderNavigation(page)}
<main>
<section id="verdict" aria-label="Verdict">
${verdict.length === 0 ? '' : `<p class="verdict">${verdict.map(escapeText).join(' ')}</p>\n`}${renderWarnings(page)}${renderTiles(page)}${renderEvidence(page)}</section>
${renderCharts(page.charts)}
${tables.map(renderTableSection).join('\n')}
</main>
<p class="foot muted">${escapeText(generator)}</p>
</div>
<script>${script}</script>
</body>
</html>
`
}

function renderNavigation({ charts, tables }: ResultPage): string {
  const links = [
    ['verdict', 'Verdict'],
    ...(charts.length > 0 ? [['charts', 'Charts']] : []),
    ...tables.map(({ title }, i) => [tableId(i), title]),
  ]
  const items = links.map(([id, name]) => `<li><a href="#${id}">${escapeText(name!)}</a></li>`)
  return `<nav class="toolbar" aria-label="Sections"><ul>${items.join('')}</ul><div class="toolbar-end"></div></nav>`
}

function renderFacts(facts: readonly (readonly [string, string])[]): string {
  if (facts.length === 0) return ''
  const items = facts.map(
    ([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`,
  )
  return `<dl class="facts">${items.join('')}</dl>\n`
}

function renderTiles({ tiles = [] }: ResultPage): string {
  if (tiles.length === 0) return ''
  const items = tiles.map(
    ({ label, value, note }) =>
      `<div><dt>${escapeText(label)}</dt><dd><b>${escapeText(value)}</b><span>${escapeText(note)}</span></dd></div>`,
  )
  return `<dl class="figures">${items.join('')}</dl>\n`
}

function renderEvidence({ evidence = [] }: ResultPage): string {
  if (evidence.length === 0) return ''
  const items = evidence.map(
    (each) =>
      `<li><div class="gain"><b>${escapeText(each.amount)}</b></div><p>${escapeText(each.text)} ${linkOf(each)}</p></li>`,
  )
  return `<ol class="findings">${items.join('')}</ol>\n`
}

function linkOf({ at }: Evidence): string {
  if (at === undefined) return ''
  const { table, row } = at
  const id = row === undefined ? tableId(table) : tableId(table, row)
  return `<a class="link" href="#${id}">Show</a>`
}

function renderWarnings({ warnings }: ResultPage): string {
  return warnings.map((text) => `<p class="notice">${escapeText(text)}</p>\n`).join('')
}

function renderCharts(charts: readonly ResultChart[]): string {
  const figures = charts.flatMap((chart) => {
    const svg = svgOf(chart)
    if (svg === undefined) return []
    const isWide = chart.kind === 'strips'
    const caption = `<figcaption>${escapeText(chart.title)}</figcaption>`
    return `<figure${isWide ? ' class="whole"' : ''}>${caption}${svg}${legend(chart)}</figure>`
  })
  if (figures.length === 0) return ''
  return `<section id="charts" aria-labelledby="charts-title"><h2 id="charts-title">Charts</h2>
<div class="charts">${figures.join('\n')}</div></section>`
}

function svgOf(chart: ResultChart): string | undefined {
  if (chart.kind === 'strips') return stripsChart(chart)
  return chart.kind === 'bars' ? barsChart(chart) : lineChart(chart)
}
