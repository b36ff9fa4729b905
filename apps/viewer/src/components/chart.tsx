import * as Plot from '@observablehq/plot'
import { useEffect, useRef, useState } from 'preact/hooks'
import { fileName, pngOf, save, svgText } from '../take-along.js'

/** Pixels between a tip and the edge of the window. */
const MARGIN = 4

/** Moves a tip that reaches beyond the window sideways into it. */
function moveTipInside(plot: Element): void {
  for (const tip of plot.querySelectorAll<SVGElement>('[aria-label="tip"]')) {
    tip.style.translate = ''
    const { left, right } = tip.getBoundingClientRect()
    const beyond = Math.max(0, right + MARGIN - document.documentElement.clientWidth)
    const by = left - beyond < MARGIN ? Math.max(0, MARGIN - left) : -beyond
    if (by !== 0) tip.style.translate = `${by}px`
  }
}

/** A Plot that follows the width of its place; `draw` must change when its data do. */
export function Chart(props: {
  label: string
  height: number
  draw: (width: number) => Plot.PlotOptions
}) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)))
    observer.observe(place.current!)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (width === 0) return
    const plot = Plot.plot({
      width,
      height: props.height,
      ariaLabel: props.label,
      style: { fontFamily: 'inherit', fontSize: '11px', background: 'transparent' },
      ...props.draw(width),
    })
    // The tip is laid out after the event.
    plot.addEventListener('input', () => requestAnimationFrame(() => moveTipInside(plot)))
    place.current!.replaceChildren(plot)
  }, [width, props.draw, props.height, props.label])
  const svg = () => place.current!.querySelector('svg')!
  const name = (ending: string) => fileName(document.title, props.label.slice(0, 40), ending)
  return (
    <>
      <div class="chart" ref={place} style={{ minHeight: `${props.height}px` }} />
      <div class="take-along">
        <button
          type="button"
          aria-label={`Save as SVG: ${props.label}`}
          onClick={() => save(name('svg'), new Blob([svgText(svg())], { type: 'image/svg+xml' }))}
        >
          SVG
        </button>
        <button
          type="button"
          aria-label={`Save as PNG: ${props.label}`}
          onClick={async () => save(name('png'), await pngOf(svg()))}
        >
          PNG
        </button>
      </div>
    </>
  )
}
