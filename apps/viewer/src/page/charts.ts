// Charts of a page as files.
import { fileName, pngOf, save, svgText } from '../take-along.js'
import { button, takeAlongRow } from './button.js'

/** Gives every chart its buttons. */
export function takeChartsAlong(): void {
  for (const figure of document.querySelectorAll('figure')) {
    const svg = figure.querySelector<SVGSVGElement>('svg')
    const title = figure.querySelector('figcaption')?.textContent ?? 'chart'
    if (svg === null) continue
    const name = (ending: string) => fileName(document.title, title.slice(0, 40), ending)
    figure.append(
      takeAlongRow(
        button('SVG', `Save as SVG: ${title}`, () =>
          save(name('svg'), new Blob([svgText(svg)], { type: 'image/svg+xml' })),
        ),
        button('PNG', `Save as PNG: ${title}`, async () => save(name('png'), await pngOf(svg))),
      ),
    )
  }
}
