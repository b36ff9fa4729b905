import { describe, expect, test } from 'vitest'
import { renderServingReport, type ServingReportData } from './render-serving-report.js'

const data: ServingReportData = {
  title: 'a <b> & "c"',
  generator: 'flowsim 1',
  verdict: ['all <kept> their limits'],
  tiles: [{ label: 'TTFT', value: '1 ms', note: 'p99 <2> ms' }],
  warnings: ['one request <left>'],
  tables: [
    { title: 'Metrics', header: ['metric', 'value'], rows: [['TTFT', '1 ms']], marks: ['bad'] },
  ],
  charts: [
    {
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
    },
  ],
}

describe('the page of a serving simulation', () => {
  test('what names hold is text, not markup', () => {
    const html = renderServingReport(data)
    expect(html).toContain('<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>')
    expect(html).toContain('one request &lt;left&gt;')
    expect(html).toContain('<tr class="bad"><td>TTFT</td><td>1 ms</td></tr>')
  })

  test('the verdict comes first, then figures, warnings, charts and tables', () => {
    const html = renderServingReport(data)
    const places = [
      'all &lt;kept&gt; their limits',
      'p99 &lt;2&gt; ms',
      'one request &lt;left&gt;',
      '<svg',
      '<td>TTFT</td>',
    ].map((text) => html.indexOf(text))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
  })

  test('it runs no script and asks for nothing', () => {
    const html = renderServingReport(data)
    expect(html).not.toMatch(/<script|https?:/)
    expect(html).toContain("default-src 'none'")
  })

  test('a curve for each series, within the frame', () => {
    const html = renderServingReport(data)
    const paths = [...html.matchAll(/<path d="([^"]+)"/g)].map(([, path]) => path!)
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
      ...data.charts[0]!,
      series: [{ name: 'x', points: [[Number.NaN, 1]] as const }],
    }
    expect(renderServingReport({ ...data, charts: [empty] })).not.toContain('<svg')
    const flat = { ...data.charts[0]!, series: [{ name: 'x', points: [[3, 0]] as const }] }
    expect(renderServingReport({ ...data, charts: [flat] })).not.toContain('NaN')
    const log = { ...data.charts[0]!, xScale: 'log' as const }
    expect(renderServingReport({ ...data, charts: [log] })).not.toContain('NaN')
  })

  test('the same data give the same text', () => {
    expect(renderServingReport(data)).toBe(renderServingReport(structuredClone(data)))
  })
})
