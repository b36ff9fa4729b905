import { scriptHash } from '@flowsim/viewer/page'
import { describe, expect, test } from 'vitest'
import type { LineChart } from './line-chart.js'
import { renderPage } from './render-page.js'
import type { ResultPage } from './result-page.js'

const cdf: LineChart = {
  title: 'CDF',
  xLabel: 'ms',
  yLabel: '%',
  series: [
    {
      name: 'TTFT',
      points: [
        [0, 0],
        [10, 50],
        [20, 100],
      ],
    },
    {
      name: 'TPOT',
      points: [
        [5, 0],
        [15, 100],
      ],
    },
  ],
}

const data: ResultPage = {
  kind: 'serving simulation',
  title: 'a <b> & "c"',
  generator: 'flowsim 1',
  verdict: ['all <kept> their limits'],
  tiles: [{ label: 'TTFT', value: '1 ms', note: 'p99 <2> ms' }],
  warnings: ['one request <left>'],
  tables: [
    { title: 'Metrics', columns: ['metric', 'value'], rows: [['TTFT', '1 ms']], marks: ['bad'] },
  ],
  charts: [cdf],
}

describe('a page of results', () => {
  test('what names hold is text, not markup', () => {
    const html = renderPage(data)
    expect(html).toContain('<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>')
    expect(html).toContain('one request &lt;left&gt;')
    expect(html).toContain(
      '<tr id="table-0-0" class="bad"><td class="left">TTFT</td><td class="right">1 ms</td></tr>',
    )
  })

  test('of a long text that wraps, two lines are seen and all is there', () => {
    const name = 'void kernel<'.padEnd(200, 'x')
    const columns = [{ label: 'kernels', wrap: true as const }]
    const html = renderPage({ ...data, tables: [{ title: 'Kernels', columns, rows: [[name]] }] })
    const escaped = name.replace('<', '&lt;')
    expect(html).toContain(`<span class="clip" title="${escaped}">${escaped}</span>`)
  })

  test('the verdict comes first, then warnings, figures, charts and tables', () => {
    const html = renderPage(data)
    const places = [
      'all &lt;kept&gt; their limits',
      'one request &lt;left&gt;',
      'p99 &lt;2&gt; ms',
      'role="img"',
      '<td class="left">TTFT</td>',
    ].map((text) => html.indexOf(text))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
  })

  test('it runs its script alone and asks for nothing', () => {
    const html = renderPage(data)
    expect(html.match(/<script/g)).toHaveLength(1)
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/)
    expect(html).toContain(`default-src 'none'; script-src '${scriptHash}'`)
  })

  test('a curve for each series, within the frame', () => {
    const html = renderPage(data)
    const paths = [...html.matchAll(/<path class="curve[^"]*" d="([^"]+)"/g)].map(
      ([, path]) => path!,
    )
    expect(paths.length).toBe(2)
    const numbers = paths
      .join(' ')
      .match(/-?[\d.]+/g)!
      .map(Number)
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...numbers)).toBeLessThanOrEqual(560)
    expect(html).toContain('TTFT</span>')
  })

  test('nothing to draw draws nothing; numbers that are none leave a gap', () => {
    const empty = {
      ...cdf,
      series: [{ name: 'x', points: [[Number.NaN, 1]] as const }],
    }
    expect(renderPage({ ...data, charts: [empty] })).not.toContain('role="img"')
    const flat = { ...cdf, series: [{ name: 'x', points: [[3, 0]] as const }] }
    expect(renderPage({ ...data, charts: [flat] })).not.toContain('NaN')
    const log = { ...cdf, xScale: 'log' as const }
    expect(renderPage({ ...data, charts: [log] })).not.toContain('NaN')
  })

  test('the same data give the same text', () => {
    expect(renderPage(data)).toBe(renderPage(structuredClone(data)))
  })
})
